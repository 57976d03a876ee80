"""Calls of `client.webhooks`.

Written by scripts/client.py from the table of calls.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from tearoff.client.connection import Connection
from tearoff.client.hiding import hiding

Type = Literal[
    "coupon_validated",
    "coupon_claimed",
    "coupon_created",
    "coupon_updated",
    "coupon_removed",
    "coupon_opened",
    "coupon_played",
    "coupon_saved",
    "coupon_voided",
    "coupon_unvalidated",
    "directory_user_registered",
    "directory_user_paid",
    "loyalty_user_registered",
    "loyalty_points_updated",
    "loyalty_reward_claimed",
    "loyalty_reward_validated",
    "subaccount_created",
    "test",
]


class Verified(msgspec.Struct, frozen=True):
    result: str
    webhook: str
    date: str
    campaign: str
    session: str
    type: str


class EndpointItem(msgspec.Struct, frozen=True):
    """An address that is told. `campaign` "" means all coupons."""

    ID: str
    url: str
    types: tuple[str, ...]
    campaign: str
    active: str
    created_date_utc: str
    last_delivery_date_utc: str
    last_response_code: str


class EndpointList(msgspec.Struct, frozen=True):
    amount_of_webhooks: int
    webhook: tuple[EndpointItem, ...]


@hiding("secret")
class NewEndpoint(EndpointItem, frozen=True):
    secret: str


class CreatedEndpoint(msgspec.Struct, frozen=True):
    action: str
    webhook: NewEndpoint


class ChangedEndpoint(msgspec.Struct, frozen=True):
    action: str
    webhook: EndpointItem


class RemovedEndpoint(msgspec.Struct, frozen=True):
    action: str
    webhook: str


class WebhooksCalls:
    """Calls of `client.webhooks`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def verify(self, webhook: str, *, session: str | None = None) -> Verified:
        """Whether a notification that was received came from here.

        - `webhook`: Id of the notification that was received.
        - `session`: If given, it must belong to that notification.

        Refused with 509 (webhook not found).
        """
        return self._connection.read("/v3/webhook/verification", Verified, {"webhook": webhook, "session": session})

    def list(self) -> EndpointList:
        """The account's endpoints, oldest first."""
        return self._connection.read("/v3/webhook/list", EndpointList, {})

    def create(
        self,
        url: str,
        *,
        types: Sequence[Type] | None = None,
        campaign: str | None = None,
        idempotency_key: str | None = None,
    ) -> CreatedEndpoint:
        """Have an address told. This answer shows the endpoint's signing secret, and none does after it.

        - `types`: Absent: all kinds.
        - `campaign`: Only this coupon.

        Refused with 502 (coupon not found).
        """
        return self._connection.write(
            "/v3/webhook/create", CreatedEndpoint, {"url": url, "types": types, "campaign": campaign}, idempotency_key
        )

    def update(
        self,
        webhook: str,
        *,
        url: str | None = None,
        types: Sequence[Type] | None = None,
        campaign: str | None = None,
        active: bool | None = None,
        idempotency_key: str | None = None,
    ) -> ChangedEndpoint:
        """Change an endpoint, or switch it on or off.

        Refused with 502 (coupon not found), 509 (webhook not found).
        """
        return self._connection.write(
            "/v3/webhook/update",
            ChangedEndpoint,
            {"webhook": webhook, "url": url, "types": types, "campaign": campaign, "active": active},
            idempotency_key,
        )

    def delete(self, webhook: str, *, idempotency_key: str | None = None) -> RemovedEndpoint:
        """Remove an endpoint with its deliveries.

        Refused with 509 (webhook not found).
        """
        return self._connection.write("/v3/webhook/delete", RemovedEndpoint, {"webhook": webhook}, idempotency_key)
