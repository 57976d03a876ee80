"""Webhooks: verification and endpoints (webhooks.md 5 and 6)."""

from datetime import datetime

from tearoff.kit import clock
from tearoff.webhooks import endpoints
from tearoff.webhooks.models import Notification
from tests.contract.cases.spring import spring
from tests.contract.conforming import NOWHERE, Case, Told, Values
from tests.world import Shop

TESTS = "tests/api/test_webhooks.py"


def _with_an_endpoint(shop: Shop) -> Values:
    values = spring(shop)
    made = endpoints.create(
        shop.account.pk, url=NOWHERE, kinds=["coupon_claimed"], campaign=int(values["campaign"][4:]), at=clock.now()
    )
    return values | {"webhook": f"whk_{made.pk}"}


def _with_a_notification(shop: Shop) -> Values:
    values = spring(shop)
    row = Notification.objects.create(
        account=shop.account.pk, event=1, code=f"evt_{shop.account.pk:020d}", kind="coupon_validated",
        campaign_id=int(values["campaign"][4:]), session_code=values["session"], at=clock.now(), body=b"{}",
        created_at=clock.now(), sent_at=clock.now(),
    )  # fmt: skip
    return values | {"event": row.code}


def _says_what_the_session_says(told: Told) -> None:
    """The answer is about a session that is there, and another session's code does not fit the notification."""
    assert (
        told.ask("/v3/couponsession/data", couponsession=told.answer["session"])["campaign"] == told.answer["campaign"]
    )
    assert datetime.fromisoformat(told.answer["date"])
    assert told.refused("/v3/webhook/verification", webhook="$event", session="$link") == [509]


def _is_in_the_list(told: Told) -> None:
    public = {name: value for name, value in told.answer["webhook"].items() if name != "secret"}
    assert told.ask("/v3/webhook/list")["webhook"] == [public]
    secret = told.answer["webhook"].get("secret")
    if secret:
        assert secret.startswith("whsec_") and len(secret) > 36


def _can_be_changed(told: Told) -> None:
    (listed,) = told.answer["webhook"]
    changed = told.ask("/v3/webhook/update", webhook=listed["ID"], active=listed["active"])["webhook"]
    assert changed == listed


def _is_no_more(told: Told) -> None:
    assert told.ask("/v3/webhook/list")["webhook"] == []


CASES = [
    Case("/v3/webhook/verification", "webhooks.md 5", "webhooks/verification", _with_a_notification,
         _says_what_the_session_says, is_heard=False, deeper=f"{TESTS}::test_a_genuine_notification_is_valid"),
    Case("/v3/webhook/list", "webhooks.md 6", "webhooks/list", _with_an_endpoint, _can_be_changed, is_heard=False,
         deeper=f"{TESTS}::test_another_accounts_endpoints_are_unknown"),
    Case("/v3/webhook/create", "webhooks.md 6", "webhooks/create", spring, _is_in_the_list, is_heard=False,
         learns={"webhook": "webhook.ID", "webhook_secret": "webhook.secret"},
         deeper=f"{TESTS}::test_an_endpoint_is_made_with_all_kinds_and_its_secret_is_told_once"),
    Case("/v3/webhook/update", "webhooks.md 6", "webhooks/update", _with_an_endpoint, _is_in_the_list, is_heard=False,
         deeper=f"{TESTS}::test_an_endpoint_is_changed_switched_and_removed"),
    Case("/v3/webhook/delete", "webhooks.md 6", "webhooks/delete", _with_an_endpoint, _is_no_more, is_heard=False,
         deeper=f"{TESTS}::test_an_endpoint_is_changed_switched_and_removed"),
]  # fmt: skip
