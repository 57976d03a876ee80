"""J19 on a phone: the button leads to Google's own page with the pass, past the page's content security policy."""

from collections.abc import Callable

from tests.journeys.conftest import Phone
from tests.street.google import ISSUER, saved
from tests.street.server import Server
from tests.street.wallet import with_google
from tests.world import Shop


def test_j19_a_coupon_is_saved_from_its_page(mario: Shop, town: Server, phones: Callable[..., Phone]) -> None:
    with_google(mario)
    offer = mario.campaign("Free coffee", coupon_value="1 coffee")
    code = offer.claimed()
    ann = phones()
    ann.context.route("https://pay.google.com/**", lambda route: route.fulfill(body="Google's page"))
    ann.open(f"{town.url}/p/{offer.code}/{code}").sees("Save to Google Wallet").approves()
    with ann.context.expect_page() as opened:
        ann.page.get_by_role("button", name="Save to Google Wallet").click()
    opened.value.wait_for_url("https://pay.google.com/**")
    assert saved(opened.value.url)["id"] == f"{ISSUER}.{mario.account.pk}-c{offer.session(code).pk}"
    assert offer.session(code).saved_at is not None
    assert not ann.complaints
