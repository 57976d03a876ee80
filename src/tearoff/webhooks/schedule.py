"""When to try again, and when to stop: the retry schedule and an endpoint's health (webhooks.md 7, lesson 37)."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from tearoff.accounts.models import OwnerMail
from tearoff.kit.outbound import Outcome
from tearoff.webhooks import endpoints
from tearoff.webhooks.models import Endpoint

WAITS = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
]
"""After the first failed try, the second, ...; after the tenth there is no more."""

CHANCE = 0.1
"""Each wait is up to this much longer or shorter, so that what failed together does not come back together."""

LONGEST_RETRY_AFTER = timedelta(hours=24)
WARN_AFTER = timedelta(days=1)
OFF_AFTER = timedelta(days=3)
OFF_AFTER_FAILURES = 10


def wait_after(tries: int, outcome: Outcome, at: datetime) -> timedelta | None:
    """How long to wait after failed try number `tries`; None to give up. Never shorter than the receiver asked for."""
    if tries > len(WAITS):
        return None
    wait = WAITS[tries - 1] * random.uniform(1 - CHANCE, 1 + CHANCE)
    return max(wait, _asked_for(outcome, at))


def _asked_for(outcome: Outcome, at: datetime) -> timedelta:
    """`Retry-After` of 429 and 503, in seconds or as a date, up to a day."""
    if outcome.code not in (429, 503):
        return timedelta()
    text = outcome.retry_after.strip()
    if text.isascii() and text.isdigit():
        asked = timedelta(seconds=min(int(text[:10]), 10**6))
    else:
        asked = _until(text, at)
    return min(max(asked, timedelta()), LONGEST_RETRY_AFTER)


def _until(text: str, at: datetime) -> timedelta:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return timedelta()
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - at


def note_failure(endpoint: Endpoint, outcome: Outcome, at: datetime) -> None:
    """Keep count of failures, and switch the endpoint off when it is gone or has failed for too long. Its row is locked."""
    endpoint.last_delivery_at = at
    endpoint.last_response_code = outcome.code
    if endpoint.is_active:
        endpoint.failing_since = endpoint.failing_since or at
        endpoint.failures += 1
        _stop_politely(endpoint, outcome, at)
    endpoint.save()


def _stop_politely(endpoint: Endpoint, outcome: Outcome, at: datetime) -> None:
    """The owner is told before and when it happens."""
    assert endpoint.failing_since is not None
    failing_for = at - endpoint.failing_since
    if outcome.code == 410:
        _tell_owner("webhook_gone", endpoint, outcome, at)
        endpoints.switch(endpoint, on=False, because=Endpoint.Reason.GONE, at=at)
    elif failing_for >= OFF_AFTER and endpoint.failures >= OFF_AFTER_FAILURES:
        _tell_owner("webhook_off", endpoint, outcome, at)
        endpoints.switch(endpoint, on=False, because=Endpoint.Reason.FAILING, at=at)
    elif failing_for >= WARN_AFTER and endpoint.warned_at is None:
        _tell_owner("webhook_failing", endpoint, outcome, at)
        endpoint.warned_at = at


def _tell_owner(kind: str, endpoint: Endpoint, outcome: Outcome, at: datetime) -> None:
    assert endpoint.failing_since is not None
    OwnerMail.objects.create(
        account_id=endpoint.account_id,
        kind=kind,
        data={
            "endpoint": endpoints.name_of(endpoint.pk),
            "url": endpoint.url,
            "since": endpoint.failing_since.strftime("%Y-%m-%d %H:%M UTC"),
            "tries": endpoint.failures,
            "answer": f"HTTP {outcome.code}" if outcome.code else outcome.problem.replace("_", " "),
        },
        created_at=at,
    )
