"""Webhooks: asking whether a notification is genuine, and managing endpoints (webhooks.md 5 and 6)."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from tearoff.api import errors
from tearoff.api.calls import Request, Told, call
from tearoff.api.errors import Failed, Fault
from tearoff.api.fields import EventId, Flag, Id, Parameters, SessionCode, Text, Words
from tearoff.api.moments import written
from tearoff.api.urls import URL_SENTENCES, refuse_bad_url
from tearoff.api.v3.blocks import Answer
from tearoff.campaigns import reach
from tearoff.webhooks import endpoints, notifications
from tearoff.webhooks.models import Endpoint


class Verify(Parameters):
    webhook: Annotated[str, EventId(note="Id of the notification that was received.")]
    session: Annotated[str | None, SessionCode(note="If given, it must belong to that notification.")] = None


class ListEndpoints(Parameters):
    """No parameters."""


class CreateEndpoint(Parameters):
    url: Annotated[str, Text(2_000, inferred=True)]
    types: Annotated[
        tuple[str, ...] | None, Words(endpoints.KINDS, also=("type",), inferred=True, note="Absent: all kinds.")
    ] = None
    campaign: Annotated[int | None, Id("cam", inferred=True, note="Only this coupon.")] = None


class UpdateEndpoint(Parameters):
    webhook: Annotated[int, Id("whk", inferred=True)]
    url: Annotated[str | None, Text(2_000, inferred=True)] = None
    types: Annotated[tuple[str, ...] | None, Words(endpoints.KINDS, also=("type",), inferred=True)] = None
    campaign: Annotated[int | None, Id("cam", inferred=True)] = None
    active: Annotated[bool | None, Flag(inferred=True)] = None

    def faults(self) -> Iterator[Fault]:
        if self.url is self.types is self.campaign is self.active is None:
            yield errors.missing("url")


class DeleteEndpoint(Parameters):
    webhook: Annotated[int, Id("whk", inferred=True)]


class Verified(Answer, kw_only=True):
    result: str
    webhook: str
    date: str
    campaign: str
    session: str
    type: str


class EndpointItem(msgspec.Struct, kw_only=True):
    """An address that is told. `campaign` "" means all coupons. (inferred)"""

    ID: str
    url: str
    types: list[str]
    campaign: str
    active: str
    created_date_utc: str
    last_delivery_date_utc: str
    last_response_code: str


class NewEndpoint(EndpointItem, kw_only=True):
    """(inferred)"""

    secret: str


class EndpointList(Answer, kw_only=True):
    """(inferred)"""

    amount_of_webhooks: int
    webhook: list[EndpointItem]


class CreatedEndpoint(Answer, kw_only=True):
    """(inferred)"""

    action: str
    webhook: NewEndpoint


class ChangedEndpoint(Answer, kw_only=True):
    """(inferred)"""

    action: str
    webhook: EndpointItem


class RemovedEndpoint(Answer, kw_only=True):
    """(inferred)"""

    action: str
    webhook: str


@call(
    "/v3/webhook/verification",
    params=Verify,
    answer=Verified,
    errors={200, 301, 509},
    access=None,
    reads=True,
    example={"webhook": "evt_Qm3ZtL8vKpYw2RbXc7Ha"},
)
def verify(request: Request, params: Verify) -> bytes:
    """Whether a notification that was received came from here."""
    found = notifications.find(request.account, params.webhook)
    code = (found.session_code or "") if found else ""
    if found is None or (params.session and params.session not in (code, code[:6])):
        raise Failed(errors.no_webhook())
    return msgspec.json.encode(
        Verified(
            result="valid",
            webhook=found.code,
            date=written(found.at),
            campaign=f"cam_{found.campaign_id}" if found.campaign_id else "",
            session=code,
            type=found.kind,
        )
    )


@call(
    "/v3/webhook/list",
    params=ListEndpoints,
    answer=EndpointList,
    errors=set(),
    access="webhooks",
    reads=True,
    inferred=True,
)
def list_endpoints(request: Request, params: ListEndpoints) -> bytes:
    """The account's endpoints, oldest first."""
    items = [_item(endpoint) for endpoint in endpoints.listed(request.account)]
    return msgspec.json.encode(EndpointList(amount_of_webhooks=len(items), webhook=items))


def _refuse_bad_url(request: Request, params: "CreateEndpoint | UpdateEndpoint") -> None:
    refuse_bad_url("url", params.url)


@call(
    "/v3/webhook/create",
    params=CreateEndpoint,
    answer=CreatedEndpoint,
    errors={200, 300, 301, 302, 502},
    access="webhooks",
    before=_refuse_bad_url,
    is_secret=True,
    inferred=True,
    example={"url": "https://shop.example.org/hooks", "types": "coupon_claimed,coupon_validated"},
    told=Told(reasons=tuple(URL_SENTENCES), yours=("url",)),
)
def create_endpoint(request: Request, params: CreateEndpoint) -> bytes:
    """Have an address told. This answer shows the endpoint's signing secret, and none does after it."""
    _refuse_unknown(request, params.campaign)
    endpoint = endpoints.create(
        request.account,
        url=params.url,
        kinds=list(params.types) if params.types else None,
        campaign=params.campaign,
        at=request.at,
        actor=request.actor,
        is_checked=True,
    )
    item = NewEndpoint(**msgspec.structs.asdict(_item(endpoint)), secret=endpoint.new_secret or "")
    return msgspec.json.encode(CreatedEndpoint(action="webhook_created", webhook=item))


@call(
    "/v3/webhook/update",
    params=UpdateEndpoint,
    answer=ChangedEndpoint,
    errors={200, 300, 301, 302, 502, 509},
    access="webhooks",
    before=_refuse_bad_url,
    inferred=True,
    example={"webhook": "whk_12", "active": False},
    told=Told(reasons=tuple(URL_SENTENCES)),
)
def update_endpoint(request: Request, params: UpdateEndpoint) -> bytes:
    """Change an endpoint, or switch it on or off."""
    _refuse_unknown(request, params.campaign)
    endpoint = endpoints.update(
        request.account,
        params.webhook,
        url=params.url,
        kinds=list(params.types) if params.types is not None else None,
        campaign=params.campaign,
        active=params.active,
        at=request.at,
        actor=request.actor,
        is_checked=True,
    )
    if endpoint is None:
        raise Failed(errors.no_webhook())
    return msgspec.json.encode(ChangedEndpoint(action="webhook_updated", webhook=_item(endpoint)))


@call(
    "/v3/webhook/delete",
    params=DeleteEndpoint,
    answer=RemovedEndpoint,
    errors={200, 301, 509},
    access="webhooks",
    inferred=True,
    example={"webhook": "whk_12"},
)
def delete_endpoint(request: Request, params: DeleteEndpoint) -> bytes:
    """Remove an endpoint with its deliveries."""
    if not endpoints.remove(request.account, params.webhook, at=request.at, actor=request.actor):
        raise Failed(errors.no_webhook())
    return msgspec.json.encode(RemovedEndpoint(action="webhook_removed", webhook=f"whk_{params.webhook}"))


def _refuse_unknown(request: Request, campaign: int | None) -> None:
    """0 is no coupon: it means all of them again."""
    if campaign and reach.campaign(request.account, campaign) is None:
        raise Failed(errors.no_campaign())


def _item(endpoint: Endpoint) -> EndpointItem:
    code = endpoint.last_response_code
    return EndpointItem(
        ID=f"whk_{endpoint.pk}",
        url=endpoint.url,
        types=list(endpoint.kinds) or list(endpoints.KINDS),
        campaign=f"cam_{endpoint.campaign_id}" if endpoint.campaign_id else "",
        active="1" if endpoint.is_active else "0",
        created_date_utc=written(endpoint.created_at),
        last_delivery_date_utc=written(endpoint.last_delivery_at),
        last_response_code="" if code is None else str(code),
    )
