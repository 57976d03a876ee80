"""Calls of `client.subaccounts`.

Written by scripts/client.py from the table of calls.
"""

from datetime import date
from typing import Literal

import msgspec

from tearoff.client.connection import Connection
from tearoff.client.hiding import hiding

Page = Literal["campaigns", "add_campaign", "update_campaign", "statistics", "distribution"]


class SubaccountCampaign(msgspec.Struct, frozen=True):
    ID: str
    code: str
    url: str
    status: str


@hiding("api_secret")
class SubaccountInfo(msgspec.Struct, frozen=True, kw_only=True):
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
    campaigns: tuple[SubaccountCampaign, ...] | None = None
    first_name: str
    last_name: str
    company_name: str
    username: str
    webhook_endpoint: str
    available_campaigns: str
    access_dashboard: bool
    access_directory: bool
    access_add_campaign: bool
    access_update_campaign: bool
    access_statistics: bool
    access_distribution: bool
    access_loyalty: bool
    access_integrations: bool
    access_webhooks: bool
    package: str
    status: str
    country: str


class SubaccountList(msgspec.Struct, frozen=True):
    amount_of_subaccounts: int
    subaccount: tuple[SubaccountInfo, ...]


class SubaccountAnswer(msgspec.Struct, frozen=True):
    subaccount: SubaccountInfo


@hiding("token", "url", "url_whitelabel")
class Link(msgspec.Struct, frozen=True, kw_only=True):
    """`url_whitelabel` is the same page on the parent's own domain, "" while it has none."""

    ID: str
    token: str | None = None
    url: str
    url_whitelabel: str = ""


class SubaccountLink(msgspec.Struct, frozen=True):
    subaccount: Link


class SubaccountsCalls:
    """Calls of `client.subaccounts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> SubaccountList:
        """All sub-accounts of the account, oldest first."""
        return self._connection.read("/v4/subaccount/list", SubaccountList, {})

    def info(self, subaccount: str) -> SubaccountAnswer:
        """One sub-account with its keys and campaigns.

        Refused with 510 (sub-account not found).
        """
        return self._connection.read("/v4/subaccount", SubaccountAnswer, {"subaccount": subaccount})

    def create(
        self,
        email: str,
        *,
        password: str | None = None,
        package: str | None = None,
        status: Literal["trial", "customer"] | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        country: str | None = None,
        company_name: str | None = None,
        expiry_date: date | str | None = None,
        username: str | None = None,
        max_campaigns: int | None = None,
        language: str | None = None,
        currency: str | None = None,
        webhook_endpoint: str | None = None,
        access_dashboard: bool | None = None,
        access_directory: bool | None = None,
        access_add_campaign: bool | None = None,
        access_update_campaign: bool | None = None,
        access_statistics: bool | None = None,
        access_distribution: bool | None = None,
        access_loyalty: bool | None = None,
        access_integrations: bool | None = None,
        access_webhooks: bool | None = None,
        idempotency_key: str | None = None,
    ) -> SubaccountAnswer:
        """Open a sub-account with its own log-in and its own pair of keys.

        - `password`: Without one the new owner is mailed a link to choose it.

        Refused with 304 (the e-mail address exists already).
        """
        return self._connection.write(
            "/v4/subaccount/create",
            SubaccountAnswer,
            {
                "email": email,
                "password": password,
                "package": package,
                "status": status,
                "first_name": first_name,
                "last_name": last_name,
                "country": country,
                "company_name": company_name,
                "expiry_date": expiry_date,
                "username": username,
                "max_campaigns": max_campaigns,
                "language": language,
                "currency": currency,
                "webhook_endpoint": webhook_endpoint,
                "access_dashboard": access_dashboard,
                "access_directory": access_directory,
                "access_add_campaign": access_add_campaign,
                "access_update_campaign": access_update_campaign,
                "access_statistics": access_statistics,
                "access_distribution": access_distribution,
                "access_loyalty": access_loyalty,
                "access_integrations": access_integrations,
                "access_webhooks": access_webhooks,
            },
            idempotency_key,
        )

    def update(
        self,
        subaccount: str,
        *,
        email: str | None = None,
        password: str | None = None,
        package: str | None = None,
        status: Literal["trial", "customer"] | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        country: str | None = None,
        company_name: str | None = None,
        expiry_date: date | str | None = None,
        username: str | None = None,
        max_campaigns: int | None = None,
        language: str | None = None,
        currency: str | None = None,
        webhook_endpoint: str | None = None,
        access_dashboard: bool | None = None,
        access_directory: bool | None = None,
        access_add_campaign: bool | None = None,
        access_update_campaign: bool | None = None,
        access_statistics: bool | None = None,
        access_distribution: bool | None = None,
        access_loyalty: bool | None = None,
        access_integrations: bool | None = None,
        access_webhooks: bool | None = None,
        idempotency_key: str | None = None,
    ) -> SubaccountAnswer:
        """Change a sub-account. Only what is sent is changed.

        Refused with 304 (the e-mail address exists already), 510 (sub-account not found).
        """
        return self._connection.write(
            "/v4/subaccount/update",
            SubaccountAnswer,
            {
                "subaccount": subaccount,
                "email": email,
                "password": password,
                "package": package,
                "status": status,
                "first_name": first_name,
                "last_name": last_name,
                "country": country,
                "company_name": company_name,
                "expiry_date": expiry_date,
                "username": username,
                "max_campaigns": max_campaigns,
                "language": language,
                "currency": currency,
                "webhook_endpoint": webhook_endpoint,
                "access_dashboard": access_dashboard,
                "access_directory": access_directory,
                "access_add_campaign": access_add_campaign,
                "access_update_campaign": access_update_campaign,
                "access_statistics": access_statistics,
                "access_distribution": access_distribution,
                "access_loyalty": access_loyalty,
                "access_integrations": access_integrations,
                "access_webhooks": access_webhooks,
            },
            idempotency_key,
        )

    def reset_url(self, subaccount: str, *, idempotency_key: str | None = None) -> SubaccountLink:
        """A link where the sub-account's owner chooses a password: once, within 24 hours.

        Refused with 510 (sub-account not found).
        """
        return self._connection.write(
            "/v3/subaccount/reset/url", SubaccountLink, {"subaccount": subaccount}, idempotency_key
        )

    def sso(
        self,
        subaccount: str,
        *,
        page: Page | None = None,
        campaign: str | None = None,
        idempotency_key: str | None = None,
    ) -> SubaccountLink:
        """A link that signs the sub-account's owner in: once, within ten minutes.

        - `campaign`: Needed with page=update_campaign.

        Refused with 502 (coupon not found), 510 (sub-account not found).
        """
        return self._connection.write(
            "/v3/subaccount/sso",
            SubaccountLink,
            {"subaccount": subaccount, "page": page, "campaign": campaign},
            idempotency_key,
        )
