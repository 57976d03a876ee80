"""People who log in: operators of this server, and the owners of accounts."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest

from tearoff.accounts import tokens
from tearoff.accounts.models import User
from tearoff.dashboard.base_admin import OperatorAdmin, moment
from tearoff.kit import clock

SEEN = moment("last_login", "last log-in")


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "account", "is_staff")

    def clean_email(self) -> str:
        return _free_email(str(self.cleaned_data["email"]), self.instance)

    def save(self, commit: bool = True) -> User:
        _in_step(self.instance)
        user: User = super().save(commit)
        return user


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = ("email", "password", "account", "is_staff", "is_active")

    def clean_email(self) -> str:
        return _free_email(str(self.cleaned_data["email"]), self.instance)

    def save(self, commit: bool = True) -> User:
        """Who becomes an operator loses the links that programs have asked for: they would open more now."""
        _in_step(self.instance)
        if "is_staff" in self.changed_data:
            tokens.end_all(self.instance, at=clock.now())
        user: User = super().save(commit)
        return user


def _free_email(email: str, user: User) -> str:
    """Log-ins are compared in small letters, so they are stored like that."""
    email = email.strip().lower()
    if User.objects.filter(email__iexact=email).exclude(pk=user.pk).exists():
        raise forms.ValidationError("Somebody logs in with this e-mail address already.")
    return email


def _in_step(user: User) -> None:
    """Operators have all rights here; Django's own mark for that follows ours."""
    user.is_superuser = user.is_staff


@admin.register(User)
class PersonAdmin(OperatorAdmin, UserAdmin):
    form = UserForm
    add_form = NewUserForm
    add_form_template = "dashboard/site/user_add.html"
    change_form_template = "dashboard/site/change_form.html"
    change_user_password_template = "dashboard/site/user_password.html"
    list_display = ("email", "account", "is_owner", "is_staff", "is_active", SEEN)
    list_filter = ("is_staff", "is_active", "is_owner")
    list_select_related = ("account",)
    search_fields = ("email", "account__company")
    ordering = ("email",)
    filter_horizontal = ()
    autocomplete_fields = ("account",)
    readonly_fields = ("is_owner", SEEN)
    fieldsets = (
        (None, {"fields": ("email", "password", "account", "is_owner")}),
        ("Rights", {"fields": ("is_staff", "is_active", SEEN)}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("email", "account", "is_staff", "usable_password", "password1", "password2"),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Nobody locks themselves out."""
        own = ("is_staff", "is_active") if obj is not None and obj.pk == request.user.pk else ()
        return (*self.readonly_fields, *own)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A person is switched off (not active): the log of what they did keeps its name."""
        return False
