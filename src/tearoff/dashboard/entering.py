"""The way in by a link: single sign-on and password reset. A GET shows a page with one button, since mail scanners open
links; only the POST takes the token (issue Wire, lesson 30)."""

from django import forms
from django.contrib.auth import login, logout
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from tearoff.accounts import bylink, entry, interactions, rights
from tearoff.accounts.models import User
from tearoff.campaigns.models import Campaign
from tearoff.kit import clock

GONE = 410
"""Of a link that is used, too old, or was never one: all three look the same."""

SAID: dict[rights.Right, str] = {
    "dashboard": "Open the dashboard",
    "directory": "Use directories",
    "add_campaign": "Add coupons",
    "update_campaign": "Change coupons",
    "statistics": "See statistics",
    "distribution": "Hand out and send",
    "loyalty": "Use loyalty cards",
    "integrations": "Connect e-mail and SMS",
    "webhooks": "Use webhooks",
}
LANDINGS = {
    "campaigns": "coupons",
    "add_campaign": "a new coupon",
    "update_campaign": "a coupon",
    "statistics": "statistics",
    "distribution": "handing out",
}
"""What people call the pages a sign-on may lead to (subaccounts.md 6)."""


class NewPassword(forms.Form):
    password = forms.CharField(
        min_length=8,
        max_length=128,
        strip=False,
        label="New password",
        help_text="At least eight characters.",
        error_messages={"required": "Type a password here.", "min_length": "This one is too short."},
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "new-password", "autofocus": True}),
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password


@never_cache
def sign_on(request: HttpRequest, token: str) -> HttpResponse:
    """Sign the user of the token in, once."""
    at = clock.now()
    if request.method in ("GET", "HEAD"):
        known = entry.who_may_sign_on(token, at=at) is not None
        return render(request, "dashboard/entering/sign_on.html", {"known": known}, status=200 if known else GONE)
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    entered = entry.sign_on(token, at=at)
    if entered is None:
        return render(request, "dashboard/entering/sign_on.html", {"known": False}, status=GONE)
    user, taken = entered
    login(request, user, backend=bylink.BACKEND)
    request.session["landing"] = {"page": taken.page, "campaign": taken.campaign}
    return redirect("account")


@never_cache
def reset(request: HttpRequest, token: str) -> HttpResponse:
    """Let the user of the token choose a password, once."""
    at = clock.now()
    form = NewPassword(request.POST if request.method == "POST" else None)
    if entry.who_may_choose(token, at=at) is None:
        return render(request, "dashboard/entering/reset.html", {"known": False}, status=GONE)
    if request.method == "POST" and form.is_valid():
        if not entry.choose_password(token, form.cleaned_data["password"], at=at):
            return render(request, "dashboard/entering/reset.html", {"known": False}, status=GONE)
        return render(request, "dashboard/entering/reset.html", {"done": True})
    status = 422 if form.is_bound else 200
    return render(request, "dashboard/entering/reset.html", {"known": True, "form": form}, status=status)


@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """Whose account this is, and what it may do. Ends at the next request once the account may not come in any more."""
    user, at = request.user, clock.now()
    if not isinstance(user, User) or not entry.may_enter(user, at=at):
        logout(request)
        return render(request, "dashboard/entering/closed.html", status=401)
    denied = rights.denied(user.account_id) if user.account_id else set()
    landing = request.session.get("landing", {})
    shown = [(SAID[name], name not in denied) for name in rights.RIGHTS]
    campaign = Campaign.objects.filter(pk=landing.get("campaign"), account_id=user.account_id or 0).first()
    return render(
        request,
        "dashboard/entering/account.html",
        {
            "user": user,
            "account": user.account,
            "rights": shown,
            "usage": interactions.usage(user.account, at) if user.account else None,
            "near": interactions.NEAR,
            "page": LANDINGS.get(landing.get("page") or ""),
            "campaign": campaign,
        },
    )


def leave(request: HttpRequest) -> HttpResponse:
    """Log out."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    logout(request)
    return redirect("home")
