"""Reading the sessions of a coupon (coupons.md 5 to 9)."""

from datetime import datetime
from typing import Annotated

from tearoff.api import errors
from tearoff.api.calls import Request, Told, call
from tearoff.api.errors import Failed
from tearoff.api.fields import Id, Parameters, SessionCode, Whole
from tearoff.api.moments import From, Until
from tearoff.api.v3.acts import unknown
from tearoff.api.v3.blocks import OK, OneSession, SessionList, one_session
from tearoff.campaigns import reach
from tearoff.kit import sql
from tearoff.kit.public import public_url

PAGE_SIZE = 5_000


class ListSessions(Parameters):
    campaign: Annotated[int, Id("cam")]
    page: Annotated[int, Whole(1, 1_000_000, outside=301, note="5,000 sessions a page.")] = 1
    start_date: Annotated[datetime | None, From(note="Inclusive, UTC, of the date the list is about.")] = None
    end_date: Annotated[datetime | None, Until(note="Inclusive: a bare date covers its whole day.")] = None


class ReadSession(Parameters):
    couponsession: Annotated[str, SessionCode()]


@call(
    "/v3/campaign/data",
    params=ListSessions,
    answer=SessionList,
    errors={200, 301, 303, 502},
    access="statistics",
    reads=True,
    example={"campaign": "cam_204417", "page": 1},
)
def list_sessions(request: Request, params: ListSessions) -> list[bytes]:
    """All sessions of a coupon, oldest first, by the date they were made."""
    return _listed(request, params, "created_at", "retrieve_all_campaign_data")


@call(
    "/v3/campaign/opens",
    params=ListSessions,
    answer=SessionList,
    errors={200, 301, 303, 502},
    access="statistics",
    reads=True,
    example={"campaign": "cam_204417"},
    told=Told({"action": "retrieve_all_campaign_opens"}),
)
def list_opens(request: Request, params: ListSessions) -> list[bytes]:
    """The opened sessions of a coupon, by the date of their first opening."""
    return _listed(request, params, "opened_at", "retrieve_all_campaign_opens")


@call(
    "/v3/campaign/claims",
    params=ListSessions,
    answer=SessionList,
    errors={200, 301, 303, 502},
    access="statistics",
    reads=True,
    example={"campaign": "cam_204417", "start_date": "2025-03-01 09:30", "end_date": "2025-03-02"},
    told=Told({"action": "retrieve_all_campaign_claims"}),
)
def list_claims(request: Request, params: ListSessions) -> list[bytes]:
    """The claimed sessions of a coupon, by the date of their claim."""
    return _listed(request, params, "claimed_at", "retrieve_all_campaign_claims")


@call(
    "/v3/campaign/validations",
    params=ListSessions,
    answer=SessionList,
    errors={200, 301, 303, 502},
    access="statistics",
    reads=True,
    example={"campaign": "cam_204417"},
    told=Told({"action": "retrieve_all_campaign_validations"}),
)
def list_validations(request: Request, params: ListSessions) -> list[bytes]:
    """The validated sessions of a coupon, each once, by its latest validation that was not undone."""
    return _listed(request, params, "validated_at", "retrieve_all_campaign_validations")


@call(
    "/v3/couponsession/data",
    params=ReadSession,
    answer=OneSession,
    errors={200, 300, 301, 505},
    access=None,
    reads=True,
    example={"couponsession": "h4k9r2m7x1c8v5b3n6z0q"},
    told=Told({"action": "retrieve_all_session_data"}, reasons=("ambiguous",)),
)
def read_session(request: Request, params: ReadSession) -> bytes:
    """One session: what happened to it, who has it, where it was validated."""
    found = sql.prepared(
        "select s.campaign_id, wire_single(s, c, l, %s) from session_seen(%s, %s) s "
        "join campaign c on c.id = s.campaign_id left join location l on l.id = s.location",
        [public_url(""), request.account, params.couponsession],
    )
    if not found:
        raise Failed(unknown(request.account, params.couponsession))
    ((campaign, text),) = found
    return one_session(campaign, "retrieve_all_session_data", text)


def _listed(request: Request, params: ListSessions, date: str, action: str) -> list[bytes]:
    """One page, cut from the order of sequence ids, so that pages of an unchanged set never repeat or lose a session."""
    campaign = reach.campaign(request.account, params.campaign)
    if campaign is None:
        raise Failed(errors.no_campaign())
    wanted, values = _wanted(date, params)
    values |= {"campaign": campaign.pk, "base": public_url(""), "skip": (params.page - 1) * PAGE_SIZE}
    ((found, items),) = sql.prepared(
        "select count(*), string_agg(item, ',' order by id) from ("
        "select s.id, wire_item(s, c, %(base)s) as item from coupon_session s join campaign c on c.id = s.campaign_id "
        f"where s.campaign_id = %(campaign)s and {wanted} order by s.id limit {PAGE_SIZE} offset %(skip)s) as page",
        values,
    )
    pages = _pages(found, params.page, wanted, values)
    head = (
        f'"campaign":"cam_{campaign.pk}","action":"{action}","amount_of_results":{found},"page":{params.page},'
        f'"amount_of_pages":{pages},"data":['
    )
    return [OK, head.encode(), (items or "").encode(), b"]}"]


def _wanted(date: str, params: ListSessions) -> tuple[str, dict[str, object]]:
    """The condition on the list's own date, and its values."""
    conditions, values = [f"s.{date} is not null"], dict[str, object]()
    if params.start_date:
        conditions.append(f"s.{date} >= %(from)s")
        values["from"] = params.start_date
    if params.end_date:
        conditions.append(f"s.{date} < %(until)s")
        values["until"] = params.end_date
    return " and ".join(conditions), values


def _pages(found: int, page: int, wanted: str, values: dict[str, object]) -> int:
    """How many pages there are; counted only where this one does not tell."""
    if 0 < found < PAGE_SIZE or (found == 0 and page == 1):
        return page if found else 0
    row = sql.one(f"select count(*) from coupon_session s where s.campaign_id = %(campaign)s and {wanted}", values)
    assert row is not None
    return -(-int(row[0]) // PAGE_SIZE)
