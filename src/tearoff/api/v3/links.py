"""Single-use links: one, many, and none any more (coupons.md 18 to 20)."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from tearoff.api import errors
from tearoff.api.calls import Made, Request, Told, call
from tearoff.api.errors import Failed, Fault
from tearoff.api.fields import Choice, Flag, Id, Parameters, SessionCode, Text, Whole, one_of
from tearoff.api.v3 import people
from tearoff.api.v3.blocks import OK, Answer, Inferred, InferredNumber
from tearoff.api.v3.people import Data
from tearoff.campaigns.models import Campaign
from tearoff.campaigns.reach import campaigns_of
from tearoff.coupons import links, persons
from tearoff.coupons.addresses import session_url
from tearoff.coupons.links import DIGITS, LETTERS_AND_DIGITS, CodePattern, TooCrowded
from tearoff.coupons.outcomes import SessionRow
from tearoff.kit import sql

DUPLICATE_FIELDS = ("email", "phone", "customid")
COPIED_WHOLE = 1_000
"""Up to so many links the answer stays below 256 KiB and is kept as it is for a repeated request."""


class CreateLink(Data, kw_only=True):
    leading = (
        *("campaign", "firstname", "lastname", "email", "phone", "customid", "customvalcode", "autovalcode"),
        *(f"customfield{number}" for number in range(1, 8)),
        "duplicate_check",
    )

    campaign: Annotated[int, Id("cam")]
    autovalcode: Annotated[
        str | None,
        Choice({"6digits": "6", "8digits": "8", "10digits": "10"}, note="Not together with customvalcode."),
    ] = None
    duplicate_check: Annotated[
        str | None,
        Choice(
            one_of(*DUPLICATE_FIELDS) | {"true": "any", "1": "any", "false": "none", "0": "none"},
            note="true: the first of email, phone, customid that has a value.",
        ),
    ] = None
    utm_source: Annotated[str | None, Text(255)] = None
    utm_medium: Annotated[str | None, Text(255)] = None
    utm_campaign: Annotated[str | None, Text(255)] = None
    utm_term: Annotated[str | None, Text(255)] = None
    utm_content: Annotated[str | None, Text(255)] = None

    def faults(self) -> Iterator[Fault]:
        if self.customvalcode is not None and self.autovalcode is not None:
            yield errors.bad_format("autovalcode", "nothing, together with customvalcode")

    @property
    def checked_field(self) -> str | None:
        """The field that must not repeat; None where there is no check, or no value to check."""
        if self.duplicate_check == "any":
            return next((name for name in DUPLICATE_FIELDS if getattr(self, name)), None)
        if self.duplicate_check in DUPLICATE_FIELDS and getattr(self, self.duplicate_check):
            return self.duplicate_check
        return None


class CreateLinks(Parameters):
    campaign: Annotated[int, Id("cam")]
    amount: Annotated[int, Whole(1, 100_000)] = 10
    status: Annotated[str, Choice(one_of("normal", "voided", "activated"))] = "normal"
    automated_codes: Annotated[bool, Flag(note="Make a validation code for each.")] = False
    code_prefix: Annotated[str, Text(20, note="With automated_codes; may be empty.")] = ""
    code_length: Annotated[int | None, Whole(10, 25, note="With automated_codes: length after the prefix.")] = None
    code_type: Annotated[str | None, Choice(one_of("numeric", "alphanumeric"), note="With automated_codes.")] = None

    def faults(self) -> Iterator[Fault]:
        if self.automated_codes and self.code_length is None:
            yield errors.missing("code_length")
        if self.automated_codes and self.code_type is None:
            yield errors.missing("code_type")

    @property
    def pattern(self) -> CodePattern | None:
        if not self.automated_codes or self.code_length is None:
            return None
        alphabet = DIGITS if self.code_type == "numeric" else LETTERS_AND_DIGITS
        return CodePattern(self.code_prefix, self.code_length, alphabet)


class RemoveLink(Parameters, kw_only=True):
    campaign: Annotated[int | None, Id("cam")] = None
    single_use_code: Annotated[str, SessionCode(also=("couponsession", "code"))]


class OneLink(Answer, kw_only=True):
    campaign: str
    action: str
    single_use_code: str
    sequence_id: InferredNumber
    single_use_url: str
    widget_validation_code: str
    custom_validation_code: str
    customid: str


class LinkItem(msgspec.Struct):
    single_use_code: str
    sequence_id: int
    single_use_url: str
    widget_validation_code: str
    custom_validation_code: Inferred


class ManyLinks(Answer, kw_only=True):
    campaign: str
    action: str
    data: list[LinkItem]


class RemovedLink(Answer, kw_only=True):
    """The link that is no more. (inferred)"""

    campaign: str
    action: str
    single_use_code: str


@call(
    "/v3/singleuse/create",
    params=CreateLink,
    answer=OneLink,
    errors={200, 300, 301, 302, 303, 305, 502},
    access="distribution",
    example={"campaign": "cam_204417", "firstname": "Ann", "email": "ann@example.org", "customid": "member-881"},
    told=Told(reasons=("sold_out",)),
)
def create_link(request: Request, params: CreateLink) -> bytes:
    """Make one single-use link; with duplicate_check the one that was made for the same person before."""
    campaign = _campaign(request, params.campaign)
    fields = people.stored(params, people.Place(campaign.timezone, campaign.account.country))
    try:
        outcome = links.make_link(
            account=request.account,
            campaign=campaign.pk,
            at=request.at,
            actor=request.actor,
            fields=fields,
            check=_check(params, campaign),
            auto=CodePattern("", int(params.autovalcode), DIGITS) if params.autovalcode else None,
        )
    except TooCrowded:
        raise Failed(
            errors.not_allowed("Nearly all codes of this length are taken. Choose a longer one.", "sold_out")
        ) from None
    if outcome.refusal or outcome.session is None:
        raise Failed(errors.no_campaign() if outcome.refusal == "unknown" else errors.BUSY)
    action = "single_use_code_duplicate" if outcome.detail.get("duplicate") else "single_use_code_created"
    return _one_link(campaign, outcome.session, action)


def many_again(batch: int) -> Iterator[bytes]:
    """The answer of `create_links`, piece by piece, from the rows it made."""
    row = sql.one(
        "select b.campaign, c.code from link_batch b join campaign c on c.id = b.campaign where b.id = %s", [batch]
    )
    assert row is not None, "a batch stays as long as its campaign"
    campaign, code = row
    address = session_url(code, "")
    yield b'%b"campaign":"cam_%d","action":"multiple_single_use_codes_created","data":[' % (OK, campaign)
    comma = ""
    for rows in links.rows_of(batch):
        yield (comma + ",".join(_item(address, *row) for row in rows)).encode()
        comma = ","
    yield b"]}"


@call(
    "/v3/multiplesingleuse/create",
    params=CreateLinks,
    answer=ManyLinks,
    errors={200, 300, 301, 302, 502},
    access="distribution",
    remake=many_again,
    example={"campaign": "cam_204417", "amount": 100},
    told=Told(reasons=("sold_out",)),
)
def create_links(request: Request, params: CreateLinks) -> bytes | Made:
    """Make many single-use links: all of them, or none. The answer is sent while it is read."""
    campaign = _campaign(request, params.campaign)
    try:
        batch = links.make_links(
            campaign=campaign,
            amount=params.amount,
            at=request.at,
            actor=request.actor,
            status=params.status,
            pattern=params.pattern,
        )
    except TooCrowded:
        raise Failed(
            errors.not_allowed("So few codes of this length and type could be guessed. Choose longer ones.", "sold_out")
        ) from None
    return b"".join(many_again(batch)) if params.amount <= COPIED_WHOLE else Made(batch, many_again)


@call(
    "/v3/singleuse/remove",
    params=RemoveLink,
    answer=RemovedLink,
    errors={200, 300, 301, 502, 505},
    access="distribution",
    aliases=("/v3/singleuse/delete",),
    inferred=True,
    example={"single_use_code": "h4k9r2m7x1c8v5b3n6z0q"},
    told=Told(reasons=("not_a_link", "voided", "already_claimed", "already_used")),
)
def remove_link(request: Request, params: RemoveLink) -> bytes:
    """Remove an unclaimed single-use link with its data."""
    if params.campaign is not None:
        _refuse_other_campaign(request, params.campaign, params.single_use_code)
    outcome = links.remove_link(
        account=request.account, code=params.single_use_code, at=request.at, actor=request.actor
    )
    if outcome.refusal:
        raise Failed(errors.refused(outcome.refusal))
    assert outcome.session is not None
    return msgspec.json.encode(
        RemovedLink(
            campaign=f"cam_{outcome.session.campaign_id}",
            action="single_use_code_removed",
            single_use_code=outcome.session.code,
        )
    )


def _campaign(request: Request, campaign_id: int) -> Campaign:
    """Links are made for every coupon that is not deleted and no template, whatever its state."""
    found = campaigns_of(request.account).select_related("account").filter(pk=campaign_id, is_template=False).first()
    if found is None:
        raise Failed(errors.no_campaign())
    return found


def _check(params: CreateLink, campaign: Campaign) -> tuple[str, str] | None:
    """The field that must not repeat, and its value in the form under which persons are compared."""
    field = params.checked_field
    value = getattr(params, field) if field else None
    if field is None or value is None:
        return None
    if field == "email":
        return field, persons.email_key(value)
    if field == "phone":
        key = persons.phone_key(value, campaign.account.country)
        return (field, key) if key else None
    return field, value


def _refuse_other_campaign(request: Request, campaign: int, code: str) -> None:
    if not campaigns_of(request.account).filter(pk=campaign).exists():
        raise Failed(errors.no_campaign())
    row = sql.one("select campaign_id from session_seen(%s, %s)", [request.account, code])
    if row is None or row[0] != campaign:
        raise Failed(errors.no_session())


def _one_link(campaign: Campaign, session: SessionRow, action: str) -> bytes:
    return msgspec.json.encode(
        OneLink(
            campaign=f"cam_{campaign.pk}",
            action=action,
            single_use_code=session.code,
            sequence_id=session.id,
            single_use_url=session_url(campaign.code, session.code),
            widget_validation_code=session.short,
            custom_validation_code=session.own_code,
            customid=session.customid,
        )
    )


def _item(address: str, sequence_id: int, code: str, own_code: str) -> str:
    own = msgspec.json.encode(own_code).decode() if own_code else '""'
    return (
        f'{{"single_use_code":"{code}","sequence_id":{sequence_id},"single_use_url":"{address}{code}",'
        f'"widget_validation_code":"{code[:6]}","custom_validation_code":{own}}}'
    )
