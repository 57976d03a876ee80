"""Repeating a write safely: the header Idempotency-Key (conventions.md 3, lesson 27)."""

import hashlib
import re
from typing import Any

from django.db import transaction

from tearoff.activity import requestkeys
from tearoff.api import calls, errors
from tearoff.api.calls import Answer, Call, Headed, Made, Request
from tearoff.api.errors import Failed, Failure
from tearoff.kit import sealing, sql

PATIENCE = "2s"
"""How long a repeat waits for the first one to end."""

_KEY = re.compile(r"[ -~]{1,255}")


class Again:
    """An answer that was given before."""

    __slots__ = ("body", "http")

    def __init__(self, http: int, body: bytes | Made) -> None:
        self.http = http
        self.body = body


def outcome(row: Call, request: Request, given: dict[str, Any], key: str) -> Answer | Failure | Again:
    """Carry out a call that may be a repeat; only an outcome of the verb itself is kept."""
    try:
        params = calls.prepared(row, request, given)
        if not _KEY.fullmatch(key):
            raise Failed(
                errors.wrong_parameters([errors.bad_format("Idempotency-Key", "1 to 255 printable ASCII characters")])
            )
        return _once(row, request, params, key, _fingerprint(given))
    except Failed as failed:
        return failed.failure if row.asks_account else calls.account_first(request, failed.failure)


def _once(row: Call, request: Request, params: Any, key: str, fingerprint: bytes) -> Answer | Failure | Again:
    with transaction.atomic():
        place = _place(row, request, key, fingerprint)
        if place is None:
            return _again(row, request, key, fingerprint)
        try:
            answer: Answer | Failure = calls.carried_out(row, request, params)
        except Failed as failed:
            if not failed.failure.is_final:
                raise
            answer = failed.failure
        _keep(row, place, answer)
    return answer


def _place(row: Call, request: Request, key: str, fingerprint: bytes) -> int | None:
    sql.run(f"set local lock_timeout = '{PATIENCE}'")
    try:
        place = requestkeys.taken(
            client=request.caller.client, path=row.path, key=key, fingerprint=fingerprint, at=request.at
        )
    except sql.Busy:
        raise Failed(errors.KEY_IN_USE) from None
    sql.run("set local lock_timeout to default")
    return place


def _again(row: Call, request: Request, key: str, fingerprint: bytes) -> Again:
    kept = requestkeys.kept(client=request.caller.client, path=row.path, key=key)
    if kept.fingerprint != fingerprint:
        raise Failed(errors.OTHER_REQUEST)
    if kept.answer is None:
        assert row.remake is not None and kept.batch is not None, "only calls that can make an answer again keep none"
        return Again(kept.http_status, Made(kept.batch, row.remake))
    return Again(kept.http_status, sealing.unseal(kept.answer).encode() if row.is_secret else kept.answer)


def _keep(row: Call, place: int, answer: Answer | Failure) -> None:
    if isinstance(answer, Made):
        requestkeys.keep(place, http_status=200, batch=answer.batch)
    elif isinstance(answer, Failure):
        requestkeys.keep(place, http_status=answer.http, answer=_stored(row, errors.body(answer, row.shape)))
    else:
        assert not isinstance(answer, Headed), "only reads have headers of their own"
        body = answer if isinstance(answer, bytes) else b"".join(answer)
        requestkeys.keep(place, http_status=200, answer=_stored(row, body))


def _stored(row: Call, body: bytes) -> bytes:
    return sealing.seal(body.decode()) if row.is_secret else body


def _fingerprint(given: dict[str, Any]) -> bytes:
    """What was asked for, whatever the order, the content type or the keys it came with."""
    asked = sorted(
        (name, _plain(value))
        for name, value in given.items()
        if value is not None and name not in ("client_id", "client_secret")
    )
    return hashlib.sha256(repr(asked).encode()).digest()


def _plain(value: Any) -> Any:
    """A scalar as its text, as a form would have sent it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value
