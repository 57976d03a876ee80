"""Campaigns: made from a template, changed with all their settings, switched, copied and removed, each by its verb."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tearoff.accounts.models import Account
from tearoff.accounts.rights import NotAllowed
from tearoff.activity.recording import record
from tearoff.campaigns import checking, owncodes, previewing, schedule
from tearoff.campaigns.editing import create_campaign, delete_campaign, update_campaign
from tearoff.campaigns.models import Campaign, CampaignLocation, Counter, Location
from tearoff.coupons.addresses import coupon_path, coupon_url
from tearoff.dashboard.base_admin import OperatorAdmin, actor, is_id
from tearoff.dashboard.campaign_form import CampaignForm
from tearoff.kit import clock, sql
from tearoff.statistics import reports

MOST_OFFERED = 500
"""Templates in the choice; a server with more accounts than that names the account in the address."""

FIGURES = ("made", "opened", "claimed", "validated", "refused", "voided")


class NewCampaignForm(forms.ModelForm):
    template = forms.ModelChoiceField(
        Campaign.objects.none(),
        required=False,
        empty_label="The account's own first template",
        help_text="Texts, look, limits, form and rules are taken over from it.",
    )

    class Meta:
        model = Campaign
        fields = ("account", "name")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        templates = (
            Campaign.objects.filter(is_template=True, deleted_at=None)
            .select_related("account")
            .order_by("account", "id")
        )
        chosen = self.data.get("account") or self.initial.get("account")
        account = Account.objects.filter(pk=chosen).first() if is_id(chosen) else None
        if account is not None:
            templates = templates.filter(account__in=account.ancestors)
        field: Any = self.fields["template"]
        field.queryset = templates
        if account is None:
            field.choices = [("", field.empty_label), *((row.pk, _label(row)) for row in templates[:MOST_OFFERED])]
        field.label_from_instance = _label

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        account: Account | None = typed.get("account")
        if account is None:
            return typed
        chosen = (
            typed.get("template") or account.campaigns.filter(is_template=True, deleted_at=None).order_by("id").first()
        )
        if chosen is None:
            self.add_error("template", "This account has no template of its own: choose one of an account above it.")
        elif chosen.account_id not in account.ancestors:
            self.add_error("template", "An account uses its own templates and those of the accounts above it.")
        if checking.unstorable(typed.get("name", "")):
            self.add_error("name", "There is a character in it that cannot be shown.")
        typed["template"] = chosen
        return typed

    def _post_clean(self) -> None:
        """The row is made by its verb, so there is no instance to check."""


def _label(template: Campaign) -> str:
    return f"{template.account}: {template.name}"


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((value, str(label)) for value, label in Campaign.Status.choices), ("template", "Template")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> QuerySet[Campaign]:
        if self.value() == "template":
            return queryset.filter(is_template=True)
        return queryset.filter(is_template=False, status=self.value()) if self.value() else queryset


@admin.register(Campaign)
class CampaignAdmin(OperatorAdmin):
    form = CampaignForm
    change_form_template = "dashboard/campaign/change_form.html"
    list_display = ("name", "account", "state", "code", "folder", "starts", "ends", "link")
    list_filter = (StateFilter,)
    list_select_related = ("account", "folder")
    search_fields = ("name", "title", "code__exact", "account__company")
    ordering = ("-id",)
    autocomplete_fields = ("account",)
    readonly_fields = ("account", "code", "has_password")
    actions = ("activate", "deactivate", "archive", "duplicate", "save_as_template")
    fieldsets = (
        ("Offer", {"fields": (
            "seen", "name", "account", "code", "status", "title", "subtitle", "coupon_value", "promo_code", "currency", "kind",
            "description", "terms",
        )}),
        ("Look", {"fields": ("brand_colour", "logo", "header_image", "art", "share_image")}),
        ("Sorting", {"fields": ("folder", "category", "tags", "customid", "is_featured")}),
        ("When", {"fields": (
            "timezone", "language", "starts_local", "ends_local",
            ("after_open", "after_open_unit"), ("after_claim", "after_claim_unit"), "hours",
        )}),
        ("How many", {"fields": (
            "max_claims", "max_claims_per_day", "max_validations", "uses_per_session", "minutes_between_uses", "single_use_only",
        )}),
        ("Claim", {"fields": ("claim_method", "form", "consents", "unique_fields")}),
        ("Validation", {"fields": (
            "by_password", "by_scan", "by_button", "places", "has_password", "coupon_password", "forget_coupon_password",
            "uses_own_codes", "own_code_format",
        )}),
        ("Words", {"fields": ("after_claim_message", "link_text", "link_url", "words", "end_redirects")}),
    )  # fmt: skip
    add_fieldsets = ((None, {"fields": ("account", "template", "name")}),)

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Campaign]:
        return super().get_queryset(request).filter(deleted_at=None)

    @admin.display(ordering="status")
    def state(self, campaign: Campaign) -> str:
        return schedule.shown_status(campaign, clock.now())

    @admin.display(ordering="starts_at")
    def starts(self, campaign: Campaign) -> str:
        return _there(campaign.starts_local)

    @admin.display(ordering="ends_at")
    def ends(self, campaign: Campaign) -> str:
        return _there(campaign.ends_local)

    @admin.display(description="public link")
    def link(self, campaign: Campaign) -> SafeString | str:
        return (
            ""
            if campaign.is_template
            else format_html('<a href="{}">{}</a>', coupon_url(campaign.code), coupon_path(campaign.code))
        )

    @admin.display(description="has a coupon password", boolean=True)
    def has_password(self, campaign: Campaign) -> bool:
        return campaign.password_digest is not None

    # One campaign

    def get_fieldsets(self, request: HttpRequest, obj: Campaign | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Campaign | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: Campaign | None = None, change: bool = False, **options: Any) -> Any:
        return super().get_form(request, obj, change, **({} if obj else {"form": NewCampaignForm}) | options)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Without the transaction that Django's own would open: to begin counting for a first cap, all acts that began
        earlier are waited for, and our own transaction would be one of them. The verbs have their own.
        """
        try:
            return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]
        except sql.Busy:
            messages.error(request, "The campaign is in heavy use, and nothing was saved. Try again.")
            return HttpResponseRedirect(request.get_full_path())
        except NotAllowed:
            messages.error(request, f"{AS_MANY_AS_IT_MAY} Nothing was saved.")
            return HttpResponseRedirect(request.get_full_path())

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        campaign: Campaign | None = options.get("obj")
        if campaign is not None:
            context |= _about(Campaign.objects.get(pk=campaign.pk))
        return super().render_change_form(request, context, *arguments, **options)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        if change:
            return super().save_form(request, form, change)
        typed = form.cleaned_data
        return create_campaign(
            account=typed["account"],
            template=typed["template"],
            name=typed["name"],
            changes=_of_account(typed["account"], typed["template"]),
            actor=actor(request),
            at=clock.now(),
        )

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        if not change:
            return
        update_campaign(campaign=form.stored, changes=form.changes(), actor=actor(request), at=clock.now())
        _tick(form.stored, form.ticked, actor(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Locations are ticked by save_model."""

    def response_add(self, request: HttpRequest, obj: Campaign, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, f"“{obj.name}” is made, as a draft. These are its settings.")
        return HttpResponseRedirect(reverse("admin:campaigns_campaign_change", args=[obj.pk]))

    # Removing

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Nothing hangs on it: the campaign is hidden, its rows stay and its code is never given out again."""
        names = [str(campaign) for campaign in objs]
        return names, {"campaigns": len(names)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Campaign) -> None:
        delete_campaign(campaign=obj, actor=actor(request), at=clock.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        for campaign in queryset:
            self.delete_model(request, campaign)

    # Actions

    @admin.action(description="Activate")
    def activate(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        self._switch(request, queryset, Campaign.Status.ACTIVE)

    @admin.action(description="Deactivate")
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        self._switch(request, queryset, Campaign.Status.INACTIVE)

    @admin.action(description="Archive")
    def archive(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        self._switch(request, queryset, Campaign.Status.ARCHIVED)

    @admin.action(description="Duplicate")
    def duplicate(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        self._copy(request, queryset, lambda name: f"Copy of {name}", {})

    @admin.action(description="Save as template")
    def save_as_template(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        self._copy(request, queryset, lambda name: f"{name} (template)", {"is_template": True})

    def _switch(self, request: HttpRequest, queryset: QuerySet[Campaign], status: str) -> None:
        """Each on its own: what cannot be switched is named with the reason, and the others are not held up."""
        done = 0
        for campaign in queryset.select_related("folder", "category"):
            if reason := _in_the_way(campaign, status):
                messages.error(request, f"“{campaign.name}” stays as it is. {reason}")
                continue
            try:
                update_campaign(campaign=campaign, changes={"status": status}, actor=actor(request), at=clock.now())
            except NotAllowed:
                messages.error(request, f"“{campaign.name}” stays as it is. {AS_MANY_AS_IT_MAY}")
                continue
            done += 1
        if done:
            messages.success(request, f"{done} now {status}.")

    def _copy(
        self, request: HttpRequest, queryset: QuerySet[Campaign], named: Callable[[str], str], changes: dict[str, Any]
    ) -> None:
        made = []
        for campaign in queryset.select_related("account"):
            name, by = named(campaign.name)[:200], actor(request)
            try:
                made.append(
                    create_campaign(
                        account=campaign.account,
                        template=campaign,
                        name=name,
                        changes=changes,
                        actor=by,
                        at=clock.now(),
                    )
                )
            except NotAllowed:
                messages.error(request, f"“{campaign.name}” was not copied. {AS_MANY_AS_IT_MAY}")
        if not made:
            return
        messages.success(request, f"{len(made)} made: {', '.join(f'“{campaign.name}”' for campaign in made)}.")


AS_MANY_AS_IT_MAY = "Its account has as many coupons as it may have."


def _there(local: datetime | None) -> str:
    """On the clock of the campaign's own zone."""
    return local.strftime("%Y-%m-%d %H:%M") if local else ""


def _of_account(account: Account, template: Campaign) -> dict[str, Any]:
    """What a new campaign takes from its account, and not from a template that is somebody else's: passwords, for one,
    are digests that mean nothing elsewhere.
    """
    if template.account_id == account.pk:
        return {}
    return {
        "timezone": account.timezone,
        "language": account.language,
        "currency": account.currency,
        "password_digest": None,
    }


def _in_the_way(campaign: Campaign, status: str) -> str | None:
    if campaign.is_template:
        return "It is a template, which is never public."
    locations = list(campaign.locations.all())
    before = checking.problems(campaign, locations)
    campaign.status = status
    found = checking.introduced(checking.problems(campaign, locations), before)
    return " ".join(problem.sentence for problem in found) or None


def _tick(campaign: Campaign, locations: Sequence[Location], by: str) -> None:
    """Make these the campaign's locations; an event only if that changes something."""
    wanted = {place.pk for place in locations}
    with transaction.atomic():
        Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        ticked = set(CampaignLocation.objects.filter(campaign=campaign).values_list("location_id", flat=True))
        if ticked == wanted:
            return
        CampaignLocation.objects.filter(campaign=campaign, location_id__in=ticked - wanted).delete()
        CampaignLocation.objects.bulk_create(
            CampaignLocation(campaign=campaign, location_id=pk) for pk in wanted - ticked
        )
        record(
            "campaign.updated",
            account=campaign.account_id,
            actor=by,
            at=clock.now(),
            subject=f"cam_{campaign.pk}",
            campaign=campaign.pk,
            data={"status": campaign.status, "changed": ["locations"]},
        )


def _about(campaign: Campaign) -> dict[str, Any]:
    """What the page of a campaign tells besides its settings."""
    totals = reports.totals(campaign.pk)
    codes, given = owncodes.counts(campaign)
    return {
        "campaign": campaign,
        "state": schedule.shown_status(campaign, clock.now()),
        "public_url": coupon_url(campaign.code),
        "preview_url": f"{coupon_url(campaign.code)}?preview={previewing.token(campaign.pk, at=clock.now())}",
        "figures": [(name, totals[name]) for name in FIGURES],
        "counter": Counter.objects.filter(campaign=campaign).first(),
        "codes": codes,
        "codes_left": codes - given,
    }
