"""The content security policy of every page of Django's lane (operator, public front page, static files), and https only."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tearoff.kit.public import is_https

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self';"
    " frame-ancestors 'none'"
)


class ContentSecurityPolicy:
    """Adds the policy to each answer that has not set a stricter one itself.

    Django would ask for https only in answers to requests that came by it, and behind a proxy that ends TLS none does.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        if is_https():
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response
