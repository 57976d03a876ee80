"""What all of the operator's pages have in common."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

MOST_COUNTED = 10_000
LOOK = {"all": ["look/tokens.css", "dashboard/operator.css"]}


def is_operator(request: HttpRequest) -> bool:
    user = request.user
    return bool(user.is_active and user.is_staff)


def actor(request: HttpRequest) -> str:
    """How an operator's act is signed in the event ledger."""
    return f"operator:{request.user.pk}"


class CountedSoFar(Paginator):
    """Counts no further than anybody pages: counting ten million rows for each look at a list would be too dear."""

    @cached_property
    def count(self) -> int:
        if isinstance(self.object_list, QuerySet):
            return self.object_list.order_by()[:MOST_COUNTED].count()
        return len(self.object_list)


class OperatorAdmin(admin.ModelAdmin):
    """Whoever is an operator may do everything that a page offers."""

    list_per_page = 50
    show_full_result_count = False
    paginator = CountedSoFar
    object_history_template = "dashboard/site/object_history.html"

    class Media:
        css = LOOK

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_operator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request)


class ReadOnlyAdmin(OperatorAdmin):
    """For what only the verbs may write: to be looked at, not edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
