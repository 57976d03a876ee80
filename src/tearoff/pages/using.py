"""Using a coupon on the consumer's own phone: by a button with a question before it (method A), or by the staff's password (B).

The form carries the name of the act, drawn when the page was drawn: a double tap, a reload or a cached page sends the same name
and takes nothing more (lesson 5). A page that was drawn before the last use is not shown again; see `Offering._use_url`.
"""

import re
import secrets
from datetime import datetime

from tearoff.campaigns import passwords
from tearoff.coupons import addresses, redemption
from tearoff.coupons.outcomes import Outcome, Refusal
from tearoff.kit.lane import Answer, Request, redirect
from tearoff.pages import reading, rendering
from tearoff.pages.presenting import Offering
from tearoff.pages.reading import Seen
from tearoff.pages.refusing import refused
from tearoff.pages.shown import ConfirmPage, PasswordPage
from tearoff.pages.states import NEUTRAL

LONGEST_PASSWORD = 100
_ACT = re.compile(r"[A-Za-z0-9_-]{8,64}")


def ask(request: Request, coupon: str, code: str, at: datetime) -> Answer:
    """GET of `.../use`: the question, or the password field. Where it could only be refused, back to the session's page."""
    seen = reading.session(coupon, code, at)
    if seen is None or seen.refusal in NEUTRAL:
        return rendering.not_available()
    drawn_at = request.query.get("n", str(seen.session.uses))
    can_use = seen.is_ticket and not seen.refusal and (seen.campaign.by_button or seen.campaign.by_password)
    if not can_use or drawn_at != str(seen.session.uses):
        return redirect(addresses.session_path(coupon, code), 302)
    shown = Offering.of(seen, at)
    page: ConfirmPage | PasswordPage
    page = shown.confirm_page(_drawn_act()) if seen.campaign.by_button else _password_page(shown, at)
    return rendering.answer(page, shown.words)


def use(request: Request, coupon: str, code: str, at: datetime) -> Answer:
    """POST of `.../use`: take one use."""
    seen = reading.session(coupon, code, at)
    if seen is None or seen.refusal in NEUTRAL:
        return rendering.not_available()
    campaign, session = seen
    password = request.form.get("password", "")
    by_password = bool(password) or not campaign.by_button
    if by_password and not password:
        return _password_missing(seen, at)
    outcome = redemption.validate(
        account=campaign.account,
        code=session.code,
        at=at,
        actor="holder",
        entrance="holder",
        method="password" if by_password else "button",
        act_key=_act_of(request),
        password_digest=passwords.digest_of(campaign.account, password[:LONGEST_PASSWORD]) if by_password else None,
        place=request.place if by_password else None,
    )
    return redirect(addresses.session_path(coupon, code)) if outcome.ok else _refused(request, seen, outcome, at)


def _refused(request: Request, seen: Seen, outcome: Outcome, at: datetime) -> Answer:
    assert outcome.refusal is not None
    if outcome.refusal not in (Refusal.WRONG_PASSWORD, Refusal.THROTTLED):
        return refused(seen, outcome.refusal, at)
    shown = Offering.of(seen, at)
    seconds = int(outcome.detail.get("seconds", 0))
    error = "" if seconds else shown.words.say("tries_left", left=int(outcome.detail.get("left", 0)))
    page = shown.password_page(_act_of(request) or _drawn_act(), error=error, paused=seconds)
    if outcome.refusal is Refusal.WRONG_PASSWORD:
        return rendering.answer(page, shown.words, 403)
    answer = rendering.answer(page, shown.words, 429)
    answer.headers.append(("Retry-After", str(seconds)))
    return answer


def _password_missing(seen: Seen, at: datetime) -> Answer:
    """An empty field is no try. A state in which no password would help is told instead."""
    if seen.refusal or not seen.is_ticket or not seen.campaign.by_password:
        return refused(seen, seen.refusal or Refusal.METHOD_OFF, at)
    shown = Offering.of(seen, at)
    page = shown.password_page(_drawn_act(), error=shown.words.say("error_required"))
    return rendering.answer(page, shown.words, 422)


def _password_page(shown: Offering, at: datetime) -> PasswordPage:
    assert shown.session is not None
    paused = shown.session.paused_until
    return shown.password_page(_drawn_act(), paused=max(1, round((paused - at).total_seconds())) if paused else 0)


def _drawn_act() -> str:
    return secrets.token_urlsafe(16)


def _act_of(request: Request) -> str | None:
    """The act's name from the form; one that is no name of ours counts as none."""
    name = request.form.get("key", "")
    return name if _ACT.fullmatch(name) else None
