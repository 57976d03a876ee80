"""The plain public page at `/`, and what stands at addresses nobody has."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tearoff.pages import rendering
from tearoff.pages.shown import FrontPage


def home(request: HttpRequest) -> HttpResponse:
    """What this is, and the ways in: the API document and the operator's log-in."""
    page = FrontPage(api_url="/api/openapi.json", operator_url=f"/{settings.TEAROFF_ADMIN_PATH}/")
    return HttpResponse(rendering.text(page.template, page=page))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """For Django's `handler404`."""
    return HttpResponse(rendering.text("pages/not_found.html"), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """For Django's `handler500`: asks nothing of the database."""
    return HttpResponse(rendering.text("pages/server_error.html"), status=500)
