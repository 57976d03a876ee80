"""Google's wallet: the save link, objects kept up to date, and messages within Google's limits (lessons 40, 44 and 45)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest
from django.test import override_settings

from tearoff.campaigns import editing
from tearoff.coupons import redemption
from tearoff.kit import clock
from tearoff.wallet import delivering, google_line, governing
from tearoff.wallet.models import Pass, Update
from tests.street.google import ISSUER, GoogleWallet, saved
from tests.street.loyalty import club
from tests.street.wallet import follow, path_of, path_of_holder, updates, with_google, work
from tests.webhooks.receiver import Answer
from tests.world import PERSON, Offer, Shop, door, refused


@pytest.fixture
def offer(mario: Shop, google: GoogleWallet) -> Iterator[Offer]:
    google_line.forget_all()  # what another test's server said
    with_google(mario, google.base)
    yield mario.campaign("Free slice", coupon_value="1 slice")


def pressed(path: str) -> str:
    """Where the button leads."""
    with door(headers=PERSON) as client:
        answer = client.post(f"{path}/save")
    assert answer.status_code == 303, answer.status_code
    return str(answer.headers["Location"])


def kept(offer: Offer, google: GoogleWallet) -> str:
    """A claimed session that lies in Google's wallet; its code."""
    code = offer.claimed()
    pressed(path_of(offer, code))
    work()
    return code


def name_of(offer: Offer, code: str) -> str:
    return f"{ISSUER}.{offer.shop.account.pk}-c{offer.session(code).pk}"


def test_the_button_and_its_link(mario: Shop, offer: Offer, ann: httpx.Client, google: GoogleWallet) -> None:
    code = offer.claimed()
    page = ann.get(path_of(offer, code))
    assert f'action="{path_of(offer, code)}/save"' in page.text and "Save to Google Wallet" in page.text
    assert "form-action 'self' https://pay.google.com;" in page.headers["content-security-policy"]
    assert "Apple" not in page.text
    made = saved(pressed(path_of(offer, code)))
    assert made["id"] == name_of(offer, code) and made["state"] == "ACTIVE"
    assert made["barcode"]["value"] == f"https://tearoff.example/s/{offer.code}/{code}"
    assert google.asked == []  # a request waits for nobody else's server


def test_only_a_press_saves(offer: Offer, ann: httpx.Client) -> None:
    """Lesson 23."""
    code = offer.claimed()
    assert ann.get(f"{path_of(offer, code)}/save").status_code == 405
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert ann.post(f"{path_of(offer, code)}/save", headers=foreign).status_code == 403
    assert ann.post(f"{path_of(offer, offer.opened())}/save").status_code == 404
    assert offer.session(code).saved_at is None and not Pass.objects.filter(account=offer.shop.account.pk).exists()
    for _ in range(2):
        pressed(path_of(offer, code))
    assert offer.session(code).saved_at is not None
    assert updates(offer.shop) == [("state", "queued", "")]


def test_a_long_offer_still_fits_the_link(mario: Shop, offer: Offer) -> None:
    long = mario.campaign("Ö" * 50, title="ÄÖ" * 100, subtitle="Ü" * 200, terms="<p>" + "x" * 5000 + "</p>")
    made = saved(pressed(path_of(long, long.claimed())))
    assert len(made["header"]["defaultValue"]["value"]) == 60


def test_the_worker_brings_the_whole_pass_and_keeps_it(mario: Shop, offer: Offer, google: GoogleWallet) -> None:
    """J19, step 2."""
    code = kept(offer, google)
    assert google.asked == ["POST genericClass", "POST genericObject"]
    made = google.objects[name_of(offer, code)]
    modules = {one["id"]: one["body"] for one in made["textModulesData"]}
    assert modules["worth"] == "1 slice" and modules["code"] == code[:6]
    assert made["linksModuleData"]["uris"][0]["uri"] == f"https://tearoff.example/p/{offer.code}/{code}"

    offer.use(code)
    follow()
    work()
    assert google.asked[2:] == ["PATCH genericObject"]
    assert google.objects[name_of(offer, code)]["state"] == "COMPLETED"
    assert redemption.undo(account=mario.account.pk, code=code, at=clock.now(), actor="test").ok
    mario.client.sessions.update(couponsession=code, status="void")
    follow()
    work()
    assert google.objects[name_of(offer, code)]["state"] == "INACTIVE"
    assert len(google.tokens) == 1


def test_what_a_pass_has_no_more_goes_from_google_too(mario: Shop, offer: Offer, google: GoogleWallet) -> None:
    """A PATCH leaves alone what it does not name: an end that was taken back would still grey the pass."""

    def edit(**changes: object) -> None:
        editing.update_campaign(campaign=offer.campaign, changes=changes, actor="test", at=clock.now())
        follow()

    edit(ends_local=datetime(2031, 1, 31, 23, 59, 59))  # in Brussels
    name = name_of(offer, kept(offer, google))
    assert google.objects[name]["validTimeInterval"] == {"end": {"date": "2031-01-31T23:00:00Z"}}
    edit(ends_local=None)
    work()
    assert "validTimeInterval" not in google.objects[name] and "barcode" in google.objects[name]


def test_what_google_refused_is_told_when_the_issuer_is_mended(mario: Shop, offer: Offer, google: GoogleWallet) -> None:
    code = kept(offer, google)
    google.next = [Answer(403)]
    offer.use(code)
    follow()
    work()
    assert updates(mario)[-1] == ("state", "failed", "http_403")
    with_google(mario, google.base)
    work()
    assert google.objects[name_of(offer, code)]["state"] == "COMPLETED"


def test_changes_that_wait_are_told_once(mario: Shop, offer: Offer, google: GoogleWallet) -> None:
    code = kept(offer, google)
    for status in ("lock", "unlock", "void"):
        mario.client.sessions.update(couponsession=code, status=status)
        follow()
    assert [one for one in updates(mario) if one[1] == "queued"] == [("state", "queued", "")]
    assert work() == 1 and google.objects[name_of(offer, code)]["state"] == "INACTIVE"


def test_a_change_while_we_tell_is_told_too(mario: Shop, offer: Offer, google: GoogleWallet) -> None:
    code = kept(offer, google)
    offer.use(code)
    follow()
    jobs = delivering.claim(64, at=clock.now())
    assert redemption.undo(account=mario.account.pk, code=code, at=clock.now(), actor="test").ok
    follow()
    google.next = [Answer(500)]
    for job, result in delivering.told(jobs):
        delivering.record(job, result, at=clock.now())
    assert [one[1:] for one in updates(mario)[1:]] == [("failed", "superseded"), ("queued", "")]
    work()
    assert google.objects[name_of(offer, code)]["state"] == "ACTIVE"


def test_a_push_is_a_message_and_the_fourth_of_a_day_is_silent(mario: Shop, offer: Offer, google: GoogleWallet) -> None:
    """Lesson 45: three that notify, for each pass, in 24 hours that roll; then silently, and nothing is dropped."""
    code, other = kept(offer, google), kept(offer, google)
    start = clock.now()

    def push(hours: float, text: str) -> None:
        at = start + timedelta(hours=hours)
        with clock.moved(at):
            mario.client.push.single(offer.id, couponsession=code, message=text)
        work(at)

    for hours, text in [(1, "a"), (9, "b"), (17, "c"), (24, "d"), (24.9, "e"), (25.1, "f"), (26, "g")]:
        push(hours, text)
    assert google.heard == ["a", "b", "c", "f"]
    assert [said["body"] for name, said in google.messages if name == name_of(offer, code)] == list("abcdefg")
    with clock.moved(start + timedelta(hours=26)):
        mario.client.push.all(offer.id, message="h")
    work(start + timedelta(hours=26))
    assert [name for name, said in google.messages if said["messageType"] == "TEXT_AND_NOTIFY"][-1] == name_of(
        offer, other
    )
    assert len([1 for _, said in google.messages if said["body"] == "h"]) == 2


def test_a_push_before_the_pass_is_there_waits_for_it(mario: Shop, offer: Offer, google: GoogleWallet) -> None:
    code = offer.claimed()
    pressed(path_of(offer, code))
    mario.client.push.single(offer.id, couponsession=code, message="Hi")
    assert work() == 1 and google.messages == []
    assert work(clock.now() + timedelta(seconds=2)) == 1 and google.heard == ["Hi"]


def test_where_google_counts_more_than_we_do_it_goes_silently(mario: Shop, offer: Offer, google: GoogleWallet) -> None:
    code = kept(offer, google)
    google.next = [Answer(403, body=b'{"error": {"status": "PERMISSION_DENIED", "message": "QuotaExceededException"}}')]
    mario.client.push.single(offer.id, couponsession=code, message="Hi")
    work()
    assert [said["messageType"] for _, said in google.messages] == ["TEXT"]
    assert updates(mario)[-1] == ("message", "sent", "")


def test_twenty_requests_a_second_for_an_issuer(mario: Shop, lucia: Shop, offer: Offer, google: GoogleWallet) -> None:
    """Lesson 45, on a clock of its own: whoever comes later waits for the next second, and nobody is forgotten. Two
    accounts that share an issuer share its seconds."""
    with_google(lucia, google.base)
    hers = lucia.campaign()
    for one in (offer, hers):
        for _ in range(15):
            pressed(path_of(one, one.claimed()))
    Pass.objects.filter(account__in=[mario.account.pk, lucia.account.pk]).update(google_made_at=clock.now())
    at = (clock.now() + timedelta(minutes=5)).replace(microsecond=250_000)
    leased = [len(delivering.claim(64, at=at)), len(delivering.claim(64, at=at + timedelta(milliseconds=700)))]
    leased.append(len(delivering.claim(64, at=at + timedelta(seconds=1))))
    assert leased == [20, 0, 10]
    assert Update.objects.filter(account__in=[mario.account.pk, lucia.account.pk], state="sending").count() == 30


def test_making_objects_takes_more_of_the_second(mario: Shop, offer: Offer) -> None:
    for _ in range(8):
        pressed(path_of(offer, offer.claimed()))
    at = clock.now() + timedelta(minutes=5)
    made = governing.PER_SECOND["google"] // google_line.COST["make"]
    assert [len(delivering.claim(64, at=at)), len(delivering.claim(64, at=at + timedelta(seconds=1)))] == [
        made,
        8 - made,
    ]


def test_what_is_gone_is_forgotten_and_what_is_sick_waits(mario: Shop, offer: Offer, google: GoogleWallet) -> None:
    """Lesson 44."""
    codes = [kept(offer, google) for _ in range(5)]
    google.next = [Answer(404), Answer(429, {"Retry-After": "600"}), Answer(500), Answer(403)]
    for code in codes:
        mario.client.push.single(offer.id, couponsession=code, message="Hi")
        work()
    assert [one[1:] for one in updates(mario) if one[0] == "message"] == [
        ("failed", "http_404"), ("queued", "rate_limited"), ("unknown", "http_500"), ("failed", "http_403"), ("sent", ""),
    ]  # fmt: skip
    assert refused(mario.client.push.single, offer.id, couponsession=codes[0], message="Hi").codes == (300,)
    waiting = Update.objects.get(account=mario.account, outcome="rate_limited")
    assert waiting.next_try_at - clock.now() > timedelta(minutes=9) and waiting.notified_at is None


def test_an_object_that_google_lost_is_made_again(mario: Shop, offer: Offer, google: GoogleWallet) -> None:
    code = kept(offer, google)
    google.objects.clear()
    offer.use(code)
    follow()
    work()
    assert google.objects[name_of(offer, code)]["state"] == "COMPLETED"


def test_a_token_that_ended_early_is_asked_for_again(mario: Shop, offer: Offer, google: GoogleWallet) -> None:
    code = kept(offer, google)
    google.tokens.clear()
    offer.use(code)
    follow()
    work()
    assert updates(mario)[-1] == ("state", "queued", "log_in_refused")
    work(clock.now() + timedelta(minutes=1))
    assert google.objects[name_of(offer, code)]["state"] == "COMPLETED" and len(google.tokens) == 1


def test_a_refused_service_account_waits(mario: Shop, offer: Offer, google: GoogleWallet) -> None:
    from tearoff.wallet import connecting
    from tests.street.google import google_settings

    settings = google_settings(google.base, service_account="somebody@else.example")
    connecting.connect(mario.account.pk, "google", settings, at=clock.now(), actor="test")
    pressed(path_of(offer, offer.claimed()))
    work()
    assert updates(mario) == [("state", "queued", "log_in_refused")] and google.objects == {}


@pytest.mark.parametrize("said", [Answer(body=b"<html>"), Answer(body=b'{"error": "x"}'), Answer(503)])
def test_a_sick_token_server_is_asked_once_for_all_and_no_message_is_lost(
    mario: Shop, offer: Offer, google: GoogleWallet, said: Answer
) -> None:
    """Each in its turn would wait for it longer than the lease, and a message whose lease ends is given up."""
    for _ in range(3):
        kept(offer, google)
    google_line.forget_all()
    google.sick, google.token_asks = said, 0
    mario.client.push.all(offer.id, message="Hi")
    work()
    assert google.token_asks == 1
    assert [state for what, state, _ in updates(mario) if what == "message"] == ["queued"] * 3
    google.sick = None
    google_line.forget_all()  # the threads that tell have the real clock, on which no moment has passed
    work(clock.now() + timedelta(minutes=1))
    assert google.heard == ["Hi"] * 3


def test_a_worker_that_dies_repeats_states_and_no_messages(mario: Shop, offer: Offer, google: GoogleWallet) -> None:
    """Lesson 40."""
    code = kept(offer, google)
    offer.use(code)
    follow()
    mario.client.push.single(offer.id, couponsession=code, message="Hi")
    assert len(delivering.claim(64, at=clock.now())) == 2
    later = clock.now() + delivering.LEASE
    assert delivering.settle_dead(at=later) == 2 and delivering.settle_dead(at=later) == 0
    assert sorted(updates(mario)[1:]) == [("message", "unknown", "worker_died"), ("state", "queued", "worker_died")]
    work(later + timedelta(minutes=1))
    assert google.objects[name_of(offer, code)]["state"] == "COMPLETED" and google.messages == []


def test_a_card_and_its_stamps(mario: Shop, offer: Offer, google: GoogleWallet) -> None:
    lunch = club(mario)
    holder = lunch.joined()
    made = saved(pressed(path_of_holder(lunch, holder)))
    assert made["id"] == f"{ISSUER}.{mario.account.pk}-h{holder}"
    work()
    lunch.grant(holder, 3)
    follow()
    work()
    modules = {one["id"]: one["body"] for one in google.objects[made["id"]]["textModulesData"]}
    assert modules["balance"] == "3 of 10"
    mario.client.loyalty.push.all(lunch.id, message="Only today")
    work()
    assert google.heard == ["Only today"]


def test_neighbours_and_private_addresses(mario: Shop, lucia: Shop, offer: Offer, google: GoogleWallet) -> None:
    code = kept(offer, google)
    assert refused(lucia.client.push.single, offer.id, couponsession=code, message="x").codes == (502,)
    hers = lucia.campaign()
    with door(headers=PERSON) as client:
        assert client.post(f"{path_of(hers, hers.claimed())}/save").status_code == 404
        assert client.post(f"/p/{hers.code}/{code}/save").status_code == 404
    offer.use(code)
    follow()
    with override_settings(TEAROFF_OUTBOUND_ALLOW=()):
        work()
    assert updates(mario)[-1] == ("state", "failed", "private_address")
