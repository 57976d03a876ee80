"""Rows 14 to 17 of coupons.md: sending and pushing."""

from tearoff.messaging.models import Message
from tests.contract.cases.spring import spring
from tests.contract.conforming import Case, Told, Values
from tests.street.messaging import connect
from tests.street.pushing import Browser, push_key
from tests.world import Shop

SENDING, PUSH = "tests/api/test_sending.py", "tests/messaging/test_push.py"
MADE = {"new_link": "single_use_code"}


def _connected(shop: Shop) -> Values:
    connect(shop, "sms"), connect(shop, "mail")
    return spring(shop)


def _allowed(shop: Shop) -> Values:
    """Ann's browser hears of her session."""
    values = spring(shop)
    with push_key():
        page = f"/p/{values['coupon_code']}/{values['session']}/push"
        assert shop.http.post(page, data=Browser("http://127.0.0.1:9/push/ann").form).status_code == 204
    return values


def _message(told: Told) -> Message:
    """The one row that the worker will send."""
    found: Message = Message.objects.get(account=told.shop.account)
    assert found.state == "queued"
    return found


def _mail_is_queued(told: Told) -> None:
    customer = told.ask("/v3/couponsession/data", couponsession="$new_link")["data"]["customer"]
    assert (customer["firstname"], customer["email"]) == ("Bob", "Bob@example.org")
    message = _message(told)
    assert (message.channel, message.recipient, message.subject) == ("mail", "Bob@example.org", "Your coffee coupon")
    assert message.link.endswith(told.answer["single_use_url"]) and told.get(_page(told)).status_code == 200


def _given_session_is_queued(told: Told) -> None:
    assert _message(told).link.endswith("/" + told.values["session"])
    assert told.ask("/v3/campaign/data", campaign="$campaign")["amount_of_results"] == 2, "no new session"


def _sms_is_queued(told: Told) -> None:
    customer = told.ask("/v3/couponsession/data", couponsession="$new_link")["data"]["customer"]
    assert customer["phone"] == "32470000002"
    message = _message(told)
    assert (message.channel, message.text, message.sender) == ("sms", told.answer["message"], "Mario")
    assert told.get(_page(told)).status_code == 200


def _page(told: Told) -> str:
    return str(told.answer["single_use_url"]).removeprefix(told.values["base"])


def _push_is_queued(told: Told) -> None:
    message = _message(told)
    assert (message.channel, message.text) == ("push", "Still hungry?")
    assert message.link.endswith(f"/p/{told.values['coupon_code']}/{told.values['session']}")


CASES = [
    Case("/v3/send/email", "coupons.md 14", "messaging/send_email", _connected, _mail_is_queued, learns=MADE,
         deeper=f"{SENDING}::test_once_only"),
    Case("/v3/send/email", "coupons.md 14", "messaging/send_email_given", _connected, _given_session_is_queued,
         deeper=f"{SENDING}::test_a_given_session_is_sent"),
    Case("/v3/send/sms", "coupons.md 15", "messaging/send_sms", _connected, _sms_is_queued, learns=MADE,
         deeper=f"{SENDING}::test_no_credit_and_opted_out"),
    Case("/v3/coupon/pushnotification/single", "coupons.md 16", "messaging/push_single", _allowed, _push_is_queued,
         deeper=f"{PUSH}::test_a_push_arrives_and_can_be_read_by_that_browser_only"
         " tests/wallet/test_google.py::test_a_push_is_a_message_and_the_fourth_of_a_day_is_silent"),
    Case("/v3/coupon/pushnotification/all", "coupons.md 17", "messaging/push_all", _allowed, _push_is_queued,
         deeper=f"{PUSH}::test_to_all_who_allowed_it"
         " tests/wallet/test_apple.py::test_push_to_all_reaches_every_holder"),
]  # fmt: skip
