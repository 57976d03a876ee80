"""What calls 10 and 18 say about the person behind a session, brought to the form in which it is stored."""

from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from tearoff.api import errors
from tearoff.api.fields import Email, Parameters, Text, Wrong
from tearoff.api.moments import Local, Moment, instant_of_end
from tearoff.coupons import persons
from tearoff.kit import codes

CUSTOMER = ("firstname", "lastname", "email", *(f"customfield{number}" for number in range(1, 8)))
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


@dataclass(frozen=True)
class OwnCode(Text):
    """A validation code of the merchant's own. It must have something by which it can be told from others: those of blanks
    and dashes alone are all alike."""

    longest: int = codes.LONGEST

    def read(self, name: str, value: Any) -> str:
        text = super().read(name, value)
        if not codes.folded(text):
            raise Wrong(errors.bad_format(name, "more than blanks and dashes"))
        return text


class Data(Parameters):
    """The members of coupons.md 18 that a session keeps."""

    firstname: Annotated[str | None, Text(100)] = None
    lastname: Annotated[str | None, Text(100)] = None
    email: Annotated[str | None, Email()] = None
    phone: Annotated[str | None, Text(32, note="Kept as it comes; a number that can be read is kept as E.164.")] = None
    customid: Annotated[str | None, Text(50)] = None
    customvalcode: Annotated[str | None, OwnCode()] = None
    customfield1: Annotated[str | None, Text(50)] = None
    customfield2: Annotated[str | None, Text(50)] = None
    customfield3: Annotated[str | None, Text(50)] = None
    customfield4: Annotated[str | None, Text(50)] = None
    customfield5: Annotated[str | None, Text(50)] = None
    customfield6: Annotated[str | None, Text(50)] = None
    customfield7: Annotated[str | None, Text(50)] = None
    expiry_date: Annotated[Local | None, Moment(note="In the campaign's time zone.")] = None

    def has_data(self, but: str = "") -> bool:
        """Whether any of these was sent, `but` not counting."""
        return any(name != but and getattr(self, name) is not None for name in Data.__struct_fields__)

    @property
    def needs_place(self) -> bool:
        """Whether it takes the coupon's zone or country to understand them."""
        return self.phone is not None or self.expiry_date is not None


class Place(NamedTuple):
    """Where a coupon is at home."""

    timezone: str
    country: str


def stored(data: Data, place: Place | None) -> dict[str, Any]:
    """The members a verb takes (`coupons.editing`); what was not sent is not there."""
    members: dict[str, Any] = {}
    customer = {name: value for name in (*CUSTOMER, *UTM) if (value := getattr(data, name, None)) is not None}
    if data.email is not None:
        members["email_key"] = persons.email_key(data.email)
    if data.phone is not None and place:
        customer["phone"] = (persons.e164(data.phone, place.country) or data.phone).removeprefix("+")
        members["phone_key"] = persons.phone_key(data.phone, place.country)
    if customer:
        members["customer"] = customer
    if data.customid is not None:
        members["customid"] = data.customid
    if data.customvalcode is not None:
        members["own_code"] = data.customvalcode
        members["own_code_key"] = codes.folded(data.customvalcode)
    if data.expiry_date is not None and place:
        members["expires_at"] = instant_of_end(data.expiry_date, place.timezone).isoformat()
    return members
