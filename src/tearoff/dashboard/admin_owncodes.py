"""A campaign's own codes: pasted or uploaded as a list, counted, and looked up."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from tearoff.campaigns import owncodes
from tearoff.campaigns.models import Campaign, OwnCode
from tearoff.campaigns.owncodes import ImportReport
from tearoff.dashboard.base_admin import ReadOnlyAdmin
from tearoff.kit import codes

MOST_NAMED = 200
"""Lines named one by one in a report; of the rest only the number."""


class CodeListForm(forms.Form):
    """A list as text or as a file, one code in a line."""

    text = forms.CharField(
        required=False,
        strip=False,
        label="Codes",
        help_text="One code in a line. Codes are text: 00123 keeps its zeros.",
        widget=forms.Textarea(attrs={"rows": 14, "cols": 40, "spellcheck": "false", "autocomplete": "off"}),
    )
    file = forms.FileField(required=False, label="or a text file", help_text="UTF-8, one code in a line.")
    only_try = forms.BooleanField(
        required=False, label="Only try", help_text="Report what would happen, and store nothing."
    )

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        file = typed.get("file")
        if file is not None:
            try:
                typed["text"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", "The file is not in UTF-8: save it as UTF-8 and send it again.")
        if not self.errors and not typed.get("text", "").strip():
            self.add_error("text", "There is no code in it.")
        return typed


def imported(campaign: Campaign, text: str, *, only_try: bool) -> ImportReport:
    """Import the list, or find out what that would do."""
    with transaction.atomic():
        report = owncodes.import_codes(campaign, text)
        transaction.set_rollback(only_try)
    return report


@admin.register(OwnCode)
class OwnCodeAdmin(ReadOnlyAdmin):
    list_display = ("code", "state", "campaign", "account")
    list_filter = ("state",)
    list_select_related = ("campaign", "account")
    search_fields = ("key",)
    search_help_text = "A whole code; blanks, dashes and letter case do not matter"
    ordering = ("-id",)
    fields = ("code", "state", "campaign", "account", "session")

    def called(self, row: OwnCode) -> str:
        return row.code

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[OwnCode], search_term: str
    ) -> tuple[QuerySet[OwnCode], bool]:
        return (queryset.filter(Q(key=codes.folded(search_term))) if search_term.strip() else queryset), False

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.campaign_view))
        return [path("of/<int:pk>/", page, name="campaigns_owncode_of"), *super().get_urls()]

    def campaign_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The codes of one campaign: how many there are, and a list to add."""
        campaign = Campaign.objects.filter(pk=pk, deleted_at=None).first()
        if campaign is None:
            raise Http404
        form = CodeListForm(request.POST or None, request.FILES or None)
        report = None
        if request.method == "POST" and form.is_valid():
            report = imported(campaign, form.cleaned_data["text"], only_try=form.cleaned_data["only_try"])
        total, given = owncodes.counts(campaign)
        context = self.admin_site.each_context(request) | {
            "title": "Own codes",
            "subtitle": campaign.name,
            "campaign": campaign,
            "opts": Campaign._meta,
            "form": form,
            "report": report,
            "tried": bool(report and form.cleaned_data["only_try"]),
            "refused": report.refused[:MOST_NAMED] if report else [],
            "duplicates": report.duplicates[:MOST_NAMED] if report else [],
            "most_named": MOST_NAMED,
            "total": total,
            "given": given,
            "left": total - given,
        }
        return TemplateResponse(request, "dashboard/campaign/own_codes.html", context)
