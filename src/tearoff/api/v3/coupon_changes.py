"""Making, changing, switching and deleting coupons (coupons.md 3 and 4)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec

from tearoff.accounts.models import Account
from tearoff.api import errors
from tearoff.api.calls import Request, Told, call
from tearoff.api.errors import Failed, Fault
from tearoff.api.fields import Choice, Flag, Html, Id, Parameters, Text, Texts, Whole, Zone, one_of
from tearoff.api.moments import Local, Moment, end_of, start_of
from tearoff.api.v3.blocks import Answer, Inferred
from tearoff.api.v3.coupons import OneCoupon, one_coupon, reached
from tearoff.campaigns import editing, limits, reach
from tearoff.campaigns.models import Campaign, Category, Folder, Grant
from tearoff.kit import sql

STATUSES = one_of("draft", "inactive", "active", "archived") | {"published": "active"}
SWITCHES = one_of("active", "inactive", "archived") | {"published": "active"}
HUNDRED_YEARS_OF_DAYS, HUNDRED_YEARS_OF_MINUTES = 36_500, 52_560_000
MOST = 2_000_000_000


class CouponTexts(Parameters):
    """What 3 and 4 both may set."""

    leading = ("template", "campaign", "name")

    title: Annotated[str | None, Text(200)] = None
    subtitle: Annotated[str | None, Text(200)] = None
    description: Annotated[str | None, Html(20_000, inferred=True, note="HTML by a short list of tags.")] = None
    terms: Annotated[str | None, Html(20_000, inferred=True, note="HTML by a short list of tags.")] = None
    category: Annotated[int | None, Id("cat", inferred=True)] = None
    tags: Annotated[tuple[str, ...] | None, Texts(50, 50, inferred=True)] = None
    folder: Annotated[int | None, Id("fol", inferred=True)] = None
    start_date: Annotated[Local | None, Moment(inferred=True, note="In the coupon's time zone.")] = None
    expiry_date: Annotated[Local | None, Moment(note="In the coupon's time zone; a bare date ends at 23:59:59.")] = None
    coupon_value: Annotated[str | None, Text(255, inferred=True)] = None
    customid: Annotated[str | None, Text(50, inferred=True)] = None
    status: Annotated[str | None, Choice(STATUSES, inferred=True)] = None
    featured: Annotated[bool | None, Flag(inferred=True)] = None
    timezone: Annotated[str | None, Zone(inferred=True, note="Ours.")] = None
    max_claims: Annotated[int | None, Whole(0, MOST, inferred=True, note="Ours. 0: no limit.")] = None
    max_validations: Annotated[int | None, Whole(0, MOST, inferred=True, note="Ours. 0: no limit.")] = None
    uses_per_session: Annotated[int | None, Whole(1, 1_000, inferred=True, note="Ours.")] = None
    valid_days_after_open: Annotated[
        int | None, Whole(0, HUNDRED_YEARS_OF_DAYS, inferred=True, note="Ours. 0: no such clock.")
    ] = None
    valid_minutes_after_claim: Annotated[
        int | None, Whole(0, HUNDRED_YEARS_OF_MINUTES, inferred=True, note="Ours. 0: no such clock.")
    ] = None
    claim_method: Annotated[str | None, Choice(one_of("none", "button", "form"), inferred=True, note="Ours.")] = None
    single_use_only: Annotated[bool | None, Flag(inferred=True, note="Ours.")] = None


class CreateCoupon(CouponTexts, kw_only=True):
    template: Annotated[int, Id("cam", note="The id of a template, with or without its prefix.")]
    name: Annotated[str, Text(200, note="Internal name.")]
    subaccount: Annotated[int | None, Id("sub", note="Make it inside that subaccount.")] = None


class UpdateCoupon(CouponTexts, kw_only=True):
    campaign: Annotated[int, Id("cam")]
    name: Annotated[str | None, Text(200)] = None

    def faults(self) -> Iterator[Fault]:
        if all(getattr(self, name) is None for name in self.__struct_fields__ if name != "campaign"):
            yield errors.missing("name")


class SwitchCoupon(Parameters):
    campaign: Annotated[int, Id("cam", also=("coupon_id", "campaign_id", "id"))]
    status: Annotated[str, Choice(SWITCHES)]


class DeleteCoupon(Parameters):
    campaign: Annotated[int, Id("cam")]


class ChangedCoupon(Answer, kw_only=True):
    action: Inferred
    coupon_info: OneCoupon


class RemovedCoupon(Answer, kw_only=True):
    """The coupon that is no more. (inferred)"""

    action: str
    campaign: str


@call(
    "/v3/coupon/create",
    params=CreateCoupon,
    answer=ChangedCoupon,
    errors={200, 300, 301, 302, 303, 502, 515},
    access="add_campaign",
    example={"template": "204400", "name": "Spring coffee", "title": "Free coffee with lunch"},
    told=Told({"action": "coupon_created"}, reasons=("not_found", "malformed", "package_limit")),
)
def create_coupon(request: Request, params: CreateCoupon) -> bytes:
    """Make a coupon from a template: a draft, unless a status is given."""
    template = reached(request, params.template)
    if not template.is_template:
        raise Failed(errors.no_campaign())
    account = account_to_make_in(request, params.subaccount)
    changes = _changes(params, template, account.pk)
    _refuse_impossible(template, changes)
    made = editing.create_campaign(
        account=account, template=template, name=params.name, changes=changes, actor=request.actor, at=request.at
    )
    if account.pk != request.account:
        Grant.objects.create(parent_id=request.account, campaign=made)
    return _answered("coupon_created", made, request)


def _start_counting(request: Request, params: UpdateCoupon) -> None:
    """A first cap waits until acts that began before it have ended, which no transaction of ours may hold up."""
    campaign = reach.campaign(request.account, params.campaign) if params.max_claims or params.max_validations else None
    if campaign is not None:
        limits.start_counting(campaign)


@call(
    "/v3/coupon/update",
    params=UpdateCoupon,
    answer=ChangedCoupon,
    errors={200, 300, 301, 302, 303, 502, 515},
    access="update_campaign",
    before=_start_counting,
    inferred=True,
    example={"campaign": "cam_204417", "title": "Free coffee all day", "expiry_date": "2025-12-31"},
    told=Told(reasons=("not_found", "malformed", "package_limit")),
)
def update_coupon(request: Request, params: UpdateCoupon) -> bytes:
    """Change a coupon. Only what is sent is changed."""
    campaign = reached(request, params.campaign)
    changes = _changes(params, campaign, campaign.account_id)
    if params.name is not None:
        changes["name"] = params.name
    _refuse_impossible(campaign, changes)
    return _updated(request, campaign, changes)


@call(
    "/v3/coupon/status",
    params=SwitchCoupon,
    answer=ChangedCoupon,
    errors={200, 301, 302, 502},
    access="update_campaign",
    aliases=("/v3/campaign/status",),
    inferred=True,
    example={"campaign": "cam_204417", "status": "inactive"},
    told=Told(reasons=("package_limit",)),
)
def switch_coupon(request: Request, params: SwitchCoupon) -> bytes:
    """Switch a coupon on, off, or put it into the archive."""
    return _updated(request, reached(request, params.campaign), {"status": params.status})


@call(
    "/v3/coupon/delete",
    params=DeleteCoupon,
    answer=RemovedCoupon,
    errors={200, 301, 502},
    access="update_campaign",
    inferred=True,
    example={"campaign": "cam_204417"},
)
def delete_coupon(request: Request, params: DeleteCoupon) -> bytes:
    """Delete a coupon: its id, its sessions and its addresses are unknown from then on."""
    campaign = reached(request, params.campaign)
    if not editing.delete_campaign(campaign=campaign, actor=request.actor, at=request.at):
        raise Failed(errors.no_campaign())
    return msgspec.json.encode(RemovedCoupon(action="coupon_removed", campaign=f"cam_{campaign.pk}"))


def account_to_make_in(request: Request, subaccount: int | None) -> Account:
    """The account the coupon is made in: the caller's, or one below it."""
    wanted = request.account if subaccount is None else subaccount
    found = Account.objects.filter(pk=wanted, ancestors__contains=[request.account]).first()
    if found is None:
        raise Failed(errors.not_allowed("Subaccount not found", "not_found"))
    return found


def _changes(params: CouponTexts, campaign: Campaign, account: int) -> dict[str, Any]:
    """What was sent, by the names of the model. `campaign` is what the changes are laid over."""
    changes = {name: value for name in _SAME_NAME if (value := getattr(params, name)) is not None}
    if params.tags is not None:
        changes["tags"] = list(params.tags)
    if params.featured is not None:
        changes["is_featured"] = params.featured
    for name in ("max_claims", "max_validations"):
        if (value := getattr(params, name)) is not None:
            changes[name] = value or None
    changes |= _clock("after_open", params.valid_days_after_open, Campaign.Unit.DAYS)
    changes |= _clock("after_claim", params.valid_minutes_after_claim, Campaign.Unit.MINUTES)
    if params.start_date is not None:
        changes["starts_local"] = start_of(params.start_date)
    if params.expiry_date is not None:
        changes["ends_local"] = end_of(params.expiry_date)
    if params.category is not None:
        changes["category"] = _category(account, params.category)
    if params.folder is not None:
        changes["folder"] = _folder(account, params.folder)
    return changes


_SAME_NAME = (
    "title",
    "subtitle",
    "description",
    "terms",
    "coupon_value",
    "customid",
    "status",
    "timezone",
    "uses_per_session",
    "claim_method",
    "single_use_only",
)


def _clock(name: str, amount: int | None, unit: str) -> dict[str, Any]:
    if amount is None:
        return {}
    return {name: amount, f"{name}_unit": unit} if amount else {name: None}


def _category(account: int, category_id: int) -> Category:
    found = Category.objects.filter(account_id=account, pk=category_id).first()
    if found is None:
        raise Failed(errors.not_allowed("Category not found", "not_found"))
    return found


def _folder(account: int, folder_id: int) -> Folder:
    found = Folder.objects.filter(account_id=account, pk=folder_id).first()
    if found is None:
        raise Failed(errors.no_folder())
    return found


def _refuse_impossible(campaign: Campaign, changes: dict[str, Any]) -> None:
    """What the table itself does not allow: a coupon without a claim has no clock from the claim and gives no codes. And
    what it would silently drop: the fields and consents that a claim asks for (product.md 4.4)."""
    after: dict[str, Any] = {
        name: changes.get(name, getattr(campaign, name)) for name in ("claim_method", "after_claim", "uses_own_codes")
    }
    if after["claim_method"] == Campaign.ClaimMethod.NONE and (after["after_claim"] or after["uses_own_codes"]):
        raise Failed(
            errors.not_allowed("claim_method none goes with no own codes and no validity after the claim.", "malformed")
        )
    if changes.get("claim_method") == Campaign.ClaimMethod.NONE and (campaign.form or campaign.consents):
        raise Failed(
            errors.not_allowed(
                "claim_method none goes with no fields and consents to ask for at the claim.", "malformed"
            )
        )
    starts = _moment(changes, campaign, "starts_local")
    ends = _moment(changes, campaign, "ends_local")
    if starts and ends and ends < starts and {"starts_local", "ends_local"} & changes.keys():
        raise Failed(errors.not_allowed("The coupon would end before it starts.", "malformed"))


def _moment(changes: dict[str, Any], campaign: Campaign, name: str) -> datetime | None:
    found: datetime | None = changes.get(name, getattr(campaign, name))
    return found.replace(tzinfo=None) if found else None


def _updated(request: Request, campaign: Campaign, changes: dict[str, Any]) -> bytes:
    try:
        changed = editing.update_campaign(campaign=campaign, changes=changes, actor=request.actor, at=request.at)
    except sql.Busy:
        raise Failed(errors.BUSY) from None
    return _answered("coupon_updated", changed, request)


def _answered(action: str, campaign: Campaign, request: Request) -> bytes:
    return msgspec.json.encode(ChangedCoupon(action=action, coupon_info=one_coupon(campaign, request)))
