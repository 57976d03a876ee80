"""Directories of the street: Mario's city deals, and who is a member."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tearoff.directories import editing, entering, listing, members
from tearoff.directories.models import Directory, Listing, Member
from tearoff.kit import clock
from tests.street.loyalty import Club
from tests.world import Offer, Shop

PASSWORD = "correct horse"


@dataclass
class Page:
    """A directory and short ways to what happens on it, through the verbs."""

    shop: Shop
    directory: Directory

    @property
    def id(self) -> str:
        return f"dir_{self.directory.pk}"

    @property
    def code(self) -> str:
        return self.directory.code

    @property
    def path(self) -> str:
        return f"/d/{self.directory.code}"

    def set(self, **settings: Any) -> None:
        """Flip settings behind everybody's back."""
        Directory.objects.filter(pk=self.directory.pk).update(**settings)
        self.directory.refresh_from_db()

    def lists(self, what: Offer | Club, at: datetime | None = None, **changes: Any) -> Listing:
        """Put a coupon or a card on it; `changes` are fields of Listing."""
        named: dict[str, Any] = {"campaign": what.campaign} if isinstance(what, Offer) else {"card": what.card.pk}
        return editing.put(directory=self.directory, changes=changes, actor="test", at=at or clock.now(), **named)

    def member(self, email: str = "pau@mail.example", at: datetime | None = None, **profile: Any) -> Member:
        return members.register(
            directory=self.directory,
            email=email,
            password=profile.pop("password", PASSWORD),
            profile=profile,
            at=at or clock.now(),
            actor="test",
        )

    def now(self, member: Member) -> Member:
        """The member as the table has them."""
        return Member.objects.select_related("directory").get(pk=member.pk)

    def token(self, member: Member, at: datetime | None = None) -> str:
        return entering.sign_on_token(member, at=at or clock.now(), actor="test")

    def listed(self) -> list[listing.Listed]:
        return [row for piece in listing.pieces(self.directory) for row in piece]


def directory(shop: Shop, name: str = "City deals", **settings: Any) -> Page:
    """A live directory; `settings` are fields of Directory."""
    given = {"status": "active", "timezone": "Europe/Brussels"} | settings
    made = editing.create_directory(account=shop.account, name=name, settings=given, actor="test", at=clock.now())
    return Page(shop, made)
