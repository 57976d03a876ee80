"""Apple's pass file: pass.json, its pictures, a manifest of their digests, and a signature over that.

Source: developer.apple.com/documentation/walletpasses (Creating the source for a pass; Building a pass).
"""

import hashlib
import io
import json
import zipfile
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from tearoff.kit import colours
from tearoff.kit.public import public_url
from tearoff.wallet import checking, serials
from tearoff.wallet.models import Pass
from tearoff.wallet.pictures import pictures
from tearoff.wallet.reading import Face, Line, last_second
from tearoff.wallet.words import WORDS

CONTENT_TYPE = "application/vnd.apple.pkpass"
_SHAPES = {"qr": "PKBarcodeFormatQR", "code128": "PKBarcodeFormatCode128"}
_STYLES = {Pass.Kind.COUPON: "coupon", Pass.Kind.CARD: "storeCard"}


def service_url(account: int) -> str:
    """Where phones ask for news of an account's passes (`hooks.wallet_lane`)."""
    return public_url(f"/wallet/apple/{account}")


def built(face: Face, settings: dict[str, Any], message: str = "") -> bytes:
    """The pass as a file. `message` is the last text that was pushed to it."""
    files = {"pass.json": json.dumps(described(face, settings, message), ensure_ascii=False).encode()}
    files |= pictures(face.logo, face.company, face.colour)
    digests = {name: hashlib.sha1(content).hexdigest() for name, content in files.items()}
    manifest = json.dumps(digests).encode()
    files |= {"manifest.json": manifest, "signature": signed(manifest, settings)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def signed(manifest: bytes, settings: dict[str, Any]) -> bytes:
    """A detached PKCS #7 signature in DER, with the intermediate certificate and the time."""
    ours, wwdr, key = _signer(settings["certificate"], settings["wwdr"], settings["private_key"])
    builder = PKCS7SignatureBuilder().set_data(manifest).add_signer(ours, key, hashes.SHA256()).add_certificate(wwdr)
    return builder.sign(Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary])


@lru_cache(maxsize=64)
def _signer(certificate: str, wwdr: str, key: str) -> Any:
    return checking.certificate(certificate), checking.certificate(wwdr), checking.private_key(key)


def described(face: Face, settings: dict[str, Any], message: str = "") -> dict[str, Any]:
    """pass.json."""
    on_it = _rgb(colours.text_on(face.colour))
    news = Line("news", WORDS.say("news"), message or WORDS.say("news_none"), is_told=True)
    first, rest = face.lines[:2], face.lines[2:]
    found: dict[str, Any] = {
        "formatVersion": 1,
        "passTypeIdentifier": settings["pass_type_id"],
        "teamIdentifier": settings["team_id"],
        "serialNumber": face.serial,
        "organizationName": face.company,
        "description": f"{face.company}: {face.title}",
        "logoText": face.company,
        "backgroundColor": _rgb(face.colour),
        "foregroundColor": on_it,
        "labelColor": on_it,
        "sharingProhibited": True,
        "webServiceURL": service_url(face.account),
        "authenticationToken": serials.token(face.account, face.serial),
        "voided": face.is_over,
        _STYLES[Pass.Kind(face.subject.kind)]: {
            "headerFields": [],
            "primaryFields": [_field(face.head)],
            "secondaryFields": [
                _field(Line("title", face.subtitle or WORDS.say(str(face.subject.kind)), face.title)),
                *map(_field, first),
            ],
            "auxiliaryFields": [_field(one) for one in rest],
            "backFields": [_field(one) for one in (news, *face.back)],
        },
    }
    if face.ends_at:
        found["expirationDate"] = last_second(face.ends_at).strftime("%Y-%m-%dT%H:%M:%SZ")
    if face.barcode:
        drawn = {
            "format": _SHAPES[face.barcode.shape],
            "message": face.barcode.text,
            "messageEncoding": "iso-8859-1" if face.barcode.text.isascii() else "utf-8",
            "altText": face.barcode.below,
        }
        found["barcodes"] = [drawn]
    return found


def _field(line: Line) -> dict[str, str]:
    found = {"key": line.name, "label": line.label, "value": line.text}
    return found | {"changeMessage": WORDS.say("changed")} if line.is_told else found


def _rgb(colour: str) -> str:
    return f"rgb({int(colour[1:3], 16)}, {int(colour[3:5], 16)}, {int(colour[5:7], 16)})"
