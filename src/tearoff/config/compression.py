"""Static files travel compressed. Nothing else does: a page that holds a secret beside a stranger's text must not (BREACH)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressedStatics(GZipMiddleware):
    """Django's compression, for the static files only."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not request.path_info.startswith(settings.STATIC_URL):
            return response
        return super().process_response(request, response)
