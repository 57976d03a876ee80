"""The operator's log-in: wrong tries slow down who makes them (lesson 31)."""

from typing import Any

from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from tearoff.activity import guessing
from tearoff.kit import addresses, clock

DOOR = "login"


class ThrottledLogIn(AdminAuthenticationForm):
    """Refuses before the password is looked at."""

    def clean(self) -> dict[str, Any]:
        at = clock.now()
        email = str(self.cleaned_data.get("username") or "")
        place = _place(self.request) if self.request else ""
        if not guessing.may_try(DOOR, email, place, at=at):
            raise ValidationError(
                f"Too many wrong tries. Wait {guessing.minutes_left(at)} min, then try again.", code="throttled"
            )
        cleaned: dict[str, Any] = super().clean()
        guessing.was_right(DOOR, email, place, at=at)
        return cleaned


def _place(request: HttpRequest) -> str:
    trusted = [str(network) for network in settings.TEAROFF_TRUSTED_PROXIES]
    return addresses.client_address(
        request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""), trusted
    )
