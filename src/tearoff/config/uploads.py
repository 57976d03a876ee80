"""How much anybody may send to Django's lane. Django itself counts the fields of a form, but writes files of any size to disk
before it asks who sends them: also to the log-in, which everybody may post to."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tearoff.kit import lane

LARGEST_UPLOAD = 32 * 1024 * 1024
"""Three pictures, or some million validation codes. Without an announced length Django reads nothing at all."""


class LargestUpload:
    """Answers 413 before a body is read that is larger than any form of ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = lane.Request(request.environ)  # type: ignore[attr-defined]
        if (sent.announced or 0) <= LARGEST_UPLOAD:
            return self.get_response(request)
        sent.drop_unread()
        return HttpResponse("That is too large.\n", status=413, content_type="text/plain; charset=utf-8")
