"""Single-use links: batches made and downloaded."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from tearoff.campaigns.models import Campaign
from tearoff.coupons import links
from tearoff.coupons.addresses import session_url
from tearoff.coupons.models import CouponSession, LinkBatch
from tearoff.dashboard.base_admin import ReadOnlyAdmin, actor, moment
from tearoff.kit import clock

MOST = 100_000
"""Links in one go; as many as one call of the API makes."""

COLUMNS = ("sequence id", "code", "url", "widget code", "own code", "custom id")
ALPHABETS = {"numeric": links.DIGITS, "alphanumeric": links.LETTERS_AND_DIGITS}
TOO_CROWDED = "So few characters make so few codes that they could be guessed. Make them longer, or fewer."


class LinksForm(forms.Form):
    """How many links, how they begin, and which codes they bring along."""

    amount = forms.IntegerField(min_value=1, max_value=MOST, initial=100)
    status = forms.ChoiceField(
        choices=[
            ("normal", "Normal: can be used at once"),
            ("voided", "Voided: until released"),
            ("activated", "Activated"),
        ]
    )
    note = forms.CharField(required=False, max_length=200, help_text="For you: which mailing, which printer.")
    code_type = forms.ChoiceField(
        required=False,
        label="Own code for each",
        choices=[("", "None"), ("numeric", "Digits"), ("alphanumeric", "Letters and digits")],
    )
    code_prefix = forms.RegexField(
        r"^[A-Za-z0-9-]{0,20}$",
        required=False,
        error_messages={"invalid": "A prefix has letters, digits and dashes, at most 20."},
    )
    code_length = forms.IntegerField(min_value=10, max_value=25, initial=12, help_text="Characters after the prefix.")

    @property
    def pattern(self) -> links.CodePattern | None:
        typed = self.cleaned_data
        if not typed["code_type"]:
            return None
        return links.CodePattern(typed["code_prefix"], typed["code_length"], ALPHABETS[typed["code_type"]])


MADE = moment("created_at", "made")


@admin.register(LinkBatch)
class LinkBatchAdmin(ReadOnlyAdmin):
    change_form_template = "dashboard/links/change_form.html"
    list_display = (MADE, "of", "amount", "note")
    ordering = ("-id",)
    fields = (MADE, "of", "amount", "note")
    readonly_fields = (MADE, "of")

    def called(self, row: LinkBatch) -> str:
        return f"{row.amount} links of {self.of(row)}"

    @admin.display(description="campaign")
    def of(self, batch: LinkBatch) -> str:
        return str(Campaign.objects.filter(pk=batch.campaign).first() or "")

    def get_urls(self) -> list[URLPattern]:
        make = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.make_view))
        download = self.admin_site.admin_view(require_safe(self.download_view))
        return [
            path("of/<int:pk>/", make, name="coupons_linkbatch_make"),
            path("<int:pk>/links.csv", download, name="coupons_linkbatch_csv"),
            *super().get_urls(),
        ]

    def make_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a batch of links for a campaign."""
        campaign = Campaign.objects.filter(pk=pk, deleted_at=None, is_template=False).select_related("account").first()
        if campaign is None:
            raise Http404
        form = LinksForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            batch = _made(campaign, form, actor(request))
            if batch is not None:
                return HttpResponseRedirect(reverse("admin:coupons_linkbatch_change", args=[batch]))
            form.add_error("code_length", TOO_CROWDED)
        context = self.admin_site.each_context(request) | {
            "title": "Make single-use links",
            "subtitle": campaign.name,
            "campaign": campaign,
            "opts": Campaign._meta,
            "form": form,
            "batches": LinkBatch.objects.filter(account=campaign.account_id, campaign=campaign.pk).order_by("-id")[:20],
        }
        return TemplateResponse(request, "dashboard/links/make.html", context)

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        batch: LinkBatch | None = options.get("obj")
        if batch is not None:
            context |= {"batch": batch, "counts": _counts(batch)}
        return super().render_change_form(request, context, *arguments, **options)

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The batch as CSV, streamed."""
        batch = LinkBatch.objects.filter(pk=pk).first()
        campaign = Campaign.objects.filter(pk=batch.campaign).first() if batch else None
        if batch is None or campaign is None:
            raise Http404
        return StreamingHttpResponse(
            csv_of(batch, campaign.code),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="links-{campaign.code}-{batch.pk}.csv"',
                "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
            },
        )


def _made(campaign: Campaign, form: LinksForm, by: str) -> int | None:
    """The id of the new batch; None when its codes could be guessed."""
    typed = form.cleaned_data
    try:
        return links.make_links(
            campaign=campaign,
            amount=typed["amount"],
            at=clock.now(),
            actor=by,
            status=typed["status"],
            pattern=form.pattern,
            note=typed["note"],
        )
    except links.TooCrowded:
        return None


def _counts(batch: LinkBatch) -> dict[str, int]:
    """Where the links of the batch stand; removed ones are not there any more."""
    return CouponSession.objects.filter(batch=batch.pk).aggregate(
        there=Count("pk"),
        opened=Count("pk", filter=Q(opened_at__isnull=False)),
        claimed=Count("pk", filter=Q(claimed_at__isnull=False)),
        used=Count("pk", filter=Q(uses__gt=0)),
        voided=Count("pk", filter=Q(voided_at__isnull=False)),
    )


def csv_of(batch: LinkBatch, coupon: str, size: int = links.CHUNK) -> Iterator[bytes]:
    """The batch in order of creation, a chunk at a time. It begins with a byte order mark, by which spreadsheets know UTF-8."""
    yield b"\xef\xbb\xbf" + _lines([COLUMNS])
    last = 0
    rows = CouponSession.objects.filter(batch=batch.pk).order_by("id")
    while chunk := list(rows.filter(pk__gt=last).values_list("pk", "code", "short", "own_code", "customid")[:size]):
        last = chunk[-1][0]
        yield _lines(
            (str(pk), code, session_url(coupon, code), short, own_code, customid)
            for pk, code, short, own_code, customid in chunk
        )


def _lines(rows: Any) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def harmless(cell: str) -> str:
    """A cell no spreadsheet takes for a formula (lesson 47): one that begins like one gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
