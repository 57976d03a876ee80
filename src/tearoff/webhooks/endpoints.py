"""Endpoints of an account: made, changed, removed, tested. Every row is reached through its account."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from tearoff.accounts import rights
from tearoff.accounts.models import Account
from tearoff.activity.models import Reader
from tearoff.activity.recording import record
from tearoff.campaigns import reach
from tearoff.kit import outbound, sealing
from tearoff.webhooks.models import Endpoint

KINDS = (
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
)
"""All kinds an endpoint may subscribe to (webhooks.md 2), also those no room fires yet."""

READER = "webhooks"
OWNER = "owner"
"""Somebody who acts for the endpoint's own account, without a name."""
OLD_SECRET_STAYS = timedelta(hours=24)
SECRET_BYTES = 32


class BadUrl(Exception):
    """No notification may ever go there. Its text is the word for why: `bad_url`, `private_address`, `not_encrypted`."""


def listed(account: int) -> list[Endpoint]:
    """The account's endpoints, oldest first."""
    return list(Endpoint.objects.filter(account_id=account).order_by("pk"))


def told_of_all(account: int) -> Endpoint | None:
    """The account's `webhook_endpoint`: the oldest that is told of all kinds and all coupons (webhooks.md 6)."""
    return Endpoint.objects.filter(account_id=account, kinds=[], campaign=None).order_by("pk").first()


def told_of_all_of_many(accounts: Sequence[int]) -> dict[int, str]:
    """The addresses of those, by account; who has none is not in it."""
    oldest = Endpoint.objects.filter(account__in=accounts, kinds=[], campaign=None).order_by("account", "pk")
    return dict(oldest.distinct("account").values_list("account_id", "url"))


def create(
    account: int,
    *,
    url: str,
    kinds: list[str] | None,
    campaign: int | None,
    at: datetime,
    actor: str = OWNER,
    is_checked: bool = False,
) -> Endpoint:
    """A new endpoint; `new_secret` on it is the only time its signing secret is told. No kinds: all kinds.

    Who calls from within a transaction calls `refuse_bad` before it and says so by `is_checked`.

    Raises:
        BadUrl: nothing was made.
        ValueError: a kind outside KINDS or a campaign the account does not reach; the caller asks before.
        tearoff.accounts.rights.NotAllowed: as all verbs here, when whoever acts lacks the right to webhooks.
    """
    _refuse_who_may_not(account, actor)
    if not is_checked:
        refuse_bad(url)
    secret = _fresh_secret()
    with transaction.atomic():
        endpoint = Endpoint.objects.create(
            account_id=account,
            url=url,
            kinds=_known(kinds or []),
            campaign_id=_reached(account, campaign),
            secret_sealed=sealing.seal(secret),
            created_at=at,
        )
        _keep_readers(_watched(endpoint))
        record("endpoint.created", account=account, actor=actor, at=at, subject=name_of(endpoint.pk))
    endpoint.new_secret = secret
    return endpoint


def update(
    account: int,
    endpoint_id: int,
    *,
    url: str | None = None,
    kinds: list[str] | None = None,
    campaign: int | None = None,
    active: bool | None = None,
    at: datetime,
    actor: str = OWNER,
    is_checked: bool = False,
) -> Endpoint | None:
    """Change what is given. Campaign 0 and an empty list of kinds mean all again. None: the account has no such endpoint.

    Switching it on or giving it another address forgets its failures; what was held meanwhile stays held until it is replayed.

    Raises:
        BadUrl, ValueError: as for `create`; nothing was changed.
    """
    _refuse_who_may_not(account, actor)
    if url is not None and not is_checked:
        refuse_bad(url)
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update(no_key=True).filter(account_id=account, pk=endpoint_id).first()
        if endpoint is None:
            return None
        watched = _watched(endpoint)
        if url is not None and url != endpoint.url:
            _move(endpoint, url)
        endpoint.kinds = endpoint.kinds if kinds is None else _known(kinds)
        if campaign is not None:
            endpoint.campaign_id = _reached(account, campaign)
        if active is not None and active != endpoint.is_active:
            switch(endpoint, on=active, because="" if active else Endpoint.Reason.OWNER, at=at)
        endpoint.save()
        _keep_readers(watched | _watched(endpoint))
        record("endpoint.changed", account=account, actor=actor, at=at, subject=name_of(endpoint.pk))
    return endpoint


def remove(account: int, endpoint_id: int, *, at: datetime, actor: str = OWNER) -> bool:
    """Remove the endpoint; nothing is sent there any more. False: the account has no such endpoint."""
    _refuse_who_may_not(account, actor)
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().filter(account_id=account, pk=endpoint_id).first()
        if endpoint is None:
            return False
        watched = _watched(endpoint)
        endpoint.delete()
        _keep_readers(watched)
        record("endpoint.removed", account=account, actor=actor, at=at, subject=name_of(endpoint_id))
    return True


def rotate_secret(account: int, endpoint_id: int, *, at: datetime, actor: str = OWNER) -> Endpoint | None:
    """A new signing secret, told once as `new_secret`. For 24 h deliveries are signed with the old one as well."""
    _refuse_who_may_not(account, actor)
    secret = _fresh_secret()
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update(no_key=True).filter(account_id=account, pk=endpoint_id).first()
        if endpoint is None:
            return None
        endpoint.previous_sealed, endpoint.previous_until = endpoint.secret_sealed, at + OLD_SECRET_STAYS
        endpoint.secret_sealed = sealing.seal(secret)
        endpoint.save(update_fields=["secret_sealed", "previous_sealed", "previous_until"])
        record("endpoint.rotated", account=account, actor=actor, at=at, subject=name_of(endpoint_id))
    endpoint.new_secret = secret
    return endpoint


def send_test(account: int, endpoint_id: int, *, at: datetime, actor: str = OWNER) -> bool:
    """Send a notification of kind `test` to this endpoint alone, by the same way as all others."""
    _refuse_who_may_not(account, actor)
    with transaction.atomic():
        if not Endpoint.objects.filter(account_id=account, pk=endpoint_id).exists():
            return False
        record("endpoint.tested", account=account, actor=actor, at=at, subject=name_of(endpoint_id))
    return True


def switch(endpoint: Endpoint, *, on: bool, because: str, at: datetime) -> None:
    """Lay the state over the row; the caller saves it. What is due to an endpoint that is off is soon held (`delivery.hold`)."""
    endpoint.is_active = on
    endpoint.switched_off_at = None if on else at
    endpoint.switched_off_because = because
    endpoint.failing_since = endpoint.warned_at = None
    endpoint.failures = 0


def _move(endpoint: Endpoint, url: str) -> None:
    """Another address has not failed yet."""
    endpoint.url = url
    endpoint.failing_since = endpoint.warned_at = None
    endpoint.failures = 0


def name_of(endpoint_id: int) -> str:
    """The public id: a prefix of its own, so that nobody takes it for an event's (webhooks.md 6)."""
    return f"whk_{endpoint_id}"


def is_encrypted(url: str) -> bool:
    return urlsplit(url).scheme == "https"


def refuse_bad(url: str) -> None:
    """Asks the resolver, so it comes before any transaction. Raises BadUrl."""
    problem = "bad_url" if len(url) > 2000 else outbound.check_url(url)
    if problem is None and settings.TEAROFF_FORBID_PLAIN_HTTP_WEBHOOKS and not is_encrypted(url):
        problem = "not_encrypted"
    if problem:
        raise BadUrl(problem)


def _refuse_who_may_not(account: int, actor: str) -> None:
    """Raises NotAllowed. A parent or an operator may give an endpoint to an account that has no right to make one."""
    if actor == OWNER:
        rights.require(account, "webhooks")
    else:
        rights.require_of(actor, "webhooks")


def _known(kinds: Sequence[str]) -> list[str]:
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise ValueError(f"Not kinds of notification: {', '.join(unknown)}")
    return list(dict.fromkeys(kinds))


def _reached(account: int, campaign: int | None) -> int | None:
    if not campaign:
        return None
    if reach.campaign(account, campaign) is None:
        raise ValueError(f"The account does not reach campaign {campaign}.")
    return campaign


def _fresh_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def _watched(endpoint: Endpoint) -> set[int]:
    """The accounts whose events concern the endpoint: its own, and that of a granted campaign it is bound to."""
    return {endpoint.account_id} | ({endpoint.campaign.account_id} if endpoint.campaign else set())


def _keep_readers(accounts: set[int]) -> None:
    """Verbs leave slips for us exactly where somebody wants to be told (architecture.md 3).

    Whoever comes second waits here until the first has committed, and then sees what the first did.
    """
    list(Account.objects.select_for_update(no_key=True).filter(pk__in=accounts).order_by("pk"))
    for account in accounts:
        if Endpoint.objects.filter(Q(account_id=account) | Q(campaign__account_id=account)).exists():
            Reader.objects.get_or_create(account=account, name=READER)
        else:
            Reader.objects.filter(account=account, name=READER).delete()
