"""Directories: their settings, what stands on them, and their members, each written by its verb."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from tearoff.coupons.persons import email_key
from tearoff.dashboard.base_admin import ByVerb, ReadOnlyAdmin, actor, is_id, moment
from tearoff.dashboard.directory_form import PLACING, DirectoryForm, NewDirectoryForm, NewListingForm, PlacingForm
from tearoff.directories import addresses, editing, listing, members
from tearoff.directories.models import Directory, Listing, Member
from tearoff.kit import clock, dates
from tearoff.loyalty.models import Card

BEFORE_TODAY = "Paid access that is over already opens nothing: choose a day that is not."


@admin.register(Directory)
class DirectoryAdmin(ByVerb):
    form = DirectoryForm
    change_form_template = "dashboard/directory/change_form.html"
    list_display = ("name", "account", "status", "access", "code", "link")
    list_filter = ("status", "access")
    list_select_related = ("account",)
    search_fields = ("name", "title", "code__exact", "account__company")
    ordering = ("-id",)
    autocomplete_fields = ("account",)
    readonly_fields = ("account", "code")
    fieldsets = (
        (None, {"fields": ("name", "account", "code", "status", "title", "intro", "terms")}),
        ("Who sees it", {"fields": ("access", "sign_up", "consents", "payment_text", "payment_url")}),
        ("The list", {"fields": ("order", "has_search", "has_categories")}),
        ("Look and words", {"fields": ("brand_colour", "logo", "header_image", "timezone", "language", "words")}),
    )
    add_fieldsets = ((None, {"fields": ("account", "name")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Directory]:
        return super().get_queryset(request).filter(deleted_at=None)

    @admin.display(description="public link")
    def link(self, row: Directory) -> SafeString:
        return format_html('<a href="{}">{}</a>', addresses.directory_url(row.code), addresses.directory_path(row.code))

    def get_fieldsets(self, request: HttpRequest, obj: Directory | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Directory | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: Directory | None = None, change: bool = False, **options: Any) -> Any:
        return super().get_form(request, obj, change, **({} if obj else {"form": NewDirectoryForm}) | options)

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        row: Directory | None = options.get("obj")
        if row is not None:
            context |= {
                "directory": row,
                "public_url": addresses.directory_url(row.code),
                "counts": listing.counts([row])[row.pk],
                "cards": Listing.objects.filter(directory=row, campaign=None).count(),
            }
        return super().render_change_form(request, context, *arguments, **options)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        if change:
            return form.instance
        typed = form.cleaned_data
        settings = {"language": typed["account"].language}
        return editing.create_directory(
            account=typed["account"], name=typed["name"], settings=settings, actor=actor(request), at=clock.now()
        )

    def save_model(self, request: HttpRequest, obj: Directory, form: Any, change: bool) -> None:
        if change:
            editing.update_directory(
                directory=form.stored, changes=form.changes(), actor=actor(request), at=clock.now()
            )

    def response_add(self, request: HttpRequest, obj: Directory, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, f"“{obj.name}” is made, as a draft. These are its settings.")
        return HttpResponseRedirect(reverse("admin:directories_directory_change", args=[obj.pk]))

    def delete_model(self, request: HttpRequest, obj: Directory) -> None:
        """Hidden everywhere: its rows stay, and its code is never given out again."""
        editing.delete_directory(directory=obj, actor=actor(request), at=clock.now())


@admin.register(Listing)
class ListingAdmin(ByVerb):
    """What stands on a directory."""

    form = PlacingForm
    list_display = ("what", "directory", "kind", "category", "is_featured", "is_paid_only", "position", FROM := moment("shows_from"),
                    UNTIL := moment("shows_until"))  # fmt: skip
    list_filter = ("is_paid_only",)
    list_select_related = ("directory__account", "campaign", "category")
    search_fields = ("campaign__name", "directory__name", "directory__account__company")
    ordering = ("-directory", "position", "id")
    autocomplete_fields = ("directory", "campaign", "category")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "directory__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Listing]:
        return super().get_queryset(request).filter(directory__deleted_at=None)

    @admin.display(description="coupon or card", ordering="campaign__name")
    def what(self, row: Listing) -> str:
        return self.called(row)

    @admin.display
    def kind(self, row: Listing) -> str:
        return "coupon" if row.campaign_id else "loyalty card"

    def called(self, row: Listing) -> str:
        if row.campaign:
            return row.campaign.name
        return Card.objects.filter(pk=row.card or 0).values_list("name", flat=True).first() or "a removed card"

    def get_fields(self, request: HttpRequest, obj: Listing | None = None) -> Any:
        return ("directory", "what", *PLACING) if obj else ("directory", "campaign", "card_to_list", *PLACING)

    def get_readonly_fields(self, request: HttpRequest, obj: Listing | None = None) -> Any:
        return ("directory", "what") if obj else ()

    def get_form(self, request: HttpRequest, obj: Listing | None = None, change: bool = False, **options: Any) -> Any:
        return super().get_form(request, obj, change, **({} if obj else {"form": NewListingForm}) | options)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        typed = form.cleaned_data
        what = {"campaign": form.stored.campaign, "card": form.stored.card} if change else {
            "campaign": typed["campaign"], "card": typed["card_to_list"].pk if typed["card_to_list"] else None
        }  # fmt: skip
        try:
            return editing.put(
                directory=form.directory, changes=form.changes(), actor=actor(request), at=clock.now(), **what
            )
        except editing.DirectoryGone:
            raise Http404 from None

    def save_model(self, request: HttpRequest, obj: Listing, form: Any, change: bool) -> None:
        """Saved by the verb in save_form."""

    def delete_model(self, request: HttpRequest, obj: Listing) -> None:
        """Off the directory; the coupon or the card itself stays."""
        editing.take_off(listing=obj, actor=actor(request), at=clock.now())


class MemberFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    STATES = {"blocked": Q(blocked_at__isnull=False), "paid": Q(has_paid=True)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in self.STATES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        chosen = self.STATES.get(self.value() or "")
        return queryset.filter(chosen) if chosen else queryset


JOINED, BLOCKED, PAID_UNTIL = MOMENTS = (
    moment("created_at", "registered"),
    moment("blocked_at"),
    moment("paid_until"),
)


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin):
    """Looked up, blocked and let in again, given paid access; deleting erases the person and keeps the counts (lesson 53)."""

    change_form_template = "dashboard/directory/member.html"
    list_display = ("email", "number", "directory", "state", PAID_UNTIL, JOINED)
    list_filter = (MemberFilter,)
    list_select_related = ("directory__account",)
    search_fields = ("email_key__exact",)
    search_help_text = "A whole e-mail address, or a number like reg_90417"
    ordering = ("-id",)
    fields = (
        "number", "email", "directory", "account", *Member.PROFILE, "consent_data", BLOCKED, "has_paid", PAID_UNTIL, JOINED,
    )  # fmt: skip
    readonly_fields = ("number", "consent_data", *MOMENTS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return super().get_queryset(request).filter(erased_at=None)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "directory__id__exact" or super().lookup_allowed(lookup, value, request)

    def called(self, row: Member) -> str:
        return row.email

    @admin.display(description="number", ordering="id")
    def number(self, row: Member) -> str:
        return f"reg_{row.pk}"

    @admin.display
    def state(self, row: Member) -> str:
        return _state(row)

    @admin.display(description="consents")
    def consent_data(self, row: Member) -> str:
        return "\n".join(", ".join(f"{name}: {value}" for name, value in box.items()) for box in row.consents or [])

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        term = search_term.strip()
        if not term or "\x00" in term:
            return queryset, False
        number = term.removeprefix("reg_")
        return queryset.filter(Q(email_key=email_key(term)) | Q(pk=number if is_id(number) else None)), False

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        row: Member | None = options.get("obj")
        if row is not None:
            context |= {"member": row, "state": _state(row)}
        return super().render_change_form(request, context, *arguments, **options)

    # Acts

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(require_POST(self.act_view))
        return [path("<int:pk>/act/", act, name="directories_member_act"), *super().get_urls()]

    def act_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Block, unblock, give paid access (until the end of a day, on the directory's clock) or take it, by its verb."""
        member = self.get_queryset(request).select_related("directory").filter(pk=pk).first()
        what = request.POST.get("act", "")
        if member is None or what not in ("block", "unblock", "give", "take"):
            raise Http404
        at, by = clock.now(), actor(request)
        if what in ("block", "unblock"):
            members.block(member, what == "block", at=at, actor=by)
        elif what == "take":
            members.take_access(member, at=at, actor=by)
        elif not self._given(request, member, at):
            return self._back(pk)
        said = {"block": "Nobody logs in as this member any more.", "unblock": "The member may log in again.",
                "give": "All paid content is open for the member.", "take": "Paid access is taken away."}  # fmt: skip
        messages.success(request, said[what])
        return self._back(pk)

    def _given(self, request: HttpRequest, member: Member, at: datetime) -> bool:
        try:
            day = forms.DateField(required=False).clean(request.POST.get("until", ""))
        except forms.ValidationError as problem:
            messages.error(request, " ".join(problem.messages))
            return False
        until = dates.end_of_day(day, member.directory.timezone) if day else None
        if until and until < at:
            messages.error(request, BEFORE_TODAY)
            return False
        members.give_access(member, until, at=at, actor=actor(request))
        return True

    def _back(self, pk: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:directories_member_change", args=[pk]))

    # Erasing

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Everything personal of these is blanked; their rows stay for the counts."""
        names = [self.called(row) for row in objs]
        return names, {"members": len(names)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Member) -> None:
        members.erase(obj, at=clock.now(), actor=actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        for member in queryset:
            self.delete_model(request, member)


def _state(member: Member) -> str:
    words = ["blocked" if member.blocked_at else "active"]
    if member.has_paid:
        words.append("paid" if member.is_paying(clock.now()) else "paid access is over")
    return ", ".join(words)
