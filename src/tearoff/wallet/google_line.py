"""Telling Google's server: objects made and changed, messages added.

Source: developers.google.com/wallet/reference/rest (genericclass, genericobject, addMessage) and RFC 7523 for the access
token, as in developers.google.com/identity/protocols/oauth2/service-account.
"""

import json
import threading
from typing import Any
from urllib.parse import quote, urlencode

from tearoff.kit import clock, outbound
from tearoff.kit.outbound import Outcome
from tearoff.messaging.providers.jobs import Result, seconds, trouble
from tearoff.wallet import google
from tearoff.wallet.jobs import Job

BASE = "https://walletobjects.googleapis.com"
TOKENS = "https://oauth2.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/wallet_object.issuer"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_STAYS = 3600
MOST_OF_A_TOKEN = 16_000
GONE = (404, 410)

OVER_THE_DAY = "QuotaExceeded"
"""What Google's refusal of a fourth notification in a day says (Trigger push notifications)."""

COST = {"make": 3, "change": 1, "message": 1}
"""Requests that each may take: to make an object is class, object, and the change of one that was there already."""


class NoToken(Exception):
    def __init__(self, result: Result) -> None:
        super().__init__(result.word)
        self.result = result


def tell(job: Job, settings: dict[str, Any]) -> Result:
    """One update, by one to three requests."""
    assert job.face is not None
    try:
        token = _token(settings)
    except NoToken as refused:
        return refused.result
    line = _Line(settings, token)
    if job.what == "message":
        return line.add_message(job)
    return line.change(job) if job.is_made else line.make(job)


class _Line:
    def __init__(self, settings: dict[str, Any], token: str) -> None:
        self.settings = settings
        self.base = f"{settings.get('api_base', BASE)}/walletobjects/v1"
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def make(self, job: Job) -> Result:
        """The class, unless it is there; then the object. What is there already is brought up to date."""
        assert job.face is not None
        made = self._send("POST", "genericClass", {"id": google.class_id(job.face, self.settings)})
        if not made.arrived and made.code != 409:
            return self._result(made)
        put = self._send("POST", "genericObject", google.whole(job.face, self.settings))
        return self.change(job) if put.code == 409 else self._result(put)

    def change(self, job: Job) -> Result:
        """All of the state at once, so that a repeat does no harm. An object that is not there is made at the next try."""
        assert job.face is not None
        outcome = self._send("PATCH", self._object(job), google.changed(job.face, self.settings))
        if outcome.code in GONE and job.is_made:
            return Result("again", "not_there", is_gone=True)
        return self._result(outcome)

    def add_message(self, job: Job) -> Result:
        """A message whose answer is lost may be there: it is not sent again. Where Google has counted more notifications
        than we have, it goes without one."""
        outcome = self._said(job, is_heard=job.is_heard)
        if job.is_heard and OVER_THE_DAY in outcome.excerpt:
            outcome = self._said(job, is_heard=False)
        if outcome.code in GONE:
            return Result("failed", f"http_{outcome.code}", is_gone=True)
        if outcome.arrived:
            return Result("sent")
        return trouble(outcome) or self._result(outcome)

    def _said(self, job: Job, *, is_heard: bool) -> Outcome:
        assert job.face is not None
        said = google.message(job.text, job.face.title, job.update, is_heard=is_heard)
        return self._send("POST", f"{self._object(job)}/addMessage", said)

    def _object(self, job: Job) -> str:
        assert job.face is not None
        return f"genericObject/{quote(google.object_id(job.face.serial, job.account, self.settings), safe='')}"

    def _send(self, method: str, path: str, body: dict[str, Any]) -> Outcome:
        written = json.dumps(body, ensure_ascii=False).encode()
        outcome = outbound.request(method, f"{self.base}/{path}", written, self.headers)
        if outcome.code == 401:
            _forget(self.settings)
        return outcome

    def _result(self, outcome: Outcome) -> Result:
        """Of what may be said twice: silence means again."""
        if outcome.arrived:
            return Result("sent")
        if outcome.code == 401:
            return Result("again", "log_in_refused")
        bad = trouble(outcome)
        if bad is None:
            return Result("failed", f"http_{outcome.code}")
        return Result("again", bad.word, wait=seconds(outcome.retry_after)) if bad.state == "unknown" else bad


# Access tokens, kept in the process until they end

REFUSAL_STAYS = 5
"""Seconds for which a token server that gave none is not asked again: a whole batch would wait for it one by one."""

_tokens: dict[tuple[str, str], tuple[str, float]] = {}
_refusals: dict[tuple[str, str], tuple[Result, float]] = {}
_locks: dict[tuple[str, str], threading.Lock] = {}
_lock = threading.Lock()
"""Of the three; held for no more than a look. Who asks a server holds the lock of that service account only."""


def _token(settings: dict[str, Any]) -> str:
    """One process asks once an hour for each service account.

    Raises:
        NoToken: with how it went.
    """
    key = _key(settings)
    with _lock:
        own = _locks.setdefault(key, threading.Lock())
    with own:
        now = clock.now().timestamp()
        known, refused = _tokens.get(key), _refusals.get(key)
        if known and known[1] > now:
            return known[0]
        if refused and refused[1] > now:
            raise NoToken(refused[0])
        try:
            token, stays = _granted(settings, int(now))
        except NoToken as problem:
            _refusals[key] = problem.result, clock.now().timestamp() + REFUSAL_STAYS
            raise
        _tokens[key] = token, now + stays - 60
        return token


def forget_all() -> None:
    """Drop what this process remembers of token servers."""
    _tokens.clear()
    _refusals.clear()


def _granted(settings: dict[str, Any], now: int) -> tuple[str, int]:
    url = f"{settings.get('token_base', TOKENS)}/token"
    claims = {
        "iss": settings["service_account"],
        "scope": SCOPE,
        "aud": url,
        "iat": now,
        "exp": now + TOKEN_STAYS,
    }
    form = urlencode({"grant_type": GRANT, "assertion": google.signed(claims, settings)}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    outcome = outbound.request("POST", url, form, headers, most=MOST_OF_A_TOKEN)
    if outcome.arrived:
        try:
            said = json.loads(outcome.excerpt)
            return str(said["access_token"]), int(said.get("expires_in", TOKEN_STAYS))
        except (ValueError, TypeError, KeyError):  # a page of something in between
            raise NoToken(Result("again", "log_in_refused")) from None
    bad = trouble(outcome) or Result("again", "log_in_refused")
    raise NoToken(Result("again", bad.word, wait=bad.wait) if bad.state == "unknown" else bad)


def _forget(settings: dict[str, Any]) -> None:
    with _lock:
        _tokens.pop(_key(settings), None)


def _key(settings: dict[str, Any]) -> tuple[str, str]:
    return settings["service_account"], settings["private_key"]
