"""The operator's log-in: wrong tries are counted over all processes, and slow down who makes them (lesson 31)."""

import hashlib
import math
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from tearoff.activity import throttling
from tearoff.kit import addresses, clock

WINDOW = timedelta(minutes=15)

OF_ONE_PERSON = 5
"""Wrong tries of one e-mail address from one place."""
FROM_ONE_PLACE = 30
FOR_ONE_EMAIL = 100
"""From everywhere together. So many that a stranger who wants to shut an operator out must work for it."""


class ThrottledLogIn(AdminAuthenticationForm):
    """Refuses before the password is looked at, so a paused guesser neither learns nor costs anything."""

    def clean(self) -> dict[str, Any]:
        at = clock.now()
        limits = self._limits()
        if any(throttling.counted(key, at=at, window=WINDOW) >= limit for key, limit in limits.items()):
            raise ValidationError(
                f"Too many wrong tries. Wait {_minutes_left(at)} min, then try again.", code="throttled"
            )
        try:
            return super().clean()
        except ValidationError:
            for key in limits:
                throttling.count_up(key, at=at, window=WINDOW)
            raise

    def _limits(self) -> dict[str, int]:
        email = str(self.cleaned_data.get("username") or "").strip().casefold()
        place = _place(self.request) if self.request else ""
        return {
            _key("person", f"{email} {place}"): OF_ONE_PERSON,
            _key("place", place): FROM_ONE_PLACE,
            _key("email", email): FOR_ONE_EMAIL,
        }


def _place(request: HttpRequest) -> str:
    trusted = [str(network) for network in settings.TEAROFF_TRUSTED_PROXIES]
    return addresses.client_address(
        request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""), trusted
    )


def _key(kind: str, who: str) -> str:
    """The table of throttles needs no list of who tried to log in."""
    return f"login/{kind}/{hashlib.sha256(who.encode(errors='replace')).hexdigest()[:32]}"


def _minutes_left(at: datetime) -> int:
    passed = at.timestamp() % WINDOW.total_seconds()
    return math.ceil((WINDOW.total_seconds() - passed) / 60)
