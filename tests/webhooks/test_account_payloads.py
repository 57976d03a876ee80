"""What a parent's receiver is told of a new sub-account (webhooks.md 2 and 3.5)."""

import secrets
from collections.abc import Callable

from tearoff.webhooks.models import Endpoint, Notification
from tests.webhooks.receiver import Receiver
from tests.webhooks.yard import told, work
from tests.world import Shop, refused

Listen = Callable[..., Endpoint]


def test_a_new_sub_account_is_told_to_its_parent_whole_but_for_its_keys(
    mario: Shop, lucia: Shop, receiver: Receiver, listen: Listen
) -> None:
    listen(mario, ["subaccount_created"])
    listen(lucia, ["subaccount_created"])
    email = f"{secrets.token_hex(6)}@bakery.example"
    made = mario.api(
        "/v4/subaccount/create",
        {"email": email, "company_name": "Bakery Marti", "access_loyalty": False, "webhook_endpoint": receiver.url},
    ).json()["subaccount"]
    work()

    [body] = told(receiver)
    keyless = {name: value for name, value in made.items() if name not in ("api_key", "api_secret")}
    assert (body["type"], body["subaccount"], body["campaign"], body["coupon"]) == (
        "subaccount_created",
        keyless,
        "",
        "",
    )
    assert list(body["subaccount"]) == list(keyless), "the order of the contract"
    logged = bytes(Notification.objects.get(code=body["id"]).body) + receiver.received[0].body
    for key in ("api_key", "api_secret"):
        assert made[key].encode() not in logged
    assert (keyless["access_loyalty"], keyless["webhook_endpoint"]) == (False, receiver.url)


def test_a_refused_sub_account_tells_nothing(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    listen(mario, ["subaccount_created"])

    assert refused(mario.client.subaccounts.create, email=mario.email).codes == (304,)
    work()

    assert not receiver.received
