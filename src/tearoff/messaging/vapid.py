"""Our name towards push services (RFC 8292): the public half of TEAROFF_PUSH_KEY, for browsers that subscribe."""

import base64
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings


def is_configured() -> bool:
    return bool(settings.TEAROFF_PUSH_KEY and settings.TEAROFF_PUSH_CONTACT)


def public_key() -> str:
    """The uncompressed point in base64url, as `pushManager.subscribe` wants it."""
    return _public(settings.TEAROFF_PUSH_KEY)


@lru_cache(maxsize=4)
def _public(key: str) -> str:
    number = int.from_bytes(base64.urlsafe_b64decode(key + "="), "big")
    point = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    written = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(written).rstrip(b"=").decode()
