"""What all of the operator's pages have in common."""

from datetime import datetime
from typing import Any, TypeGuard

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import DateTimeField, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property

MOST_COUNTED = 10_000


def is_operator(request: HttpRequest) -> bool:
    user = request.user
    return bool(user.is_active and user.is_staff)


def is_id(text: Any) -> TypeGuard[str]:
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19


def actor(request: HttpRequest) -> str:
    """How an operator's act is signed in the event ledger."""
    return f"operator:{request.user.pk}"


def moment(name: str, label: str = "") -> Any:
    """A column for an instant, written to be compared: 2026-11-23 14:06:31, in UTC.

    It is a function of the row; typed as anything, as the stubs of Django know of functions in lists only.
    """

    @admin.display(description=f"{label or name.removesuffix('_at').replace('_', ' ')} (UTC)", ordering=name)
    def column(row: Any) -> str:
        at: datetime | None = getattr(row, name)
        return at.strftime("%Y-%m-%d %H:%M:%S") if at else ""

    column.__name__ = name
    return column


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
    show_facets = admin.ShowFacets.NEVER
    empty_value_display = ""
    show_full_result_count = False
    paginator = CountedSoFar
    change_list_template = "dashboard/site/change_list.html"
    change_form_template = "dashboard/site/change_form.html"
    delete_confirmation_template = "dashboard/site/delete_confirmation.html"
    delete_selected_confirmation_template = "dashboard/site/delete_selected_confirmation.html"
    object_history_template = "dashboard/site/object_history.html"

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        context["show_save_and_add_another"] = False
        if options.get("obj") is not None:
            context["subtitle"] = self.called(options["obj"])
        return super().render_change_form(request, context, *arguments, **options)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The database has no way to look for U+0000, so a question with it is answered like any that makes no sense."""
        if any("\x00" in value for _, values in request.GET.lists() for value in values):
            return HttpResponseRedirect(f"{request.path}?e=1")
        return super().changelist_view(request, extra_context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the address fills in. A relation takes an id: anything else in its place is left out."""
        given = super().get_changeform_initial_data(request)
        relations = {field.name for field in self.opts.get_fields() if field.many_to_one}
        return {name: value for name, value in given.items() if name not in relations or is_id(value)}

    def called(self, row: Any) -> str:
        """What a person calls this row."""
        return str(row)

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


class ByVerb(OperatorAdmin):
    """Written by the room's verbs in `save_form` and `save_model`."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There is nothing related in the form."""

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Nothing hangs on it."""
        names = [self.called(row) for row in objs]
        return names, {str(self.opts.verbose_name_plural): len(names)}, set(), []


class ReadOnlyAdmin(OperatorAdmin):
    """For what only the verbs may write: to be looked at, not edited."""

    change_form_template = "dashboard/site/read_only.html"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Instants are written as in the lists, not as Django would: half a day's clock, and no word of its zone."""
        instants = {field.name for field in self.opts.fields if isinstance(field, DateTimeField)}
        return [moment(name) if name in instants else name for name in super().get_fields(request, obj)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
