"""The plain public page at `/`, and what stands at addresses nobody has."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tearoff.kit.templates import rendered
from tearoff.pages.shown import FrontPage
from tearoff.pages.words import words_for


def home(request: HttpRequest) -> HttpResponse:
    """What this is, and the ways in: the API document and the operator's log-in."""
    page = FrontPage(api_url="/api/docs", operator_url=f"/{settings.TEAROFF_ADMIN_PATH}/")
    return HttpResponse(rendered(page.template, page=page, words=words_for()))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """For Django's `handler404`."""
    return HttpResponse(rendered("pages/not_found.html", words=words_for()), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """For Django's `handler500`: asks nothing of the database."""
    return HttpResponse(rendered("pages/server_error.html", words=words_for()), status=500)
