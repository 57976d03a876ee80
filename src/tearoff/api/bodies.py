"""Requests of every kind, brought to one form: a dictionary of names and JSON-like values (conventions.md 3).

Values are texts, whole numbers, `Literal` (a number with a point or an exponent, as it was written), truth values, None,
lists and objects. What each parameter makes of its value is the business of `fields`.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from tearoff.api import errors

Environ = dict[str, Any]
Given = dict[str, Any]

LARGEST = 8 * 1024 * 1024
THROWN_AWAY = 32 * 1024 * 1024
"""How much of a body that is too large is read and dropped, so that the client gets its answer and not a reset."""

DEEPEST = 32
MOST_NAMES = 10_000

_PIECE = 65_536
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-\[\]]*")


class Literal(str):
    """A JSON number that is no plain whole number: the characters it was written with."""


_decode = msgspec.json.Decoder(float_hook=Literal).decode


def read(environ: Environ) -> bytes | None:
    """The body; None when it is larger than allowed, and then most of it has been read and dropped."""
    length = environ.get("CONTENT_LENGTH") or ""
    left = int(length) if length.isdecimal() else None
    if left == 0:
        return b""
    source: Callable[[int], bytes] = environ["wsgi.input"].read
    if left is not None and left <= _PIECE:
        return source(left)
    pieces: list[bytes] | None = []
    taken = 0
    while taken < THROWN_AWAY and (left is None or taken < left):
        piece = source(_PIECE if left is None else min(_PIECE, left - taken))
        if not piece:
            break
        taken += len(piece)
        if taken > LARGEST or (left or 0) > LARGEST:
            pieces = None
        elif pieces is not None:
            pieces.append(piece)
    return None if pieces is None else b"".join(pieces)


def parameters(environ: Environ, body: bytes) -> Given:
    """All parameters of a request. The body wins over the query string, where it says something; the last of a name over
    the ones before it.

    Raises:
        errors.Failed: 400, the body or the query string cannot be read.
    """
    query = environ.get("QUERY_STRING")
    found = _from_body(body, environ.get("CONTENT_TYPE") or "") if body else {}
    if not query:
        return found
    asked = _from_form(query.encode("latin-1"))
    asked.pop("client_id", None)  # keys in an address end up in logs: they do not count there
    asked.pop("client_secret", None)
    return asked | {name: value for name, value in found.items() if value is not None}


def _from_body(body: bytes, content_type: str) -> Given:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return _from_multipart(body, content_type)
    start = body.lstrip(b" \t\r\n\xef\xbb\xbf")[:1]
    if not start:
        return {}
    looks_like_json = start in (b"{", b"[")
    if looks_like_json or kind == "application/json" or kind.endswith("+json"):
        return _from_json(body)
    return _from_form(body)


def _from_json(body: bytes) -> Given:
    """An object; anything that is no JSON at all may still be a form with the wrong label."""
    try:
        value = _decoded(body)
    except ValueError:
        return _mislabelled_form(body)
    except RecursionError:
        raise errors.Failed(errors.unreadable(f"The body is nested deeper than {DEEPEST} levels.")) from None
    if body.count(b"[") + body.count(b"{") > DEEPEST and _is_deeper_than(DEEPEST, value):
        raise errors.Failed(errors.unreadable(f"The body is nested deeper than {DEEPEST} levels."))
    if isinstance(value, dict):
        return value
    if value is None or value == []:
        return {}
    raise errors.Failed(errors.unreadable("The body is no JSON object."))


def _decoded(body: bytes) -> Any:
    """msgspec refuses half surrogate pairs and numbers of any length as a whole; the slower reader lets the parameter
    that holds one be named."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = _as_text(body.removeprefix(b"\xef\xbb\xbf"))
        return json.loads(text, parse_float=Literal, parse_int=_number, parse_constant=_refuse_constant)


def _number(digits: str) -> int | Literal:
    return int(digits) if len(digits) <= 40 else Literal(digits)


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _is_deeper_than(deepest: int, value: Any) -> bool:
    level = [value]
    for _ in range(deepest):
        level = [
            member
            for holder in level
            if isinstance(holder, dict | list)
            for member in (holder.values() if isinstance(holder, dict) else holder)
        ]
    return any(isinstance(member, dict | list) for member in level)


def _mislabelled_form(body: bytes) -> Given:
    found = {name: value for name, value in _from_form(body).items() if _NAME.fullmatch(name)}
    if b"=" not in body or not found:
        raise errors.Failed(errors.unreadable("The body is neither JSON nor a form."))
    return found


def _from_form(body: bytes) -> Given:
    try:
        pairs = parse_qsl(_as_text(body), keep_blank_values=True, errors="strict", max_num_fields=MOST_NAMES)
    except UnicodeDecodeError:
        raise errors.Failed(errors.unreadable("The body is not UTF-8.")) from None
    except ValueError:
        raise errors.Failed(errors.unreadable("There are too many parameters.")) from None
    return dict(pairs)


def _as_text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise errors.Failed(errors.unreadable("The body is not UTF-8.")) from None


def _from_multipart(body: bytes, content_type: str) -> Given:
    """What PHP's curl sends when it is given an array. Parts that are files are passed over."""
    boundary = re.search(r'boundary="?([^";,]{1,70})"?', content_type)
    if not boundary:
        raise errors.Failed(errors.unreadable("The multipart body has no boundary."))
    return dict(_parts(body, b"--" + boundary[1].encode("latin-1")))


def _parts(body: bytes, mark: bytes) -> Iterator[tuple[str, str]]:
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(pieces) > MOST_NAMES:
        raise errors.Failed(errors.unreadable("There are too many parameters."))
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            return
        head, _, value = piece.partition(b"\r\n\r\n")
        name = re.search(rb'[; \t]name="([^"]*)"', head)
        if name and b"filename=" not in head and b"filename*=" not in head:
            yield _as_text(name[1]), _as_text(value)
    raise errors.Failed(errors.unreadable("The multipart body is cut."))
