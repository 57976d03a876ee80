"""The plain public page at `/`."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    """What this is, and the ways in: the API document and the operator's log-in."""
    return render(request, "front.html", {"admin_path": settings.TEAROFF_ADMIN_PATH}, using="jinja2")
