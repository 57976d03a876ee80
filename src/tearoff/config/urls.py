"""The addresses of Django's lane. Those of the API and of the consumer's pages are in their own rooms (see wsgi.py)."""

from django.conf import settings
from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from tearoff.config import media
from tearoff.dashboard import entering
from tearoff.pages import front

urlpatterns = [
    path("", front.home, name="home"),
    path(f"{settings.TEAROFF_ADMIN_PATH}/", admin.site.urls),
    path(settings.TEAROFF_ADMIN_PATH, RedirectView.as_view(pattern_name="admin:index")),
    path("sso/<str:token>", entering.sign_on),
    path("reset/<str:token>", entering.reset),
    path("account", entering.account, name="account"),
    path("account/leave", entering.leave),
    path("media/<path:path>", media.serve),
]

handler404 = "tearoff.pages.front.not_found"
handler500 = "tearoff.pages.front.server_error"
