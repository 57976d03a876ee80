"""Passwords of locations and coupons: short PINs, kept as keyed digests and protected by throttles (architecture.md 4)."""

from tearoff.kit import sealing

SHORTEST = 4


def digest_of(account: int, password: str) -> bytes:
    """The digest by which a typed password finds its location. Passwords are compared as typed, not trimmed."""
    return sealing.digest(f"location-password/{account}", password)
