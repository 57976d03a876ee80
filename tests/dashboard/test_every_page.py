"""Every page of the admin opens, with real rows behind it."""

import re
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.db.models import Model

from tests.dashboard.browsing import Operator
from tests.dashboard.furnishing import furnish
from tests.world import Shop


@pytest.fixture
def street(mario: Shop) -> Shop:
    """A shop with at least one row of everything the admin shows."""
    furnish(mario)
    return mario


def base(model: type[Model]) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def test_index_and_rooms_open(olga: Operator):
    for path in ("/admin/", "/admin/campaigns/", "/admin/password_change/"):
        page = olga.get(path)
        assert page.status_code == 200 and "dashboard/operator.css" in page.text, path


def test_every_list_and_every_row_opens(olga: Operator, street: Shop):
    empty = []
    for model, page in admin.site._registry.items():
        listed = olga.get(base(model))
        assert listed.status_code == 200 and "dashboard/operator.css" in listed.text, model
        row = model._default_manager.order_by("-pk").first()
        if row is None:
            empty.append(model.__name__)
            continue
        shown = olga.get(f"{base(model)}{row.pk}/change/")
        assert shown.status_code == 200 and "dashboard/operator.css" in shown.text, model
        assert "object (" not in shown.text, f"{model} has no name people would use"
        assert not re.search(r"\d (noon|midnight|[ap]\.m\.)", shown.text), f"{model} tells an instant in no zone"
        assert olga.get(f"{base(model)}{row.pk}/history/").status_code == 200
        assert page is not None
    assert empty in ([], ["OwnerMail"])


def test_what_can_be_added_has_a_page_for_it_and_the_rest_has_none(olga: Operator):
    can_be_added = {
        "Account",
        "User",
        "Campaign",
        "Folder",
        "Category",
        "Location",
        "Grant",
        "Endpoint",
        "Connection",
        "CreditEntry",
        "Directory",
        "Listing",
        "Issuer",
        "Card",
        "Reward",
        "Package",
    }
    for model in admin.site._registry:
        expected = 200 if model.__name__ in can_be_added else 403
        assert olga.get(f"{base(model)}add/").status_code == expected, model


def test_searches_answer_whatever_is_typed(olga: Operator, street: Shop):
    for model, page in admin.site._registry.items():
        for typed in ("Mario", "%_'\"\\", "\x00", "x" * 3000, "１２３", "-1", "9" * 40):
            if page.search_fields:
                assert olga.get(base(model), params={"q": typed}).status_code in (200, 302), (model, typed)


@pytest.mark.parametrize("wrong", ["' or 1=1", "9" * 30, "\x00"])
def test_addresses_with_nonsense_in_them_are_no_fault_of_ours(olga: Operator, street: Shop, wrong: str):
    for model in admin.site._registry:
        assert olga.get(f"{base(model)}{quote(wrong, safe='')}/change/").status_code < 500, model
        for name in ("account", "id", "p", "o", "kind"):
            assert olga.get(base(model), params={name: wrong}).status_code < 500, (model, name)
        assert olga.get(f"{base(model)}add/", params={"account": wrong, "parent": wrong}).status_code < 500, model


def test_nothing_is_deleted_that_others_need(olga: Operator, street: Shop):
    for model in admin.site._registry:
        row = model._default_manager.first()
        if row is not None and model.__name__ not in (
            "Campaign",
            "Folder",
            "Category",
            "Grant",
            "Endpoint",
            "Connection",
            "Directory",
            "Listing",
            "Member",
            "Issuer",
            "Card",
            "Reward",
            "Package",
        ):
            assert olga.get(f"{base(model)}{row.pk}/delete/").status_code == 403, model
