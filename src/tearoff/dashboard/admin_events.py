"""What happened: the ledger of events, to be read by everybody who asks "who did this, and when?"."""

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tearoff.activity.models import Event
from tearoff.dashboard.base_admin import ReadOnlyAdmin, moment

MOMENT = moment("at")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = (MOMENT, "kind", "account", "subject", "campaign", "location", "actor")
    search_fields = ("kind__exact", "subject__exact", "actor__exact")
    search_help_text = "What happened (coupon.refused), to what (a session's code, cam_12), or by whom (operator:3)"
    ordering = ("-id",)
    fields = (MOMENT, "kind", "account", "subject", "campaign", "session", "location", "actor", "written")
    readonly_fields = (MOMENT, "written")

    def called(self, row: Event) -> str:
        return f"{row.kind} {row.pk}"

    @admin.display(description="data")
    def written(self, event: Event) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(event.data, indent=2, ensure_ascii=False))
