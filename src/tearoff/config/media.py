"""Pictures that merchants have uploaded, from the data folder. A big installation lets its proxy or S3 serve them."""

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views import static
from django.views.decorators.http import require_safe


@require_safe
def serve(request: HttpRequest, path: str) -> HttpResponseBase:
    """The file, as something to look at and never as something that runs: merchants upload, consumers look."""
    try:
        answer: HttpResponseBase = static.serve(request, path, document_root=settings.MEDIA_ROOT)
    except (SuspiciousFileOperation, ValueError):  # a way out of the folder, or no name of a file at all
        raise Http404 from None
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "public, max-age=3600"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # coupon pages may stand in frames of other sites
    if isinstance(answer, FileResponse) and not answer.headers["Content-Type"].startswith("image/"):
        answer.headers["Content-Disposition"] = "attachment"
    return answer
