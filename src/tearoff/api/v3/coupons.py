"""Reading coupons (coupons.md 1 and 2)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec
from django.conf import settings
from django.db.models.fields.files import FieldFile

from tearoff.accounts import rights
from tearoff.api import errors
from tearoff.api.calls import Request, call
from tearoff.api.errors import Failed
from tearoff.api.fields import Flag, Id, Parameters, Texts
from tearoff.api.moments import written
from tearoff.api.v3.blocks import Answer, Inferred, InferredNumber
from tearoff.campaigns import owncodes, reach, schedule
from tearoff.campaigns.models import Campaign, Folder
from tearoff.coupons.addresses import coupon_url
from tearoff.kit.public import public_url
from tearoff.statistics import reports


class CouponInfo(msgspec.Struct):
    """A coupon as lists show it. All texts; dates in the coupon's own zone, so that they can be sent back unchanged."""

    ID: str
    name: str
    title: str
    code: str
    url: str
    status: str
    subtitle: str
    description: str
    expirydate: str
    start_date: str
    coupon_category_name: str
    category: Inferred
    coupon_tags: str
    coupon_image: str
    banner1: str
    banner3: str
    logo_url: str
    poweredbylink: str
    coupon_value: str
    type: str
    subaccount: str
    customid: str
    folder: Inferred
    timezone: str


class OneCoupon(CouponInfo):
    """A coupon by itself, with what became of it."""

    created_date_utc: Inferred
    amount_of_sessions: InferredNumber
    amount_of_opens: InferredNumber
    amount_of_claims: InferredNumber
    amount_of_validations: InferredNumber
    custom_validation_codes_total: InferredNumber | msgspec.UnsetType = msgspec.UNSET
    custom_validation_codes_claimed: InferredNumber | msgspec.UnsetType = msgspec.UNSET


class CouponList(Answer, kw_only=True):
    amount_of_coupons: InferredNumber
    coupon_info: list[CouponInfo]


class CouponAnswer(Answer, kw_only=True):
    coupon_info: OneCoupon


class ListCoupons(Parameters):
    only_active: Annotated[bool, Flag(note="Only coupons whose status is active.")] = False
    folder: Annotated[int | None, Id("fol")] = None
    tags: Annotated[tuple[str, ...] | None, Texts(50, 50, note="Coupons that carry any of them.")] = None
    category: Annotated[int | None, Id("cat")] = None


class ReadCoupon(Parameters):
    campaign: Annotated[int, Id("cam")]
    show_usage_stats: Annotated[bool, Flag(note="Adds how many own validation codes there are and are given out.")] = (
        False
    )


@call(
    "/v3/coupon/list",
    params=ListCoupons,
    answer=CouponList,
    errors={301, 302, 515},
    access=None,
    reads=True,
    aliases=("/v2/coupon/list",),
    example={"only_active": True},
)
def list_coupons(request: Request, params: ListCoupons) -> bytes:
    """All coupons of the account, oldest first, and after them those it was given in its subaccounts."""
    found = reach.campaigns_of(request.account)
    if params.folder is not None:
        if not Folder.objects.filter(account_id=request.account, pk=params.folder).exists():
            raise Failed(errors.no_folder())
        found = found.filter(folder=params.folder)
    if params.category is not None:
        found = found.filter(category=params.category)
    if params.tags:
        found = found.filter(tags__overlap=list(params.tags))
    if params.only_active:
        found = found.filter(status=Campaign.Status.ACTIVE, is_template=False)
    shown = found.select_related("category", "account").defer("form", "consents", "words", "terms", "hours")
    infos = [_info(campaign, request) for campaign in _own_first(shown, request.account)]
    if params.only_active:
        infos = [info for info in infos if info.status == "active"]
    return msgspec.json.encode(CouponList(amount_of_coupons=len(infos), coupon_info=infos))


@call(
    "/v3/coupon/info",
    params=ReadCoupon,
    answer=CouponAnswer,
    errors={200, 301, 302, 502},
    access=None,
    reads=True,
    example={"campaign": "cam_204417", "show_usage_stats": True},
)
def read_coupon(request: Request, params: ReadCoupon) -> bytes:
    """One coupon, with its totals."""
    campaign = reached(request, params.campaign)
    info = one_coupon(campaign, request)
    if params.show_usage_stats:
        rights.require_of(request.actor, "statistics")
        total, given_out = owncodes.counts(campaign)
        info.custom_validation_codes_total, info.custom_validation_codes_claimed = total, given_out
    return msgspec.json.encode(CouponAnswer(coupon_info=info))


def reached(request: Request, campaign_id: int) -> Campaign:
    """The campaign of that id, templates included.

    Raises:
        Failed: 502, unknown, deleted or foreign.
    """
    found = reach.campaigns_of(request.account).select_related("category", "account").filter(pk=campaign_id).first()
    if found is None:
        raise Failed(errors.no_campaign())
    return found


def one_coupon(campaign: Campaign, request: Request) -> OneCoupon:
    """Without the right to statistics the totals are absent, which for a count is 0 (conventions.md 4)."""
    totals = reports.totals(campaign.pk) if rights.may_of(request.actor, "statistics") else NO_TOTALS
    return OneCoupon(
        **msgspec.structs.asdict(_info(campaign, request)),
        created_date_utc=written(campaign.created_at),
        amount_of_sessions=totals["made"],
        amount_of_opens=totals["opened"],
        amount_of_claims=totals["claimed"],
        amount_of_validations=totals["validated"],
    )


NO_TOTALS = dict.fromkeys(reports.FIGURES, 0)


def _own_first(campaigns: Iterable[Campaign], account: int) -> list[Campaign]:
    return sorted(campaigns, key=lambda campaign: (campaign.account_id != account, campaign.pk))


def _info(campaign: Campaign, request: Request) -> CouponInfo:
    category = campaign.category
    return CouponInfo(
        ID=f"cam_{campaign.pk}",
        name=campaign.name,
        title=campaign.title,
        code=campaign.code,
        url=coupon_url(campaign.code),
        status=schedule.shown_status(campaign, request.at),
        subtitle=campaign.subtitle,
        description=campaign.description,
        expirydate=_local(campaign.ends_local),
        start_date=_local(campaign.starts_local),
        coupon_category_name=category.name if category else "",
        category=f"cat_{category.pk}" if category else "",
        coupon_tags=",".join(campaign.tags),
        coupon_image=_picture(campaign.share_image or campaign.header_image),
        banner1=_picture(campaign.header_image),
        banner3="",
        logo_url=_picture(campaign.logo or campaign.account.logo),
        poweredbylink=campaign.account.powered_by_link,
        coupon_value=campaign.coupon_value,
        type=campaign.kind,
        subaccount=f"sub_{campaign.account_id}" if campaign.account_id != request.account else "",
        customid=campaign.customid,
        folder=f"fol_{campaign.folder_id}" if campaign.folder_id else "",
        timezone=campaign.timezone,
    )


def _local(at: datetime | None) -> str:
    return written(at.replace(tzinfo=None)) if at else ""


def _picture(file: FieldFile | None) -> str:
    return public_url(settings.MEDIA_URL + file.name) if file and file.name else ""
