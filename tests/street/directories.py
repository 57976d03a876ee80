"""Directories of the street: Mario's city deals, and who is a member."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tearoff.directories import editing, listing
from tearoff.directories.models import Directory, Listing, Member
from tearoff.kit import clock
from tests.street.loyalty import Club
from tests.world import Offer, Shop

PASSWORD = "correct horse"


@dataclass
class Page:
    """A directory and short ways to what a program does with it, through the client."""

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
        """Put a coupon or a card on it; `changes` say how it stands there."""
        calls = self.shop.client.v4.directories
        with clock.moved(at) if at else nullcontext():
            if isinstance(what, Offer):
                made = calls.campaigns.put(self.directory.pk, what.campaign.pk, **changes)
            else:
                made = calls.loyalty_cards.put(self.directory.pk, what.card.pk, **changes)
        return Listing.objects.get(pk=made.id)

    def puts(self, what: Offer | Club, at: datetime | None = None, **fields: Any) -> Listing:
        """The same as the operator does it, by the verb: for races, and for things of the accounts below."""
        named: dict[str, Any] = {"campaign": what.campaign} if isinstance(what, Offer) else {"card": what.card.pk}
        return editing.put(directory=self.directory, changes=fields, actor="test", at=at or clock.now(), **named)

    def member(self, email: str = "pau@mail.example", at: datetime | None = None, **profile: Any) -> Member:
        with clock.moved(at) if at else nullcontext():
            made = self.shop.client.v4.directories.users.create(
                self.directory.pk, email=email, **{"password": PASSWORD} | profile
            )
        return Member.objects.select_related("directory").get(pk=made.id)

    def now(self, member: Member) -> Member:
        """The member as the table has them."""
        return Member.objects.select_related("directory").get(pk=member.pk)

    def token(self, member: Member, at: datetime | None = None) -> str:
        with clock.moved(at) if at else nullcontext():
            return self.shop.client.v4.directories.users.sso(self.directory.pk, member.pk).token

    def listed(self) -> list[listing.Listed]:
        return [row for piece in listing.pieces(self.directory) for row in piece]


def directory(shop: Shop, name: str = "City deals", **settings: Any) -> Page:
    """A live directory; `settings` are fields of Directory."""
    given = {"status": "active", "timezone": "Europe/Brussels"} | settings
    made = editing.create_directory(account=shop.account, name=name, settings=given, actor="test", at=clock.now())
    return Page(shop, made)
