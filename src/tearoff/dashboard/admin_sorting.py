"""How campaigns are sorted: folders, and a tree of categories."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from tearoff.accounts.models import Account
from tearoff.campaigns.models import Category, Folder, Grant
from tearoff.dashboard.base_admin import OperatorAdmin

LEVELS = 3


@admin.register(Folder)
class FolderAdmin(OperatorAdmin):
    list_display = ("name", "account")
    list_select_related = ("account",)
    search_fields = ("name", "account__company")
    autocomplete_fields = ("account",)
    ordering = ("account", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Folder | None = None) -> Any:
        return ("account",) if obj else ()


class CategoryForm(forms.ModelForm):
    """A category hangs below one of its own account, never below itself, and no deeper than three levels."""

    class Meta:
        model = Category
        fields = ("account", "parent", "name")

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        parent: Category | None = typed.get("parent")
        account = typed.get("account") or (self.instance.account if self.instance.pk else None)
        if parent is None or account is None:
            return typed
        parent = typed["parent"] = _as_it_stands(account, parent)
        if parent is None:
            self.add_error("parent", "This category was removed meanwhile.")
        elif parent.account_id != account.pk:
            self.add_error("parent", "This category belongs to another account.")
        elif self.instance.pk and self.instance.pk in {above.pk for above in _branch(parent)}:
            self.add_error("parent", "A category cannot hang below itself.")
        elif parent.level + _height(self.instance) > LEVELS:
            self.add_error("parent", f"Categories have {LEVELS} levels; here it would get too deep.")
        return typed


@admin.register(Category)
class CategoryAdmin(OperatorAdmin):
    form = CategoryForm
    list_display = ("branch", "account", "level")
    list_display_links = ("branch",)
    list_select_related = ("account", "parent__parent")
    search_fields = ("name", "account__company")
    autocomplete_fields = ("account", "parent")
    ordering = ("account", "level", "name")

    @admin.display(description="category", ordering="name")
    def branch(self, category: Category) -> str:
        return " › ".join(above.name for above in reversed(_branch(category)))

    def get_readonly_fields(self, request: HttpRequest, obj: Category | None = None) -> Any:
        return ("account",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: bool) -> None:
        """What hangs below moves along."""
        super().save_model(request, obj, form, change)
        if "parent" in form.changed_data:
            _levelled(obj)


def _as_it_stands(account: Account, category: Category) -> Category | None:
    """The category as it is once nobody else moves one of the account's: two that are hung below each other at the same
    moment would be a ring, and whoever walks up from them would never arrive."""
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    return Category.objects.select_related("parent__parent").filter(pk=category.pk).first()


def _branch(category: Category) -> list[Category]:
    """The category and all above it."""
    found = [category]
    while found[-1].parent is not None and len(found) < LEVELS:
        found.append(found[-1].parent)
    return found


def _height(category: Category) -> int:
    """How many levels the category and what hangs below it take."""
    if not category.pk:
        return 1
    return 1 + max((_height(child) for child in category.children.all()), default=0)


def _levelled(category: Category) -> None:
    for child in category.children.all():
        child.parent = category
        child.save()
        _levelled(child)


class GrantForm(forms.ModelForm):
    class Meta:
        model = Grant
        fields = ("parent", "campaign")

    def clean(self) -> dict[str, Any]:
        """Only an account above the campaign's own may be given a way down to it."""
        typed: dict[str, Any] = super().clean() or {}
        parent, campaign = typed.get("parent"), typed.get("campaign")
        if parent and campaign and parent.pk not in campaign.account.ancestors[1:]:
            self.add_error("parent", f"{parent} is not above {campaign.account}.")
        return typed


@admin.register(Grant)
class GrantAdmin(OperatorAdmin):
    """The explicit right by which a parent's keys reach a campaign of a subaccount."""

    form = GrantForm
    change_form_template = "dashboard/site/read_only.html"
    list_display = ("parent", "campaign", "of")
    list_select_related = ("parent", "campaign__account")
    search_fields = ("parent__company", "campaign__name")
    autocomplete_fields = ("parent", "campaign")

    def called(self, row: Grant) -> str:
        return f"{row.parent} reaches {row.campaign}"

    @admin.display(description="of account")
    def of(self, grant: Grant) -> str:
        return str(grant.campaign.account)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
