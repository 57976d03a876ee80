"""Apple's wallet: the file, the phone's protocol, and the nudges (product.md J19, lessons 23, 44 and 45)."""

import io
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import override_settings
from PIL import Image

from tearoff.accounts import subaccounts
from tearoff.activity.recording import record
from tearoff.coupons import redemption
from tearoff.kit import clock, sql
from tearoff.wallet import delivering, updating
from tearoff.wallet.models import Pass, Registration, Update
from tests.street.apple import Device, PushService, opened
from tests.street.loyalty import club
from tests.street.rivals import race
from tests.street.wallet import downloaded, follow, path_of, path_of_holder, updates, with_apple, work
from tests.webhooks import yard
from tests.webhooks.receiver import Receiver
from tests.world import Offer, Shop, open_shop, phone, refused

TOKEN = "ab" * 32


def device(number: int = 1) -> Device:
    return Device(f"device{number}", f"{number:064x}")


@pytest.fixture
def offer(mario: Shop, apns: PushService) -> Iterator[Offer]:
    with_apple(mario, apns.url)
    yield mario.campaign("Free slice", coupon_value="1 slice", terms="<p>One each.</p><p>No cash.</p>")


def test_the_file_holds_code_expiry_and_places_and_writes_nothing(mario: Shop, offer: Offer, ann: httpx.Client) -> None:
    """Lesson 23: downloading is a GET, as often as one likes and whoever does it."""
    offer.set(ends_at=clock.now() + timedelta(days=9))
    offer.at_location("Shop North", address="4 Station Street", city="Ghent")
    code = offer.claimed()
    one = downloaded(path_of(offer, code))
    session = offer.session(code)
    content = one.content
    assert content["serialNumber"] == f"c{session.pk}" and content["organizationName"] == "Mario's Pizzeria"
    assert content["barcodes"][0]["message"] == f"https://tearoff.example/s/{offer.code}/{code}"
    assert content["barcodes"][0]["altText"] == code[:6]
    assert content["expirationDate"][:10] == f"{clock.now() + timedelta(days=9):%Y-%m-%d}"
    fields = one.fields()
    assert fields["worth"] == "1 slice" and fields["code"] == code[:6] and fields["state"] == "Ready to use"
    assert fields["terms"] == "One each.\nNo cash." and fields["places"] == "Shop North, 4 Station Street, Ghent"
    assert content["voided"] is False
    for headers in ({"User-Agent": "Googlebot/2.1"}, {"Purpose": "prefetch"}, {}):
        for method in ("GET", "HEAD"):
            assert ann.request(method, f"{path_of(offer, code)}/pass", headers=headers).status_code == 200
    assert offer.session(code).saved_at is None
    assert not Pass.objects.filter(account=mario.account.pk).exists()


def test_the_button_stands_where_passes_are_made(mario: Shop, lucia: Shop, offer: Offer, ann: httpx.Client) -> None:
    code = offer.claimed()
    page = ann.get(path_of(offer, code)).text
    assert f'href="{path_of(offer, code)}/pass"' in page and "Add to Apple Wallet" in page and "Google" not in page
    other = lucia.campaign()
    theirs = other.claimed()
    assert "Wallet" not in ann.get(path_of(other, theirs)).text
    assert ann.get(f"{path_of(other, theirs)}/pass").status_code == 404
    assert ann.get(f"{path_of(offer, offer.opened())}/pass").status_code == 404  # an offer is no coupon yet
    assert ann.get(f"/p/{offer.code}/{theirs}/pass").status_code == 404


def test_a_certificate_that_ran_out_takes_the_button_away(offer: Offer, ann: httpx.Client) -> None:
    code = offer.claimed()
    with clock.moved(clock.now() + timedelta(days=301)):
        assert "Wallet" not in ann.get(path_of(offer, code)).text
        assert ann.get(f"{path_of(offer, code)}/pass").status_code == 404


def test_saved_is_what_the_phone_says_once(mario: Shop, offer: Offer, receiver: Receiver) -> None:
    mario.client.webhooks.create(url=receiver.url)
    code = offer.claimed()
    one = downloaded(path_of(offer, code))
    assert [device().keep(one), device().keep(one), device(2).keep(one)] == [201, 200, 201]
    yard.work()
    assert yard.kinds(receiver).count("coupon_saved") == 1
    assert mario.client.sessions.info(code).data.status.saved_to_passbook == "1"


def test_validated_then_undone_reaches_the_phone(mario: Shop, offer: Offer, apns: PushService) -> None:
    """J19, step 2."""
    code = offer.claimed()
    one, mine = downloaded(path_of(offer, code)), device()
    mine.keep(one)
    assert mine.news(one) == [one.content["serialNumber"]]
    assert mine.fetch(one).status_code == 200 and mine.fetch(one).status_code == 304
    assert mine.news(one) == []

    offer.use(code)
    follow()
    assert work() == 1
    (nudge,) = apns.nudges
    assert (nudge.token, nudge.client) == (mine.token, "pass.org.example.coupon")
    assert mine.news(one) == [one.content["serialNumber"]]
    now = opened(mine.fetch(one).content)
    assert now.content["voided"] is True and now.fields()["state"] == "Used"
    assert mine.fetch(one).status_code == 304

    assert redemption.undo(account=mario.account.pk, code=code, at=clock.now(), actor="test").ok
    follow()
    work()
    assert opened(mine.fetch(one).content).content["voided"] is False


def test_a_file_that_lay_about_is_corrected(mario: Shop, offer: Offer, apns: PushService) -> None:
    """No phone was known while its coupon was used, so nobody was told; the tag passes those the phone has seen."""
    code, mine = offer.claimed(), device()
    one, other = downloaded(path_of(offer, code)), downloaded(path_of(offer, offer.claimed()))
    follow()
    mine.keep(other)
    mine.news(other)
    assert work() == 0  # what is ready needs no word
    offer.use(code)
    follow()
    assert mine.keep(one) == 201
    assert work() == 1 and apns.nudges[0].token == mine.token
    assert mine.news(one) == [one.content["serialNumber"]]
    assert opened(mine.fetch(one).content).content["voided"] is True
    assert mine.keep(one) == 200 and work() == 0


def test_what_was_lost_under_an_old_certificate_is_told_under_the_new(
    mario: Shop, offer: Offer, apns: PushService
) -> None:
    code, mine = offer.claimed(), device()
    one = downloaded(path_of(offer, code))
    mine.keep(one)
    mine.news(one)
    apns.answers = {mine.token: (403, "BadCertificate")}
    offer.use(code)
    follow()
    work()
    assert updates(mario) == [("nudge", "failed", "BadCertificate")]
    apns.answers, apns.nudges = {}, []
    with_apple(mario, apns.url)
    assert work() == 1 and len(apns.nudges) == 1
    assert mine.news(one) == [one.content["serialNumber"]]


def test_a_pass_type_by_mistake_loses_no_device(mario: Shop, offer: Offer, apns: PushService) -> None:
    code, mine = offer.claimed(), device()
    mine.keep(downloaded(path_of(offer, code)))
    with_apple(mario, apns.url, pass_type="pass.org.example.other")
    apns.answers = {mine.token: (400, "DeviceTokenNotForTopic")}
    offer.use(code)
    follow()
    work()
    assert set(updates(mario)) == {("nudge", "failed", "DeviceTokenNotForTopic")}
    apns.answers, apns.nudges = {}, []
    with_apple(mario, apns.url)
    assert work() == 1 and apns.nudges[0].client == "pass.org.example.coupon"


def test_a_nudge_waits_for_a_phone_that_is_off_for_weeks(mario: Shop, offer: Offer, apns: PushService) -> None:
    code = offer.claimed()
    device().keep(downloaded(path_of(offer, code)))
    offer.use(code)
    follow()
    work()
    (nudge,) = apns.nudges
    assert int(nudge.headers["apns-expiration"]) - clock.now().timestamp() > timedelta(days=27).total_seconds()


def test_changes_within_one_second_are_each_news(mario: Shop, offer: Offer) -> None:
    """Lesson 45: Last-Modified knows seconds only, so it moves on by one at each change."""
    code = offer.claimed()
    one, mine = downloaded(path_of(offer, code)), device()
    mine.keep(one)
    seen = [mine.fetch(one).headers["Last-Modified"]]
    tags = []
    with clock.moved(clock.now()):
        for action in ("void", "unvoid", "void"):
            mario.client.sessions.update(couponsession=code, status=action)
            follow()
            mine.news(one)
            tags.append(int(mine.since))
            answer = mine.fetch(one)
            assert answer.status_code == 200
            seen.append(answer.headers["Last-Modified"])
    assert len(set(seen)) == 4 and tags == sorted(set(tags))
    assert mine.fetch(one).status_code == 304


def test_what_ends_an_agency_ends_the_passes_of_its_clients(mario: Shop, apns: PushService) -> None:
    roma = open_shop("Pizza Roma", parent=mario.account)
    with_apple(roma, apns.url)
    coupon, lunch = roma.campaign(), club(roma)
    passes = [downloaded(path_of(coupon, coupon.claimed())), downloaded(path_of_holder(lunch, lunch.joined()))]
    mine = device()
    for one in passes:
        mine.keep(one)
    follow()
    for one in passes:
        mine.fetch(one)
    mine.news(passes[0])

    for status, is_over in (("frozen", True), ("customer", False)):
        subaccounts.update(mario.account, subaccounts.Changes({"status": status}), actor="operator", at=clock.now())
        follow()
        work()
        assert mine.news(passes[0]) == sorted(one.content["serialNumber"] for one in passes), status
        assert [opened(mine.fetch(one).content).content["voided"] for one in passes] == [is_over] * 2, status


@pytest.mark.parametrize("zone", ["+99999999999999999999", "nowhere"])
def test_a_date_that_is_none_is_as_if_it_were_not_sent(mario: Shop, offer: Offer, zone: str) -> None:
    one, mine = downloaded(path_of(offer, offer.claimed())), device()
    mine.keep(one)
    mine.stamps[one.content["serialNumber"]] = f"Mon, 99 Jan 99999999999999999999 00:00:00 {zone}"
    assert mine.fetch(one).status_code == 200


def test_a_new_end_and_a_removed_campaign_reach_every_pass(mario: Shop, offer: Offer, apns: PushService) -> None:
    passes = [downloaded(path_of(offer, offer.claimed())) for _ in range(3)]
    for number, one in enumerate(passes):
        device(number).keep(one)
    mario.client.coupons.update(offer.id, expiry_date=datetime(2031, 1, 31, 23, 59, 59))  # in Brussels
    follow()
    assert work() == 3 and len({nudge.token for nudge in apns.nudges}) == 3
    assert apns.connections == 1
    assert opened(device(1).fetch(passes[1]).content).content["expirationDate"] == "2031-01-31T23:00:00Z"
    mario.client.coupons.delete(offer.id)
    follow()
    assert work() == 3
    assert opened(device(1).fetch(passes[1]).content).content["voided"] is True


def test_a_new_logo_and_a_blocked_account_reach_every_pass(mario: Shop, offer: Offer, apns: PushService) -> None:
    one, mine = downloaded(path_of(offer, offer.claimed())), device()
    mine.keep(one)
    picture = io.BytesIO()
    Image.new("RGBA", (400, 100), "#0e3b2c").save(picture, "PNG")
    changed_account(mario, company="Mario", logo=ContentFile(picture.getvalue(), "logo.png"))
    assert work() == 1
    now = opened(mine.fetch(one).content)
    assert now.content["organizationName"] == "Mario"
    assert Image.open(io.BytesIO(now.files["logo@2x.png"])).size == (320, 80)
    assert Image.open(io.BytesIO(now.files["icon@3x.png"])).size == (87, 87)
    changed_account(mario, status="blocked")
    assert work() == 1
    now = opened(mine.fetch(one).content)
    assert now.content["voided"] is True and now.fields()["state"] == "Not available"


def changed_account(shop: Shop, **changes: object) -> None:
    """As the operator's page changes it."""
    for name, value in changes.items():
        setattr(shop.account, name, value)
    shop.account.save()
    record("account.updated", account=shop.account.pk, actor="test", at=clock.now(), data={"changed": list(changes)})
    follow()


def test_stamps_and_their_push_reach_the_card(mario: Shop, offer: Offer, apns: PushService) -> None:
    lunch = club(mario)
    lunch.reward(5, "Free drink")
    holder, other = lunch.joined(first_name="Ann"), lunch.joined()
    one, mine = downloaded(path_of_holder(lunch, holder)), device()
    assert one.fields()["balance"] == "0 of 10" and one.fields()["next"] == "Free drink, 5 to go"
    assert mine.keep(one) == 201
    lunch.grant(holder, 2)
    lunch.grant(other, 1)
    follow()
    assert work() == 1
    now = opened(mine.fetch(one).content)
    assert now.fields()["balance"] == "2 of 10"
    assert now.content["storeCard"]["primaryFields"][0]["changeMessage"] == "%@"

    push, person = mario.client.loyalty.push, f"usr_{lunch.holder(holder).person}"
    push.single(lunch.id, user=person, message="Double stamps")
    assert work() == 1
    assert opened(mine.fetch(one).content).fields()["news"] == "Double stamps"
    nobody = f"usr_{lunch.holder(other).person}"
    assert refused(push.single, lunch.id, user=nobody, message="Double stamps").reasons == ("not_saved",)
    lunch.void(holder)
    assert refused(push.single, lunch.id, user=person, message="Double stamps").codes == (300,)
    push.all(lunch.id, message="x")
    assert work() == 0


def test_push_to_all_reaches_every_holder(mario: Shop, offer: Offer, apns: PushService) -> None:
    """J19, step 3; more than the service takes at once on one connection."""
    passes = []
    for number in range(12):
        one = downloaded(path_of(offer, offer.claimed()))
        device(number).keep(one)
        passes.append(one)
    mario.client.push.all(offer.id, message="Only today")
    assert work() == 12
    assert len({nudge.token for nudge in apns.nudges}) == 12
    assert opened(device(3).fetch(passes[3]).content).fields()["news"] == "Only today"


def test_a_line_that_breaks_loses_nobody(mario: Shop, offer: Offer, apns: PushService) -> None:
    """Lesson 44: one failure never stops the rest; what was not answered is told again."""
    for number in range(8):
        device(number).keep(downloaded(path_of(offer, offer.claimed())))
    apns.hangs_up_after = 3
    mario.client.push.all(offer.id, message="Only today")
    assert work() == 8
    states = [state for _, state, _ in updates(mario)]
    assert states.count("sent") == 3 and states.count("queued") == 5
    apns.hangs_up_after = 0
    assert work(clock.now() + timedelta(hours=1)) == 5
    assert {state for _, state, _ in updates(mario)} == {"sent"} and len({nudge.token for nudge in apns.nudges}) == 8


def test_a_session_saved_nowhere_is_300(mario: Shop, offer: Offer) -> None:
    code, push = offer.claimed(), mario.client.push.single
    nowhere = refused(push, offer.id, couponsession=code, message="Hi")
    assert (nowhere.http_status, nowhere.codes, nowhere.reasons) == (422, (300,), ("not_saved",))
    one = downloaded(path_of(offer, code))
    mine = device()
    mine.keep(one)
    push(offer.id, couponsession=code, message="Hi")
    assert mine.drop(one) == 200
    assert refused(push, offer.id, couponsession=code, message="Hi").codes == (300,)


def test_dead_devices_are_removed_and_sick_ones_are_not(mario: Shop, offer: Offer, apns: PushService) -> None:
    """Lesson 44."""
    apns.answers = {
        f"{1:064x}": (410, "Unregistered"), f"{2:064x}": (400, "BadDeviceToken"), f"{3:064x}": (429, "TooManyRequests"),
        f"{4:064x}": (500, "InternalServerError"), f"{5:064x}": (403, "BadCertificate"),
    }  # fmt: skip
    for number in range(1, 7):
        device(number).keep(downloaded(path_of(offer, offer.claimed())))
    mario.client.push.all(offer.id, message="Hi")
    work()
    left = Registration.objects.filter(account=mario.account.pk).order_by("pk").values_list("device", flat=True)
    assert list(left) == ["device3", "device4", "device5", "device6"]
    assert [one[1:] for one in updates(mario)] == [
        ("failed", "Unregistered"), ("failed", "BadDeviceToken"), ("queued", "rate_limited"), ("queued", "http_500"),
        ("failed", "BadCertificate"), ("sent", ""),
    ]  # fmt: skip
    waits = Update.objects.filter(account=mario.account, outcome="rate_limited").get().next_try_at - clock.now()
    assert waits > timedelta(minutes=9)
    apns.answers = {}
    assert work(clock.now() + timedelta(hours=1)) == 2


def test_who_registers_anew_while_we_nudge_stays(mario: Shop, offer: Offer, apns: PushService) -> None:
    one, mine = downloaded(path_of(offer, offer.claimed())), device()
    mine.keep(one)
    mario.client.push.all(offer.id, message="Hi")
    apns.answers = {mine.token: (410, "Unregistered")}
    told = list(delivering.told(delivering.claim(64, at=clock.now())))
    mine.keep(one)
    for job, result in told:
        delivering.record(job, result, at=clock.now())
    assert Registration.objects.filter(account=mario.account.pk).count() == 1


def test_500_registrations_in_a_minute_are_one_row(mario: Shop, offer: Offer) -> None:
    """Lesson 45, seen in Apple's own forum; many of them at the same moment."""
    one = downloaded(path_of(offer, offer.claimed()))
    got = race([lambda: [device().keep(one) for _ in range(62)] for _ in range(8)])
    statuses = [status for part in got for status in part]  # type: ignore[union-attr]
    assert len(statuses) == 496 and statuses.count(201) == 1 and set(statuses) == {200, 201}
    assert Registration.objects.filter(account=mario.account.pk).count() == 1


def test_tags_become_visible_in_their_order(mario: Shop, offer: Offer) -> None:
    """Lesson 45: who has seen a tag has seen all before it, so a slow change that took its tag first holds the next."""
    one, two = (downloaded(path_of(offer, offer.claimed())) for _ in range(2))
    mine = device()
    mine.keep(one)
    mine.keep(two)
    mine.news(one)
    ids = list(Pass.objects.filter(account=mario.account.pk).order_by("pk").values_list("pk", flat=True))
    took, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            updating.change(mario.account.pk, ids[:1], at=clock.now())
            took.set()
            assert may_end.wait(30)

    def quick() -> list[str]:
        assert took.wait(30)
        threading.Timer(0.1, may_end.set).start()
        with transaction.atomic():
            updating.change(mario.account.pk, ids[1:], at=clock.now())
        return mine.news(one)

    assert race([slow, quick])[1] == sorted(part.content["serialNumber"] for part in (one, two))
    assert mine.news(one) == []


def test_control_tags_of_a_sequence_lose_the_slow_one(mario: Shop, offer: Offer) -> None:
    """Without the clock's row a tag that is taken first may be seen last, behind the phone's back."""
    one, two = (downloaded(path_of(offer, offer.claimed())) for _ in range(2))
    mine = device()
    mine.keep(one)
    mine.keep(two)
    mine.news(one)
    ids = list(Pass.objects.filter(account=mario.account.pk).order_by("pk").values_list("pk", flat=True))
    took, may_end = threading.Event(), threading.Event()

    def unguarded(tag: int, one_pass: int) -> None:
        sql.run("update wallet_pass set tag = %s where id = %s", [tag, one_pass])

    def slow() -> None:
        with transaction.atomic():
            unguarded(101, ids[0])
            took.set()
            assert may_end.wait(30)

    def quick() -> list[str]:
        assert took.wait(30)
        unguarded(102, ids[1])
        seen = mine.news(one)
        may_end.set()
        return seen

    assert race([slow, quick])[1] == [two.content["serialNumber"]]
    assert mine.news(one) == []  # the change of the first pass is lost to this phone


def test_no_pass_of_one_account_answers_to_another(mario: Shop, lucia: Shop, offer: Offer, apns: PushService) -> None:
    """Lesson 28: other accounts' serials, tokens, types and devices get what unknown ones get."""
    with_apple(lucia, apns.url, pass_type="pass.org.example.bakery")
    theirs = lucia.campaign()
    mine, hers = downloaded(path_of(offer, offer.claimed())), downloaded(path_of(theirs, theirs.claimed()))
    phone_one, phone_two = device(1), device(2)
    phone_one.keep(mine)
    phone_two.keep(hers)
    token = hers.content["authenticationToken"]
    assert [phone_two.keep(mine, token), phone_two.drop(mine, token), phone_two.fetch(mine, token).status_code] == [
        401
    ] * 3
    crossed = type(mine)(mine.content | {"webServiceURL": hers.content["webServiceURL"]}, {})
    assert [device(3).keep(crossed), device(3).fetch(crossed).status_code] == [401, 401]
    as_hers = type(mine)(hers.content | {"serialNumber": mine.content["serialNumber"]}, {})
    assert [device(3).keep(as_hers), device(3).fetch(as_hers).status_code] == [401, 401]
    assert phone_two.http.get(phone_two._address(mine)).status_code == 404
    assert device(9).http.get(device(9)._address(mine)).status_code == 404
    other_type = type(mine)(mine.content | {"passTypeIdentifier": "pass.org.example.bakery"}, {})
    assert [device(3).keep(other_type), device(3).fetch(other_type).status_code] == [401, 401]
    assert Registration.objects.filter(account__in=[mario.account.pk, lucia.account.pk]).count() == 2
    with phone() as client:
        base = f"/wallet/apple/{mario.account.pk}/v1"
        assert client.get("/wallet/apple/999999999/v1/passes/pass.org.example.coupon/c1").status_code == 404
        assert client.put(f"{base}/log").status_code == 405 and client.get(f"{base}/nothing").status_code == 404


def test_what_a_device_may_send(mario: Shop, offer: Offer, caplog: pytest.LogCaptureFixture) -> None:
    one, mine = downloaded(path_of(offer, offer.claimed())), device()
    path = f"{mine._address(one)}/{one.content['serialNumber']}"
    for body in ("", "[]", '{"pushToken": 5}', '{"pushToken": "../x"}', "{" * 9000):
        assert mine.http.post(path, content=body, headers=mine._headers(one)).status_code == 400
    for number in range(20):
        assert device(number).keep(one) == 201
    assert device(21).keep(one) == 403 and device(3).keep(one) == 200
    log = f"{mine._base(one)}/log"
    for _ in range(25):
        assert mine.http.post(log, json={"logs": ["[x] bad\nforged line"]}).status_code == 200
    lines = [record.getMessage() for record in caplog.records if "reports" in record.getMessage()]
    assert len(lines) == 20 and "\n" not in lines[0]
    assert mine.http.post(log, content="\x00").status_code == 200


def test_nudges_to_a_private_address_do_not_leave(mario: Shop, offer: Offer, apns: PushService) -> None:
    device().keep(downloaded(path_of(offer, offer.claimed())))
    mario.client.push.all(offer.id, message="Hi")
    with override_settings(TEAROFF_OUTBOUND_ALLOW=()):
        work()
    assert updates(mario) == [("nudge", "failed", "private_address")] and apns.nudges == []


def test_a_server_with_a_foreign_certificate_is_told_nothing(
    mario: Shop, offer: Offer, apns: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    device().keep(downloaded(path_of(offer, offer.claimed())))
    mario.client.push.all(offer.id, message="Hi")
    monkeypatch.delenv("SSL_CERT_FILE")
    work()
    assert updates(mario) == [("nudge", "queued", "tls_failed")] and apns.nudges == []
