"""Asking with what clients may send, and reading answers."""

import json
from typing import Any

import httpx

from tests.world import Shop


def told(answer: httpx.Response) -> tuple[int, list[int], list[str]]:
    """HTTP status, error codes and error reasons of a failed answer, whatever its envelope."""
    body = answer.json()
    assert body["status"]["status"] == "failed", body
    errors = body.get("errors") or body["status"]["errors"]
    codes = errors["error_code"]
    if isinstance(codes, int):
        return answer.status_code, [codes], []
    assert len(codes) == len(errors["error_reason"]) == len(errors["error_message_description"])
    return answer.status_code, codes, errors["error_reason"]


def sentences(answer: httpx.Response) -> list[str]:
    """The sentences of a failed answer in envelope B."""
    found: list[str] = answer.json()["status"]["errors"]["error_message_description"]
    return found


def good(answer: httpx.Response) -> dict[str, Any]:
    """The body of a good answer, whose first member is the status."""
    body: dict[str, Any] = answer.json()
    assert answer.status_code == 200, body
    assert next(iter(body)) == "status", body
    assert body["status"] == {"status": "OK"}
    return body


WRONG_KEYS = {
    "status": {
        "status": "failed",
        "errors": {
            "error_code": 1000,
            "error_message": "HTTP/1.0 401 Unauthorized. Client ID or Secret not correct.",
        },
    }
}
EXPIRED = {
    "status": {
        "status": "failed",
        "errors": {"error_code": 101, "error_message": "HTTP/1.0 401 Unauthorized. Account expired."},
    }
}
NOBODYS_CODE = "zzzzzzzzzzzzzzzzzzzzz"


def escaped(shop: Shop, path: str, parameters: dict[str, Any], keys: dict[str, str] | None = None) -> httpx.Response:
    """POST JSON in plain ASCII, as many languages write it: the only way to send half a surrogate pair."""
    headers = (shop.headers if keys is None else keys) | {"Content-Type": "application/json"}
    return shop.http.post(path, content=json.dumps(parameters), headers=headers)
