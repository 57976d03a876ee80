"""Google's pass: an object of a generic class, as its REST interface takes it, and the signed link that saves it.

Source: developers.google.com/wallet/generic (REST reference; Add to Google Wallet with a JWT).
"""

import base64
import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.core.files.storage import default_storage

from tearoff.kit.public import is_https, public_url
from tearoff.wallet import checking
from tearoff.wallet.reading import Face, Line, last_second

SAVE = "https://pay.google.com/gp/v/save/"
LONGEST_JWT = 1800
"""Longer addresses are cut by some browsers (Google's own advice)."""

LONGEST_TITLE = 60
_SHAPES = {"qr": "QR_CODE", "code128": "CODE_128"}
_STATES = {"ready": "ACTIVE", "held": "INACTIVE", "used": "COMPLETED", "expired": "EXPIRED"}
"""All others are INACTIVE."""


def class_id(face: Face, settings: dict[str, Any]) -> str:
    return f"{settings['issuer_id']}.{face.subject.kind}-{face.family}"


def object_id(serial: str, account: int, settings: dict[str, Any]) -> str:
    """Accounts may share an issuer, so the name has the account in it."""
    return f"{settings['issuer_id']}.{account}-{serial}"


def save_link(face: Face, settings: dict[str, Any], at: datetime) -> str:
    """Where the holder goes to save the pass. It carries the pass in brief, so that it works before the worker has told
    Google of it; the rest follows."""
    claims = {
        "iss": settings["service_account"],
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(at.timestamp()),
        "payload": {"genericClasses": [{"id": class_id(face, settings)}], "genericObjects": [brief(face, settings)]},
    }
    return SAVE + signed(claims, settings)


def signed(claims: dict[str, Any], settings: dict[str, Any]) -> str:
    """A JWT under the service account's key (RS256)."""
    said = f"{_json64({'alg': 'RS256', 'typ': 'JWT'})}.{_json64(claims)}"
    signature = _key(settings["private_key"]).sign(said.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{said}.{_text64(signature)}"


@lru_cache(maxsize=64)
def _key(pem: str) -> RSAPrivateKey:
    return checking.private_key(pem)


def brief(face: Face, settings: dict[str, Any]) -> dict[str, Any]:
    """What must be there from the first moment."""
    found: dict[str, Any] = {
        "id": object_id(face.serial, face.account, settings),
        "classId": class_id(face, settings),
        "state": _STATES.get(face.state, "INACTIVE"),
        "cardTitle": _words(face.company[:LONGEST_TITLE], face.language),
        "header": _words(face.title[:LONGEST_TITLE], face.language),
        "hexBackgroundColor": face.colour,
    }
    if face.barcode:
        found["barcode"] = {
            "type": _SHAPES[face.barcode.shape],
            "value": face.barcode.text,
            "alternateText": face.barcode.below,
        }
    return found


def whole(face: Face, settings: dict[str, Any]) -> dict[str, Any]:
    """The object as it is kept at Google."""
    found = brief(face, settings)
    found["cardTitle"] = _words(face.company, face.language)
    found["header"] = _words(face.title, face.language)
    found["subheader"] = _words(face.head.label, face.language)
    found["textModulesData"] = [_module(one) for one in (face.head, *face.lines, *face.back) if one.name != "page"]
    found["linksModuleData"] = {"uris": [{"id": "page", "uri": face.url, "description": face.title}]}
    if face.ends_at:
        found["validTimeInterval"] = {"end": {"date": last_second(face.ends_at).strftime("%Y-%m-%dT%H:%M:%SZ")}}
    if face.logo and is_https():  # Google fetches it, and from such addresses only
        found["logo"] = {"sourceUri": {"uri": public_url(default_storage.url(face.logo))}}
    return found


def changed(face: Face, settings: dict[str, Any]) -> dict[str, Any]:
    """The whole as a PATCH, which leaves alone what it does not name: what the pass has no more is named as null, or an
    end that was taken back would still end it."""
    return dict.fromkeys(("barcode", "validTimeInterval", "logo")) | whole(face, settings)


def message(text: str, title: str, number: int, *, is_heard: bool) -> dict[str, Any]:
    """A message of `addMessage`. `is_heard`: with a notification on the phone."""
    return {
        "message": {
            "id": f"m{number}",
            "header": title[:LONGEST_TITLE],
            "body": text,
            "messageType": "TEXT_AND_NOTIFY" if is_heard else "TEXT",
        }
    }


def _module(line: Line) -> dict[str, str]:
    return {"id": line.name, "header": line.label, "body": line.text}


def _words(text: str, language: str) -> dict[str, Any]:
    return {"defaultValue": {"language": language, "value": text}}


def _json64(part: dict[str, Any]) -> str:
    return _text64(json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode())


def _text64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
