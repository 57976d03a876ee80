"""Whom accounts send to: groups of phone numbers and e-mail addresses, and the contacts in them. Programs keep them (API)."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tearoff.coupons.persons import email_key
from tearoff.dashboard.base_admin import ReadOnlyAdmin, moment
from tearoff.messaging.models import Contact, Group

MADE = moment("created_at", "made")
JOINED = moment("created_at", "joined")


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "contacts", "account", MADE)
    list_filter = ("kind",)
    list_select_related = ("account",)
    search_fields = ("name", "account__company")
    search_help_text = "A part of its name, or of the account's"
    ordering = ("-id",)
    fields = ("name", "kind", "account", "contacts", MADE)
    readonly_fields = ("contacts", MADE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """Counted for the groups of one page only: a join would count all contacts of the server first."""
        inside = Contact.objects.filter(group=OuterRef("pk")).order_by().values("group").annotate(amount=Count("pk"))
        return super().get_queryset(request).annotate(amount=Subquery(inside.values("amount")))

    @admin.display
    def contacts(self, row: Any) -> SafeString:
        there = f"{reverse('admin:messaging_contact_changelist')}?group__id__exact={row.pk}"
        return format_html('<a href="{}">{}</a>', there, row.amount or 0)


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin):
    """One who is unsubscribed gets nothing from the account, whatever group they are in."""

    list_display = ("recipient", "name", "group", "state", JOINED)
    list_filter = ("state",)
    list_select_related = ("group",)
    search_fields = ("key",)
    search_help_text = "A whole number (+32...) or e-mail address"
    ordering = ("-id",)
    fields = (
        "recipient", "typed", "name", "birthday", *(f"customfield{number}" for number in range(1, 8)), "group", "state", JOINED,
    )  # fmt: skip
    readonly_fields = ("recipient", "name", JOINED)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "group__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display
    def recipient(self, row: Contact) -> str:
        return str(row)

    @admin.display
    def name(self, row: Contact) -> str:
        return f"{row.first_name} {row.last_name}".strip()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Contact], search_term: str
    ) -> tuple[QuerySet[Contact], bool]:
        term = search_term.strip()
        if not term or "\x00" in term:
            return queryset, False
        digits = "".join(letter for letter in term if letter.isascii() and letter.isdigit())
        return queryset.filter(Q(key=email_key(term)) | Q(key=digits)), False
