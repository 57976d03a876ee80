"""Addresses of static files that change when the file changes, without a collecting step."""

import hashlib
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class VersionedFiles(StaticFilesStorage):
    """`/static/coupon.css` becomes `/static/coupon.css?v=<hash>`: no cache shows last week's style."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        version = _version(name) if name else ""
        return f"{address}?v={version}" if version else address


@cache
def _version(name: str) -> str:
    """The first characters of the content's hash; empty for a file nobody has (its address will answer 404)."""
    found = finders.find(name)
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:10] if found else ""
