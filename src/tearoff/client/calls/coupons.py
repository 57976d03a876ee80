"""Calls of `client.coupons`.

Written by scripts/client.py from the table of calls.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from tearoff.client.connection import Connection
from tearoff.client.moments import Moment, on_the_spot

Status = Literal["draft", "inactive", "active", "archived", "published"]


StatusStatus = Literal["active", "inactive", "archived", "published"]


class CouponInfo(msgspec.Struct, frozen=True):
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
    category: str
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
    folder: str
    timezone: str


class CouponList(msgspec.Struct, frozen=True):
    amount_of_coupons: int
    coupon_info: tuple[CouponInfo, ...]


class OneCoupon(CouponInfo, frozen=True, kw_only=True):
    """A coupon by itself, with what became of it."""

    created_date_utc: str
    amount_of_sessions: int
    amount_of_opens: int
    amount_of_claims: int
    amount_of_validations: int
    custom_validation_codes_total: int | None = None
    custom_validation_codes_claimed: int | None = None


class CouponAnswer(msgspec.Struct, frozen=True):
    coupon_info: OneCoupon


class ChangedCoupon(msgspec.Struct, frozen=True):
    action: str
    coupon_info: OneCoupon


class RemovedCoupon(msgspec.Struct, frozen=True):
    """The coupon that is no more."""

    action: str
    campaign: str


class CouponsCalls:
    """Calls of `client.coupons`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(
        self,
        *,
        only_active: bool | None = None,
        folder: str | None = None,
        tags: Sequence[str] | None = None,
        category: str | None = None,
    ) -> CouponList:
        """All coupons of the account, oldest first, and after them those it was given in its subaccounts.

        - `only_active`: Only coupons whose status is active.
        - `tags`: Coupons that carry any of them.

        Refused with 515 (folder not found).
        """
        return self._connection.read(
            "/v3/coupon/list",
            CouponList,
            {"only_active": only_active, "folder": folder, "tags": tags, "category": category},
        )

    def info(self, campaign: str, *, show_usage_stats: bool | None = None) -> CouponAnswer:
        """One coupon, with its totals.

        - `show_usage_stats`: Adds how many own validation codes there are and are given out.

        Refused with 502 (coupon not found).
        """
        return self._connection.read(
            "/v3/coupon/info", CouponAnswer, {"campaign": campaign, "show_usage_stats": show_usage_stats}
        )

    def create(
        self,
        template: str,
        *,
        name: str,
        title: str | None = None,
        subtitle: str | None = None,
        description: str | None = None,
        terms: str | None = None,
        category: str | None = None,
        tags: Sequence[str] | None = None,
        folder: str | None = None,
        start_date: Moment | None = None,
        expiry_date: Moment | None = None,
        coupon_value: str | None = None,
        customid: str | None = None,
        status: Status | None = None,
        featured: bool | None = None,
        timezone: str | None = None,
        max_claims: int | None = None,
        max_validations: int | None = None,
        uses_per_session: int | None = None,
        valid_days_after_open: int | None = None,
        valid_minutes_after_claim: int | None = None,
        claim_method: Literal["none", "button", "form"] | None = None,
        single_use_only: bool | None = None,
        subaccount: str | None = None,
        idempotency_key: str | None = None,
    ) -> ChangedCoupon:
        """Make a coupon from a template: a draft, unless a status is given.

        - `template`: The id of a template, with or without its prefix.
        - `name`: Internal name.
        - `description`: HTML by a short list of tags.
        - `terms`: HTML by a short list of tags.
        - `start_date`: In the coupon's time zone.
        - `expiry_date`: In the coupon's time zone; a bare date ends at 23:59:59.
        - `timezone`: Ours.
        - `max_claims`: Ours. 0: no limit.
        - `max_validations`: Ours. 0: no limit.
        - `uses_per_session`: Ours.
        - `valid_days_after_open`: Ours. 0: no such clock.
        - `valid_minutes_after_claim`: Ours. 0: no such clock.
        - `claim_method`: Ours.
        - `single_use_only`: Ours.
        - `subaccount`: Make it inside that subaccount.

        Refused with 502 (coupon not found), 515 (folder not found).
        """
        return self._connection.write(
            "/v3/coupon/create",
            ChangedCoupon,
            {
                "template": template,
                "name": name,
                "title": title,
                "subtitle": subtitle,
                "description": description,
                "terms": terms,
                "category": category,
                "tags": tags,
                "folder": folder,
                "start_date": on_the_spot(start_date),
                "expiry_date": on_the_spot(expiry_date),
                "coupon_value": coupon_value,
                "customid": customid,
                "status": status,
                "featured": featured,
                "timezone": timezone,
                "max_claims": max_claims,
                "max_validations": max_validations,
                "uses_per_session": uses_per_session,
                "valid_days_after_open": valid_days_after_open,
                "valid_minutes_after_claim": valid_minutes_after_claim,
                "claim_method": claim_method,
                "single_use_only": single_use_only,
                "subaccount": subaccount,
            },
            idempotency_key,
        )

    def update(
        self,
        campaign: str,
        *,
        name: str | None = None,
        title: str | None = None,
        subtitle: str | None = None,
        description: str | None = None,
        terms: str | None = None,
        category: str | None = None,
        tags: Sequence[str] | None = None,
        folder: str | None = None,
        start_date: Moment | None = None,
        expiry_date: Moment | None = None,
        coupon_value: str | None = None,
        customid: str | None = None,
        status: Status | None = None,
        featured: bool | None = None,
        timezone: str | None = None,
        max_claims: int | None = None,
        max_validations: int | None = None,
        uses_per_session: int | None = None,
        valid_days_after_open: int | None = None,
        valid_minutes_after_claim: int | None = None,
        claim_method: Literal["none", "button", "form"] | None = None,
        single_use_only: bool | None = None,
        idempotency_key: str | None = None,
    ) -> ChangedCoupon:
        """Change a coupon. Only what is sent is changed.

        - `description`: HTML by a short list of tags.
        - `terms`: HTML by a short list of tags.
        - `start_date`: In the coupon's time zone.
        - `expiry_date`: In the coupon's time zone; a bare date ends at 23:59:59.
        - `timezone`: Ours.
        - `max_claims`: Ours. 0: no limit.
        - `max_validations`: Ours. 0: no limit.
        - `uses_per_session`: Ours.
        - `valid_days_after_open`: Ours. 0: no such clock.
        - `valid_minutes_after_claim`: Ours. 0: no such clock.
        - `claim_method`: Ours.
        - `single_use_only`: Ours.

        Refused with 502 (coupon not found), 515 (folder not found).
        """
        return self._connection.write(
            "/v3/coupon/update",
            ChangedCoupon,
            {
                "campaign": campaign,
                "name": name,
                "title": title,
                "subtitle": subtitle,
                "description": description,
                "terms": terms,
                "category": category,
                "tags": tags,
                "folder": folder,
                "start_date": on_the_spot(start_date),
                "expiry_date": on_the_spot(expiry_date),
                "coupon_value": coupon_value,
                "customid": customid,
                "status": status,
                "featured": featured,
                "timezone": timezone,
                "max_claims": max_claims,
                "max_validations": max_validations,
                "uses_per_session": uses_per_session,
                "valid_days_after_open": valid_days_after_open,
                "valid_minutes_after_claim": valid_minutes_after_claim,
                "claim_method": claim_method,
                "single_use_only": single_use_only,
            },
            idempotency_key,
        )

    def status(self, campaign: str, *, status: StatusStatus, idempotency_key: str | None = None) -> ChangedCoupon:
        """Switch a coupon on, off, or put it into the archive.

        Refused with 502 (coupon not found).
        """
        return self._connection.write(
            "/v3/coupon/status", ChangedCoupon, {"campaign": campaign, "status": status}, idempotency_key
        )

    def delete(self, campaign: str, *, idempotency_key: str | None = None) -> RemovedCoupon:
        """Delete a coupon: its id, its sessions and its addresses are unknown from then on.

        Refused with 502 (coupon not found).
        """
        return self._connection.write("/v3/coupon/delete", RemovedCoupon, {"campaign": campaign}, idempotency_key)
