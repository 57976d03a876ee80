"""Addresses as the world sees them: built from TEAROFF_BASE_URL, never from the Host header (lesson 30)."""

from django.conf import settings


def public_url(path: str) -> str:
    """The absolute address of a path of ours; an address that is absolute already stays as it is."""
    return path if path.startswith(("http://", "https://")) else settings.TEAROFF_BASE_URL + path


def is_https() -> bool:
    """Whether the world reaches us by https; behind a proxy that ends TLS we ourselves are asked by http."""
    return bool(settings.TEAROFF_BASE_URL.startswith("https:"))
