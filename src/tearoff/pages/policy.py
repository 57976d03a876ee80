"""What a browser may do on a consumer's page: its content security policy (architecture.md 6)."""

from functools import cache
from urllib.parse import urlsplit

from django.conf import settings

from tearoff.pages.parts import media_url


@cache
def policy(*, is_preview: bool = False, forms_to: str = "") -> str:
    """Frames are for merchants' sites, and a preview also for our own dashboard.

    `forms_to` is a foreign site that a form of the page leads on to: browsers ask for it also when only the answer does.
    """
    framers = settings.TEAROFF_FRAME_ANCESTORS
    if is_preview and framers.strip() != "*":
        framers = "'self'" if framers.strip() == "'none'" else f"'self' {framers}"
    forms = f"'self' {forms_to}" if forms_to else "'self'"
    return (
        f"default-src 'self'; img-src 'self' data:{_media_host()}; object-src 'none'; base-uri 'none'; "
        f"form-action {forms}; frame-ancestors {framers}"
    )


def _media_host() -> str:
    """Where pictures are, if not here."""
    parts = urlsplit(media_url("probe.png"))
    return f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
