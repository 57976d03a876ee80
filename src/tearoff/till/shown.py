"""What the staff's templates are given: ready-to-show data, no rows and no decisions."""

from typing import ClassVar

from msgspec import Struct

from tearoff.kit.texts import Catalogue


class Shown(Struct, frozen=True):
    """Data that cannot change once it is made; members are given by name."""


class Moment(Shown, frozen=True, kw_only=True):
    """`text` as people say it ("Today, 14:06"), `iso` exactly."""

    text: str
    iso: str


class Shop(Shown, frozen=True, kw_only=True):
    """Whose coupons are checked here. `place` is the shop that checks, once it is known."""

    name: str
    brand_url: str
    colour: str
    logo_url: str = ""
    place: str = ""

    @property
    def initial(self) -> str:
        return next((letter.upper() for letter in self.name if letter.isalnum()), "")


class Given(Shown, frozen=True, kw_only=True):
    """What the coupon gives."""

    title: str
    subtitle: str = ""
    worth: str = ""
    worth_label: str = ""
    language: str = ""
    """Of these texts, where it is not that of the page around them."""


class Uses(Shown, frozen=True, kw_only=True):
    used: int
    of: int


class ScanPage(Shown, frozen=True, kw_only=True):
    """Method C: what a staff phone shows after scanning a coupon's QR code.

    It says nothing of the coupon's state: whoever has no password is a stranger. `key` makes a lost connection and a
    second press one use.
    """

    template: ClassVar[str] = "till/scan.html"
    shop: Shop
    offer: Given
    code: str
    action: str
    key: str = ""
    needs_password: bool = True
    """False on a device that remembers its shop (`shop.place`)."""
    forget_action: str = ""
    can_remember: bool = False
    remembers: bool = False
    error: str = ""
    """Under the password field: wrong, with the tries left."""
    paused: str = ""
    """Instead of `error` while no try counts: how long to wait, in words."""
    asks_money: bool = True
    currency: str = ""
    spent: str = ""
    spent_error: str = ""


class Fact(Shown, frozen=True, kw_only=True):
    label: str
    text: str = ""
    moment: Moment | None = None
    is_code: bool = False


class VerdictPage(Shown, frozen=True, kw_only=True):
    """Yes or no, from edge to edge. Without an offer (unknown code) only the verdict stands."""

    template: ClassVar[str] = "till/verdict.html"
    shop: Shop
    is_valid: bool
    word: str
    said: str
    offer: Given | None = None
    facts: tuple[Fact, ...] = ()
    again_url: str = ""


def valid(words: Catalogue, *, time: str, **page: object) -> VerdictPage:
    """Marked as used just now, at `time` ("14:06")."""
    return VerdictPage(is_valid=True, word=words.say("valid"), said=words.say("valid_said", time=time), **page)  # type: ignore[arg-type]


def refused(
    words: Catalogue,
    reason: str,
    *,
    shop: Shop,
    offer: Given | None = None,
    facts: tuple[Fact, ...] = (),
    again_url: str = "",
    **values: object,
) -> VerdictPage:
    """`reason` is one of the verdicts of `till.words`; `values` fill its second line (until, when, hours, places)."""
    said = words.say(f"{reason}_said", **values)
    return VerdictPage(
        is_valid=False, word=words.say(reason), said=said, shop=shop, offer=offer, facts=facts, again_url=again_url
    )
