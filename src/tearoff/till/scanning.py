"""Method C: staff scan the coupon's QR code with any phone, say who they are by their password, and get yes or no.

The page tells a stranger nothing but the offer: the state of the coupon follows only after a right password (product.md 5).
"""

import re
import secrets
from datetime import datetime

from markupsafe import Markup

from tearoff.campaigns import passwords
from tearoff.coupons import addresses, redemption
from tearoff.coupons.outcomes import Outcome, Refusal
from tearoff.kit.lane import Answer, Request, redirect
from tearoff.kit.templates import rendered
from tearoff.till import devices, reading
from tearoff.till.devices import Device
from tearoff.till.reading import Scanned
from tearoff.till.shown import ScanPage, VerdictPage
from tearoff.till.telling import Telling
from tearoff.till.words import words_for

LONGEST_PASSWORD = 100
FORGET = "/s/forget"
_ACT = re.compile(r"[A-Za-z0-9_-]{8,64}")
_MONEY = re.compile(r"[0-9]{1,9}([.,][0-9]{1,2})?")


def ask(request: Request, coupon: str, session: str, at: datetime) -> Answer | None:
    """GET of `/s/<coupon>/<session>`: the form, or after a use (`?done=`) its verdict. None: no such coupon to scan."""
    scanned = reading.scanned(coupon, session, at)
    if scanned is None or not scanned.by_scan or scanned.is_unavailable:
        return None
    device = devices.device(request, scanned.account, at)
    done = request.query.get("done", "")
    use = reading.use_named(scanned.session_id, done) if _ACT.fullmatch(done) else None
    if use is not None:
        return _answer(Telling(scanned, at, use.place or "").valid(use))
    seconds = _seconds_until(scanned.paused_until, at)
    return _form(Telling(scanned, at, device.place if device else ""), device, seconds=seconds)


def check(request: Request, coupon: str, session: str, at: datetime) -> Answer | None:
    """POST of `/s/<coupon>/<session>`: mark one use. A repeat of the same form finds the use it took."""
    scanned = reading.scanned(coupon, session, at)
    if scanned is None or not scanned.by_scan:
        return None
    device = devices.device(request, scanned.account, at)
    telling = Telling(scanned, at, device.place if device else "")
    typed, spent = request.form.get("password", ""), request.form.get("spent", "").strip()
    key = request.form.get("key", "")
    key = key if _ACT.fullmatch(key) else _drawn_act()
    if spent and not _MONEY.fullmatch(spent):
        return _form(telling, device, key=key, spent=spent, spent_error=telling.words.say("error_spent"), status=422)
    if not typed and (device is None or not devices.is_our_form(request, device.cookie, _path(scanned))):
        return _form(telling, None, key=key, spent=spent, error=telling.words.say("error_password"), status=422)
    is_typed = bool(typed) or device is None
    digest = device.digest if device and not typed else passwords.digest_of(scanned.account, typed[:LONGEST_PASSWORD])
    outcome = redemption.validate(
        account=scanned.account,
        code=scanned.session,
        at=at,
        actor="staff",
        entrance="staff",
        method="scan",
        act_key=key,
        password_digest=digest,
        value=spent.replace(",", ".") or None,
        place=request.place if is_typed else None,
    )
    if not outcome.ok:
        return _refused(scanned, outcome, telling, device, key, spent, at)
    answer = redirect(f"{_path(scanned)}?done={key}")
    location = outcome.session.location if outcome.session else None
    if typed and location and request.form.get("remember"):
        answer.headers.append(devices.remembering(location, digest, at))
    return answer


def forget(request: Request) -> Answer:
    """POST of `/s/forget`: the phone no longer checks for a shop."""
    cookie, back = request.cookies.get(devices.COOKIE, ""), request.form.get("back", "")
    if not _BACK.fullmatch(back):
        return redirect("/")
    answer = redirect(back)
    if devices.is_our_form(request, cookie, back):
        answer.headers.append(devices.forgetting())
    return answer


_BACK = re.compile(r"/s/[A-Za-z0-9]{4,12}/[A-Za-z0-9]{6,40}")


def _refused(
    scanned: Scanned, outcome: Outcome, telling: Telling, device: Device | None, key: str, spent: str, at: datetime
) -> Answer | None:
    refusal = outcome.refusal
    assert refusal is not None
    if refusal in (Refusal.WRONG_PASSWORD, Refusal.THROTTLED):
        seconds, left = int(outcome.detail.get("seconds", 0)), int(outcome.detail.get("left", 0))
        error = "" if seconds else telling.words.say("tries_left", left=left)
        status = 403 if refusal is Refusal.WRONG_PASSWORD else 429
        answer = _form(telling, device, key=key, spent=spent, error=error, seconds=seconds, status=status)
        if status == 429:
            answer.headers.append(("Retry-After", str(seconds)))
        return answer
    now = reading.scanned(scanned.coupon, scanned.session, at)
    if now is None:
        return None
    return _answer(Telling(now, at, telling.place).refused(refusal, again_url=_path(now)), 409)


def _form(
    telling: Telling,
    device: Device | None,
    *,
    key: str = "",
    spent: str = "",
    spent_error: str = "",
    error: str = "",
    seconds: int = 0,
    status: int = 200,
) -> Answer:
    path = _path(telling.scanned)
    page = telling.scan_page(
        path,
        key or _drawn_act(),
        needs_password=device is None,
        can_remember=device is None,
        forget_action=FORGET if device else "",
        error=error,
        paused=telling.waiting(seconds) if seconds else "",
        spent=spent,
        spent_error=spent_error,
    )
    return _answer(page, status, tokens=_tokens(device, path))


def _tokens(device: Device | None, path: str) -> str:
    """What the forms of a phone that remembers its shop bring along."""
    if device is None:
        return ""
    hidden = Markup('<input type="hidden" name="{}" value="{}">').format
    return hidden("token", devices.form_token(device.cookie, path)) + hidden("back", path)


def _answer(page: ScanPage | VerdictPage, status: int = 200, tokens: str = "") -> Answer:
    return Answer(status, rendered(page.template, page=page, words=words_for(), csrf_input=tokens))


def _path(scanned: Scanned) -> str:
    return addresses.scan_path(scanned.coupon, scanned.session)


def _seconds_until(moment: datetime | None, at: datetime) -> int:
    return max(1, round((moment - at).total_seconds())) if moment else 0


def _drawn_act() -> str:
    return secrets.token_urlsafe(16)
