"""Finding sessions by what a till or a person knows of them (coupons.md 12 and 13)."""

from collections.abc import Iterator
from typing import Annotated, Any

from tearoff.accounts.models import Account
from tearoff.api import errors
from tearoff.api.calls import Request, call
from tearoff.api.errors import Failed, Fault
from tearoff.api.fields import Id, Parameters, Text
from tearoff.api.v3.blocks import OK, FoundList
from tearoff.api.v3.people import OwnCode
from tearoff.campaigns import reach
from tearoff.coupons import persons
from tearoff.kit import codes, sql
from tearoff.kit.public import public_url

MOST = 100


class Search(Parameters):
    search: Annotated[
        str | None,
        Text(
            100,
            shortest=3,
            inferred=True,
            note="Own validation code, phone, e-mail, custom id, widget code or session code.",
        ),
    ] = None
    customvalcode: Annotated[str | None, OwnCode(also=("own_validation_code",), inferred=True)] = None
    phone: Annotated[str | None, Text(32, inferred=True)] = None
    email: Annotated[str | None, Text(254, inferred=True)] = None

    def faults(self) -> Iterator[Fault]:
        if self.search is self.customvalcode is self.phone is self.email is None:
            yield errors.missing("search")


class SearchAccount(Search, kw_only=True):
    campaign: Annotated[int | None, Id("cam", inferred=True)] = None


class SearchCampaign(Search, kw_only=True):
    campaign: Annotated[int, Id("cam", inferred=True)]


@call(
    "/v3/couponsession/search",
    params=SearchAccount,
    answer=FoundList,
    errors={200, 300, 301, 502},
    access="statistics",
    reads=True,
    example={"search": "7731902284"},
)
def search_account(request: Request, params: SearchAccount) -> list[bytes]:
    """Find sessions by own validation code, phone or e-mail: at most 100, newest first."""
    return _found(request, params, params.campaign)


@call(
    "/v3/campaign/search",
    params=SearchCampaign,
    answer=FoundList,
    errors={200, 300, 301, 502},
    access="statistics",
    reads=True,
    aliases=("/v3/couponsession/search/campaign",),
    inferred=True,
    example={"campaign": "cam_204417", "email": "ann@example.org"},
)
def search_campaign(request: Request, params: SearchCampaign) -> list[bytes]:
    """Find sessions of one coupon."""
    return _found(request, params, params.campaign)


def _found(request: Request, params: Search, campaign: int | None) -> list[bytes]:
    if campaign is not None and reach.campaign(request.account, campaign) is None:
        raise Failed(errors.no_campaign())
    conditions, values = _conditions(params, Account.objects.values_list("country", flat=True).get(pk=request.account))
    if campaign is not None:
        conditions.append("s.campaign_id = %(campaign)s")
        values["campaign"] = campaign
    rows = sql.prepared(
        f"""
        select '{{"campaign":"cam_' || c.id || '",' || substr(wire_item(s, c, %(base)s), 2)
        from coupon_session s join campaign c on c.id = s.campaign_id and c.deleted_at is null
        where s.account_id = any (array(
                select %(account)s union select x.account_id from campaign_grant g join campaign x on x.id = g.campaign_id
                where g.parent_id = %(account)s))
            and (s.account_id = %(account)s
                or exists (select from campaign_grant g where g.parent_id = %(account)s and g.campaign_id = c.id))
            and {" and ".join(conditions)}
        order by s.id desc limit {MOST}
        """,
        values | {"account": request.account, "base": public_url("")},
    )
    items = ",".join(row[0] for row in rows)
    head = f'"action":"search_session","amount_of_results":{len(rows)},"data":['
    return [OK, head.encode(), items.encode(), b"]}"]


def _conditions(params: Search, country: str) -> tuple[list[str], dict[str, Any]]:
    """Every parameter that was sent must match; `search` may match anywhere."""
    conditions: list[str] = []
    values: dict[str, Any] = {}
    if params.search is not None:
        conditions.append(
            "(s.own_code_key = %(any_code)s or s.email_key = %(any_email)s or s.phone_key = %(any_phone)s "
            "or s.customid = %(any)s or s.code = %(any)s or s.short = %(any_short)s)"
        )
        values |= {
            "any": params.search,
            "any_code": codes.folded(params.search) or None,  # blanks and dashes name nobody
            "any_email": persons.email_key(params.search),
            "any_phone": _phone(params.search, country),
            "any_short": codes.folded(params.search),
        }
    if params.customvalcode is not None:
        conditions.append("s.own_code_key = %(own_code)s")
        values["own_code"] = codes.folded(params.customvalcode)
    if params.phone is not None:
        conditions.append("s.phone_key = %(phone)s")
        values["phone"] = _phone(params.phone, country)
    if params.email is not None:
        conditions.append("s.email_key = %(email)s")
        values["email"] = persons.email_key(params.email)
    return conditions, values


def _phone(text: str, country: str) -> str | None:
    """The digits under which phones are compared; a text without digits is nobody's."""
    return persons.phone_key(text, country) or None
