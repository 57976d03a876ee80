"""Keyed digests and sealed texts under the one secret key from the settings; the key never lies in the database."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet
from django.conf import settings


def digest(purpose: str, text: str) -> bytes:
    """HMAC-SHA256 of a text, 32 bytes. The purpose keeps digests of different things apart."""
    return hmac.new(_key(purpose), text.encode(), hashlib.sha256).digest()


def seal(text: str) -> bytes:
    """The text, encrypted and authenticated."""
    return _fernet().encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    """The text of a sealed one.

    Raises:
        cryptography.fernet.InvalidToken: it was sealed under another key or has been changed.
    """
    return _fernet().decrypt(sealed).decode()


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key("seal")))


def _key(purpose: str) -> bytes:
    return hashlib.sha256(f"tearoff/{purpose}/".encode() + settings.SECRET_KEY.encode()).digest()
