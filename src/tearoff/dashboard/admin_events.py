"""What happened: the ledger of events, to be read by everybody who asks "who did this, and when?"."""

import json

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tearoff.activity.models import Event
from tearoff.dashboard.base_admin import ReadOnlyAdmin, moment


class KindFilter(admin.SimpleListFilter):
    """By the known kinds: asking the table which kinds it holds would read all of it."""

    title = "kind"
    parameter_name = "kind"

    KINDS = (
        "account.opened", "account.updated", "keys.added", "keys.rotated", "keys.revoked",
        "campaign.created", "campaign.updated", "campaign.removed",
        "coupon.opened", "coupon.visited", "coupon.claimed", "coupon.validated", "coupon.unvalidated", "coupon.refused",
        "coupon.voided", "coupon.unvoided", "coupon.locked", "coupon.unlocked", "coupon.edited",
        "link.made", "link.removed",
    )  # fmt: skip

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(kind, kind) for kind in self.KINDS]

    def queryset(self, request: HttpRequest, queryset):  # type: ignore[no-untyped-def]
        return queryset.filter(kind=self.value()) if self.value() else queryset


MOMENT = moment("at")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_filter = (KindFilter,)
    list_display = (MOMENT, "kind", "account", "subject", "campaign", "location", "actor")
    search_fields = ("subject__exact", "actor__exact")
    search_help_text = "A session's code, cam_12, or an actor like operator:3"
    ordering = ("-id",)
    fields = (MOMENT, "kind", "account", "subject", "campaign", "session", "location", "actor", "written")
    readonly_fields = (MOMENT, "written")

    def called(self, row: Event) -> str:
        return f"{row.kind} {row.pk}"

    @admin.display(description="data")
    def written(self, event: Event) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(event.data, indent=2, ensure_ascii=False))
