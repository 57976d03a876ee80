"""Sub-accounts, and links that sign in or reset a password (subaccounts.md). Served under /v3 and /v4 alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from django.db import transaction

from tearoff.accounts import entry, keys, rights, subaccounts, tokens
from tearoff.accounts.models import Account, User
from tearoff.api import errors
from tearoff.api.calls import Request, Told, call
from tearoff.api.errors import Failed, Fault
from tearoff.api.fields import Choice, Email, Flag, Id, Kind, Parameters, Text, Whole, Wrong, one_of, text_of
from tearoff.api.moments import Day
from tearoff.api.urls import URL_SENTENCES, refuse_bad_url
from tearoff.api.v3.blocks import Answer, Inferred, InferredFlag, InferredNumber
from tearoff.campaigns import checking, reach
from tearoff.campaigns.subaccounts import open_subaccount
from tearoff.webhooks import account_payloads, endpoints

PAGES = one_of("campaigns", "add_campaign", "update_campaign", "statistics", "distribution")


@dataclass(frozen=True)
class Password(Kind):
    """A log-in password: 8 to 128 characters, exactly as typed."""

    def read(self, name: str, value: Any) -> str:
        text = text_of(name, value)
        if not 8 <= len(text) <= 128:
            raise Wrong(
                errors.bad_format(name, "8 to 128 characters", reason="too_long" if len(text) > 128 else "malformed")
            )
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 8, "maxLength": 128}


@dataclass(frozen=True)
class Country(Kind):
    """Two letters."""

    def read(self, name: str, value: Any) -> str:
        text = text_of(name, value).strip().upper()
        if not (len(text) == 2 and text.isascii() and text.isalpha()):
            raise Wrong(errors.bad_format(name, "a country code of two letters like BE"))
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Za-z]{2}$", "examples": ["BE"]}


@dataclass(frozen=True)
class Currency(Kind):
    """Three letters, as ISO 4217 has them."""

    def read(self, name: str, value: Any) -> str:
        text = text_of(name, value).strip().upper()
        if checking.currency_problem(text):
            raise Wrong(errors.bad_format(name, "a currency of three letters like EUR"))
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Za-z]{3}$", "examples": ["EUR"]}


@dataclass(frozen=True)
class Language(Kind):
    """A language like nl, perhaps with a region like pt-BR."""

    def read(self, name: str, value: Any) -> str:
        first, *region = text_of(name, value).strip().split("-")
        text = "-".join((first.lower(), *region))
        if checking.language_problem(text):
            raise Wrong(errors.bad_format(name, "a language like nl or pt-BR"))
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,6})?$", "examples": ["nl"]}


class Settings(Parameters):
    """What create and update both may set."""

    package: Annotated[int | None, Id("pac")] = None
    status: Annotated[str | None, Choice(one_of("trial", "customer"))] = None
    first_name: Annotated[str | None, Text(100)] = None
    last_name: Annotated[str | None, Text(100)] = None
    country: Annotated[str | None, Country()] = None
    company_name: Annotated[str | None, Text(200)] = None
    expiry_date: Annotated[date | None, Day()] = None
    username: Annotated[str | None, Text(200, inferred=True)] = None
    max_campaigns: Annotated[int | None, Whole(0, 1_000_000, inferred=True)] = None
    language: Annotated[str | None, Language(inferred=True)] = None
    currency: Annotated[str | None, Currency(inferred=True)] = None
    webhook_endpoint: Annotated[str | None, Text(2_000, inferred=True)] = None
    access_dashboard: Annotated[bool | None, Flag(inferred=True)] = None
    access_directory: Annotated[bool | None, Flag(inferred=True)] = None
    access_add_campaign: Annotated[bool | None, Flag(inferred=True)] = None
    access_update_campaign: Annotated[bool | None, Flag(inferred=True)] = None
    access_statistics: Annotated[bool | None, Flag(inferred=True)] = None
    access_distribution: Annotated[bool | None, Flag(inferred=True)] = None
    access_loyalty: Annotated[bool | None, Flag(inferred=True)] = None
    access_integrations: Annotated[bool | None, Flag(inferred=True)] = None
    access_webhooks: Annotated[bool | None, Flag(inferred=True)] = None


class CreateSubaccount(Settings, kw_only=True):
    leading = ("email", "password")

    email: Annotated[str, Email()]
    password: Annotated[str | None, Password(note="Without one the new owner is mailed a link to choose it.")] = None


class UpdateSubaccount(Settings, kw_only=True):
    leading = ("subaccount", "email", "password")

    subaccount: Annotated[int, Id("sub")]
    email: Annotated[str | None, Email()] = None
    password: Annotated[str | None, Password()] = None


class OneSubaccount(Parameters):
    subaccount: Annotated[int, Id("sub")]


class NoParameters(Parameters):
    pass


class SignOn(Parameters):
    subaccount: Annotated[int, Id("sub")]
    page: Annotated[str | None, Choice(PAGES)] = None
    campaign: Annotated[int | None, Id("cam", note="Needed with page=update_campaign.")] = None

    def faults(self) -> Iterator[Fault]:
        if self.page == "update_campaign" and self.campaign is None:
            yield errors.missing("campaign")


class TeammateSignOn(Parameters):
    teammate: Annotated[int, Id("tea", note="Digits.")]
    page: Annotated[str | None, Choice(PAGES, inferred=True)] = None
    campaign: Annotated[int | None, Id("cam", inferred=True)] = None

    def faults(self) -> Iterator[Fault]:
        if self.page == "update_campaign" and self.campaign is None:
            yield errors.missing("campaign")


class SubaccountCampaign(msgspec.Struct):
    ID: str
    code: str
    url: str
    status: str


class SubaccountInfo(msgspec.Struct, kw_only=True):
    """A sub-account as the contract prints it: numbers as texts, flags as booleans."""

    ID: str
    email: str
    language: str
    lastlogin: str
    amountlogin: str
    currency: str
    max_campaigns: str
    expiry_date: str
    api_key: str
    api_secret: str
    has_campaigns: str
    campaigns: list[SubaccountCampaign] | msgspec.UnsetType = msgspec.UNSET
    first_name: str
    last_name: str
    company_name: str
    username: str
    webhook_endpoint: str
    available_campaigns: Inferred
    access_dashboard: bool
    access_directory: bool
    access_add_campaign: InferredFlag
    access_update_campaign: InferredFlag
    access_statistics: InferredFlag
    access_distribution: InferredFlag
    access_loyalty: InferredFlag
    access_integrations: InferredFlag
    access_webhooks: InferredFlag
    package: Inferred
    status: Inferred
    country: Inferred


class SubaccountList(Answer, kw_only=True):
    amount_of_subaccounts: InferredNumber
    subaccount: list[SubaccountInfo]


class SubaccountAnswer(Answer, kw_only=True):
    subaccount: SubaccountInfo


class Link(msgspec.Struct, kw_only=True):
    """`url_whitelabel` is the same page on the parent's own domain, "" while it has none."""

    ID: str
    token: str | msgspec.UnsetType = msgspec.UNSET
    url: str
    url_whitelabel: str = ""


class SubaccountLink(Answer, kw_only=True):
    subaccount: Link


class AccountLink(Answer, kw_only=True):
    """(inferred)"""

    account: Link


class TeammateLink(Answer, kw_only=True):
    """(inferred)"""

    teammate: Link


def not_a_subaccount(request: Request) -> None:
    """Sub-accounts do not manage sub-accounts: 102."""
    if Account.objects.filter(pk=request.account, parent__isnull=False).exists():
        raise Failed(errors.IS_SUBACCOUNT)


@call(
    "/v4/subaccount/list",
    aliases=("/v3/subaccount/list",),
    params=NoParameters,
    answer=SubaccountList,
    errors={102},
    access=None,
    reads=True,
    right=not_a_subaccount,
    example={},
)
def list_subaccounts(request: Request, params: NoParameters) -> bytes:
    """All sub-accounts of the account, oldest first."""
    found = _infos(subaccounts.of(request.account))
    return msgspec.json.encode(SubaccountList(amount_of_subaccounts=len(found), subaccount=found))


@call(
    "/v4/subaccount",
    aliases=("/v3/subaccount",),
    params=OneSubaccount,
    answer=SubaccountAnswer,
    errors={102, 200, 301, 510},
    access=None,
    reads=True,
    right=not_a_subaccount,
    example={"subaccount": "sub_40217"},
)
def read_subaccount(request: Request, params: OneSubaccount) -> bytes:
    """One sub-account with its keys and campaigns."""
    return msgspec.json.encode(SubaccountAnswer(subaccount=_info(_one(request, params.subaccount), request.at)))


def _refuse_bad_webhook(request: Request, params: Settings) -> None:
    refuse_bad_url("webhook_endpoint", params.webhook_endpoint)


@call(
    "/v4/subaccount/create",
    aliases=("/v3/subaccount/create",),
    params=CreateSubaccount,
    answer=SubaccountAnswer,
    errors={102, 200, 300, 301, 302, 303, 304, 305},
    access=None,
    right=not_a_subaccount,
    before=_refuse_bad_webhook,
    is_secret=True,
    example={"email": "owner@bakery.example", "company_name": "Bakery Marti", "status": "trial"},
    told=Told(reasons=("not_found", "malformed", "not_allowed", *URL_SENTENCES), yours=("email",)),
)
@transaction.atomic
def create_subaccount(request: Request, params: CreateSubaccount) -> bytes:
    """Open a sub-account with its own log-in and its own pair of keys."""
    parent = Account.objects.get(pk=request.account)
    try:
        made = open_subaccount(
            parent,
            email=params.email,
            password=params.password,
            values={"status": "customer"} | _values(request, params, ()),
            actor=request.actor,
            at=request.at,
        )
    except subaccounts.EmailTaken:
        raise Failed(errors.email_exists()) from None
    _set_webhook(made, params.webhook_endpoint, request)
    return msgspec.json.encode(SubaccountAnswer(subaccount=_info(made, request.at)))


@call(
    "/v4/subaccount/update",
    aliases=("/v3/subaccount/update",),
    params=UpdateSubaccount,
    answer=SubaccountAnswer,
    errors={102, 200, 300, 301, 302, 303, 304, 305, 510},
    access=None,
    right=not_a_subaccount,
    before=_refuse_bad_webhook,
    is_secret=True,
    inferred=True,
    example={"subaccount": "sub_40217", "status": "customer"},
    told=Told(reasons=("not_found", "malformed", "not_allowed", *URL_SENTENCES)),
)
@transaction.atomic
def update_subaccount(request: Request, params: UpdateSubaccount) -> bytes:
    """Change a sub-account. Only what is sent is changed."""
    current = _one(request, params.subaccount)
    values = _values(request, params, current.denied)
    if params.email is not None:
        values["email"] = params.email
    try:
        changed = subaccounts.update(
            current, subaccounts.Changes(values, params.password), actor=request.actor, at=request.at
        )
    except subaccounts.EmailTaken:
        raise Failed(errors.email_exists()) from None
    _set_webhook(changed, params.webhook_endpoint, request)
    return msgspec.json.encode(SubaccountAnswer(subaccount=_info(changed, request.at)))


@call(
    "/v3/subaccount/reset/url",
    aliases=("/v4/subaccount/reset/url",),
    params=OneSubaccount,
    answer=SubaccountLink,
    errors={102, 200, 300, 301, 510},
    access=None,
    right=not_a_subaccount,
    is_secret=True,
    example={"subaccount": "sub_40217"},
    told=Told(reasons=("not_allowed",)),
)
def reset_password(request: Request, params: OneSubaccount) -> bytes:
    """A link where the sub-account's owner chooses a password: once, within 24 hours."""
    account = _one(request, params.subaccount)
    owner = subaccounts.owner(account)
    subaccounts.refuse_operators(owner)
    url = entry.fresh_reset_url(owner, at=request.at)
    return msgspec.json.encode(SubaccountLink(subaccount=Link(ID=f"sub_{account.pk}", url=url)))


@call(
    "/v3/subaccount/sso",
    aliases=("/v4/subaccount/sso",),
    params=SignOn,
    answer=SubaccountLink,
    errors={102, 200, 301, 302, 502, 510},
    access=None,
    right=not_a_subaccount,
    is_secret=True,
    example={"subaccount": "sub_40217", "page": "statistics"},
)
def sign_subaccount_on(request: Request, params: SignOn) -> bytes:
    """A link that signs the sub-account's owner in: once, within ten minutes."""
    account = _one(request, params.subaccount)
    campaign = _campaign(account.pk, params.campaign)
    made = _link(f"sub_{account.pk}", subaccounts.owner(account), request, params.page, campaign)
    return msgspec.json.encode(SubaccountLink(subaccount=made))


@call(
    "/v3/account/sso",
    aliases=("/v4/account/sso",),
    params=NoParameters,
    answer=AccountLink,
    errors=set(),
    access="dashboard",
    is_secret=True,
    example={},
)
def sign_account_on(request: Request, params: NoParameters) -> bytes:
    """A link that signs the account's own owner in: once, within ten minutes."""
    owner = User.objects.get(account_id=request.account, is_owner=True)
    return msgspec.json.encode(AccountLink(account=_link(str(request.account), owner, request, None, None)))


@call(
    "/v3/teammate/sso",
    aliases=("/v4/teammate/sso",),
    params=TeammateSignOn,
    answer=TeammateLink,
    errors={200, 301, 302, 502, 503},
    access="dashboard",
    is_secret=True,
    example={"teammate": "118"},
)
def sign_teammate_on(request: Request, params: TeammateSignOn) -> bytes:
    """A link that signs one of the account's team in: once, within ten minutes."""
    user = User.objects.filter(account_id=request.account, pk=params.teammate, is_active=True).first()
    if user is None:
        raise Failed(errors.not_found(503, "Teammate ID not found"))
    campaign = _campaign(request.account, params.campaign)
    return msgspec.json.encode(TeammateLink(teammate=_link(str(user.pk), user, request, params.page, campaign)))


def _one(request: Request, subaccount: int) -> Account:
    found = subaccounts.one(request.account, subaccount)
    if found is None:
        raise Failed(errors.not_found(510, "Subaccount not found"))
    return found


def _campaign(account: int, campaign: int | None) -> int | None:
    if campaign is not None and reach.campaign(account, campaign) is None:
        raise Failed(errors.no_campaign())
    return campaign


def _link(name: str, user: User, request: Request, page: str | None, campaign: int | None) -> Link:
    token = tokens.issue("sso", user, at=request.at, page=page or "", campaign=campaign)
    url = entry.sign_on_url(token)
    return Link(ID=name, token=token, url=url)


def _values(request: Request, params: Settings, denied: Any) -> dict[str, object]:
    """The fields of `Account` behind the parameters that were sent."""
    plain: dict[str, str] = {"company_name": "company", "expiry_date": "expires_on"}
    names = (
        "status",
        "first_name",
        "last_name",
        "country",
        "company_name",
        "expiry_date",
        "username",
        "max_campaigns",
        "language",
        "currency",
    )
    values: dict[str, object] = {
        plain.get(name, name): getattr(params, name) for name in names if getattr(params, name) is not None
    }
    if params.package is not None:
        package = subaccounts.package(request.account, params.package)
        if package is None:
            raise Failed(errors.not_allowed("Package not found", "not_found"))
        values["package"] = package
    flags = {right: getattr(params, f"access_{right}") for right in rights.RIGHTS}
    if any(flag is not None for flag in flags.values()):
        kept = set(denied) - {right for right, flag in flags.items() if flag}
        values["denied"] = sorted(kept | {right for right, flag in flags.items() if flag is False})
    return values


def _set_webhook(account: Account, url: str | None, request: Request) -> None:
    """The one address that gets all kinds: an endpoint like any other (webhooks.md 6). `_refuse_bad_webhook` has checked it."""
    if url is None:
        return
    told, at, by = endpoints.told_of_all(account.pk), request.at, request.actor
    if told:
        endpoints.update(account.pk, told.pk, url=url, at=at, actor=by, is_checked=True)
    else:
        endpoints.create(account.pk, url=url, kinds=None, campaign=None, at=at, actor=by, is_checked=True)


def _info(account: Account, at: datetime) -> SubaccountInfo:
    told = account_payloads.block(account, at)
    campaigns = [SubaccountCampaign(**one) for one in told.pop("campaigns")]
    return SubaccountInfo(**told, **_keys(keys.primary_pairs([account.pk]).get(account.pk)), campaigns=campaigns)


def _infos(accounts: list[Account]) -> list[SubaccountInfo]:
    """Of many, without their campaigns."""
    pairs = keys.primary_pairs([account.pk for account in accounts])
    told = account_payloads.blocks(accounts)
    return [SubaccountInfo(**one, **_keys(pairs.get(account.pk))) for account, one in zip(accounts, told, strict=True)]


def _keys(pair: keys.Pair | None) -> dict[str, Any]:
    return {"api_key": pair.client_id if pair else "", "api_secret": pair.client_secret if pair else ""}
