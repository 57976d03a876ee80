"""The operator's pages in a real browser, under the policy they are served with: no inline script or style, no sideways scroll."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin

from scripts import gallery
from tearoff.accounts.models import User
from tearoff.coupons import links
from tearoff.dashboard.base_admin import OperatorAdmin
from tearoff.kit import clock
from tests.dashboard.furnishing import furnish
from tests.street.server import Server
from tests.world import open_shop

IS_CI = bool(os.environ.get("CI"))
pytestmark = pytest.mark.skipif(
    not Path(gallery.CHROMIUM).exists() and not IS_CI, reason=f"{gallery.CHROMIUM} is not installed"
)
SOON = 15_000  # milliseconds a condition may take on a busy machine


@pytest.fixture(scope="module")
def paths() -> list[str]:
    """One page of each kind, with rows behind it; then list, form and a row of everything."""
    shop = open_shop("Mario's Pizzeria")
    furnish(shop)
    offer = shop.campaign(
        uses_own_codes=False, form=[{"name": "firstname"}], hours=[{"days": [1], "from": "09:00", "to": "10:00"}]
    )
    place = offer.at_location("Shop South", "4712")
    code = offer.claimed()
    offer.validate(code)
    batch = links.make_links(campaign=offer.campaign, amount=3, at=clock.now(), actor="test")
    account, campaign, session = shop.account.pk, offer.campaign.pk, offer.session(code).pk
    return [
        "/",
        "/accounts/account/",
        "/accounts/account/add/",
        f"/accounts/account/{account}/change/",
        f"/accounts/account/{account}/keys/",
        "/accounts/user/add/",
        "/campaigns/campaign/",
        f"/campaigns/campaign/add/?account={account}",
        f"/campaigns/campaign/{campaign}/change/",
        f"/campaigns/campaign/{campaign}/delete/",
        f"/campaigns/owncode/of/{campaign}/",
        f"/campaigns/location/{place.pk}/change/",
        f"/coupons/linkbatch/of/{campaign}/",
        f"/coupons/linkbatch/{batch}/change/",
        "/coupons/couponsession/",
        f"/coupons/couponsession/{session}/change/",
        "/activity/event/",
        "/webhooks/endpoint/add/",
        "/campaigns/campaign/?q=nobody-called-anything-so",
        "/messaging/message/?channel__exact=push&q=x",
        "/password_change/",
        *pages_of_everything(),
    ]


def pages_of_everything() -> list[str]:
    paths = []
    for model, page in admin.site._registry.items():
        base = f"/{model._meta.app_label}/{model._meta.model_name}/"
        row = model._default_manager.order_by("-pk").first()
        paths += [base, *([f"{base}{row.pk}/change/"] if row else [])]
        if type(page).has_add_permission is OperatorAdmin.has_add_permission:
            paths.append(f"{base}add/")
    return paths


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser's own loop runs in this thread; we await nothing
    with gallery.browser() as browser:
        yield browser
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def entered(browser: Any, server: Server) -> Iterator[Any]:
    """Opens a window in which an operator has logged in: `entered(width=375)`."""
    email, password = f"{secrets.token_hex(6)}@example.org", secrets.token_urlsafe(12)
    User.objects.create_superuser(email, password)
    opened = []

    def new(**options: Any) -> Any:
        opened.append(browser.new_context(**options))
        page = opened[-1].new_page()
        page.goto(f"{server.url}/admin/")
        page.fill("#id_username", email)
        page.fill("#id_password", password)
        page.click("input[type=submit]")
        page.wait_for_url(f"{server.url}/admin/", timeout=SOON)
        return page

    yield new
    for context in opened:
        context.close()


@pytest.mark.parametrize(("width", "mode"), [(1440, "light"), (375, "dark")])
def test_no_page_breaks_the_policy_or_scrolls_sideways(
    entered: Any, server: Server, paths: list[str], width: int, mode: str
):
    page = entered(viewport={"width": width, "height": 900}, color_scheme=mode)

    found = {path: gallery.look_at(page, f"{server.url}/admin{path}", axe=False) for path in paths}

    assert {path: said for path, said in found.items() if said} == {}


def test_axe_finds_no_barrier_on_the_pages_we_have_shaped(entered: Any, server: Server, paths: list[str]):
    """Of the lists, which are all one template, two."""
    looked = [
        path for path in paths if path.count("/") != 3 or path in ("/accounts/account/", "/coupons/couponsession/")
    ]
    page = entered(viewport={"width": 1440, "height": 900}, color_scheme="dark")

    found = {path: gallery.look_at(page, f"{server.url}/admin{path}") for path in looked}

    assert len(looked) > 50 and {path: said for path, said in found.items() if said} == {}


def test_axe_finds_no_barrier_at_the_door(browser: Any, server: Server):
    page = browser.new_context(viewport={"width": 375, "height": 700}).new_page()

    assert gallery.look_at(page, f"{server.url}/admin/login/") == []


def test_the_policy_is_in_force_and_a_breach_would_be_seen(entered: Any, server: Server):
    """The control: an inline style and an inline script are stopped and complained about."""
    page = entered(viewport={"width": 1440, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    page.evaluate(
        """() => {
            document.body.insertAdjacentHTML("beforeend", "<p style='color: red'>");
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
        }"""
    )

    assert page.evaluate("window.ran") is None
    breaches = [text for text in said if "Content Security Policy" in text]
    assert any("inline style" in text for text in breaches) and any("inline script" in text for text in breaches)


def test_choosing_an_account_by_typing_works_under_the_policy(entered: Any, server: Server):
    """Django's own choosers are scripts of others; they must live with the policy, too."""
    shop = open_shop(f"Zebra {secrets.token_hex(4)}")
    page = entered(viewport={"width": 1440, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)

    page.goto(f"{server.url}/admin/campaigns/campaign/add/")
    page.click(".field-account .select2-selection")
    page.fill(".select2-search__field", shop.account.company)
    page.click(f".select2-results__option:has-text('{shop.account.company}')", timeout=SOON)
    page.fill("#id_name", "Chosen by typing")
    page.click("input[name=_save]")
    page.wait_for_selector("text=“Chosen by typing” is made", timeout=SOON)

    assert shop.account.campaigns.filter(name="Chosen by typing").exists()
    assert said == []


def test_what_a_tenant_writes_does_not_run_in_the_operators_browser(entered: Any, server: Server):
    """Lesson 51: the payloads stand in every text of a campaign, its account, its location and its customer."""
    payload = "<img src=x onerror=window.ran=1><script>window.ran=1</script>\"'>{{7*7}}"
    shop = open_shop("Mallory")
    shop.account.company = payload
    shop.account.save()
    offer = shop.campaign(payload, title=payload, terms=payload, tags=["<b>x</b>"], words={"get_it": payload})
    offer.at_location(payload)
    code = offer.claimed(customer={"firstname": payload})
    page = entered(viewport={"width": 1440, "height": 900})

    for path in (
        f"/campaigns/campaign/{offer.campaign.pk}/change/",
        f"/campaigns/campaign/?q={offer.code}",
        f"/accounts/account/{shop.account.pk}/change/",
        f"/coupons/couponsession/{offer.session(code).pk}/change/",
        f"/coupons/couponsession/?q={code}",
    ):
        said = gallery.look_at(page, f"{server.url}/admin{path}", axe=False)
        assert page.evaluate("window.ran") is None and said == [], (path, said)
        if path.endswith(f"/campaign/{offer.campaign.pk}/change/"):
            assert page.input_value("#id_title") == payload, "it is there, as text"
