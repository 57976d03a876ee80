"""The public addresses of coupons and sessions (conventions.md 5.2)."""

from tearoff.kit.public import public_url


def coupon_path(coupon: str) -> str:
    return f"/p/{coupon}"


def session_path(coupon: str, session: str) -> str:
    return f"/p/{coupon}/{session}"


def scan_path(coupon: str, session: str) -> str:
    """The staff's page for one session. The coupon's code leads, because it names the account the look-up goes through."""
    return f"/s/{coupon}/{session}"


def coupon_url(coupon: str) -> str:
    """The multi-use link: the one to give to others."""
    return public_url(coupon_path(coupon))


def session_url(coupon: str, session: str) -> str:
    """One consumer's own link: whoever has it has the coupon."""
    return public_url(session_path(coupon, session))


def scan_url(coupon: str, session: str) -> str:
    """What the QR code on a claimed coupon holds."""
    return public_url(scan_path(coupon, session))
