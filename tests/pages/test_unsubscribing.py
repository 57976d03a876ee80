"""The page at the end of every e-mail: a GET asks, a press acts, the way back is there, and nobody guesses an address."""

from html import unescape

import httpx
import pytest

from tearoff.activity.models import Event
from tearoff.kit import clock, sealing
from tearoff.messaging import contacts, optouts, unsubscribing
from tearoff.messaging.models import Contact, Message, OptOut
from tests.street.messaging import connect, now, queued, quiet, work
from tests.world import Shop, refused

ANN = "ann@example.org"


@pytest.fixture(autouse=True)
def quiet_street() -> None:
    quiet()


def path(shop: Shop, key: str = ANN) -> str:
    return unsubscribing.path(shop.account.pk, key)


def is_out(shop: Shop, channel: str = "mail") -> bool:
    return optouts.is_out(shop.account.pk, channel, "32470000001" if channel == "sms" else ANN)


def test_looking_changes_nothing_and_a_press_ends_it(mario: Shop, lucia: Shop, ann: httpx.Client) -> None:
    connect(mario, "mail"), connect(lucia, "mail"), connect(mario, "sms")
    offer, hers = mario.campaign(), lucia.campaign()
    group = contacts.add_group(mario.account.pk, "email", "News", at=clock.now(), actor="test")
    address = contacts.address("email", "Ann@Example.org", "")
    assert address
    contact, _ = contacts.put(group, address, {}, at=clock.now(), actor="test")
    waiting, here = queued(offer, "Ann@example.org", "mail"), path(mario)

    for method in ("GET", "HEAD", "GET"):
        assert ann.request(method, here).status_code == 200
    assert "No more e-mail from Mario's Pizzeria?" in unescape(ann.get(here).text) and not is_out(mario)

    for _ in range(2):
        page = ann.post(here, data={"act": "out"})
        assert (
            page.status_code == 200
            and "You get no more e-mail from Mario's Pizzeria" in unescape(page.text)
            and ANN in page.text
        )
    assert is_out(mario) and not is_out(mario, "sms") and not is_out(lucia)
    assert Contact.objects.get(pk=contact.pk).state == "unsubscribed"
    assert OptOut.objects.get(account=mario.account).reason == "unsubscribed"
    assert Event.objects.filter(account=mario.account.pk, kind="recipient.opted_out").count() == 1
    work()
    assert (now(waiting).state, waiting.outcome) == ("failed", "opted_out"), "what was queued before is not sent either"
    assert refused(queued, offer, ANN, "mail").reasons == ("opted_out",)
    queued(offer), queued(hers, ANN, "mail")


def test_the_way_back(mario: Shop, ann: httpx.Client) -> None:
    connect(mario, "mail")
    here, offer = path(mario), mario.campaign()
    ann.post(here)
    assert "I want it back" in ann.get(here).text
    page = ann.post(here, data={"act": "again"})
    assert "You get e-mail from Mario's Pizzeria again" in unescape(page.text) and not is_out(mario)
    queued(offer, ANN, "mail")
    assert Message.objects.filter(account=mario.account, state="queued").count() == 1


def test_what_is_no_address_of_ours(mario: Shop, ann: httpx.Client) -> None:
    other = sealing.seal(f'["reset", {mario.account.pk}, "{ANN}"]').decode()
    nobody = unsubscribing.path(10**15, ANN)
    good = path(mario)
    for wrong in (
        "/u/x",
        "/u/",
        f"/u/{other}",
        f"/u/{sealing.seal('x').decode()}",
        nobody,
        good[:-4],
        good[:30] + "A" + good[31:],
    ):
        for answer in (ann.get(wrong), ann.post(wrong, data={"List-Unsubscribe": "One-Click"})):
            assert answer.status_code == 404 and answer.text == ann.get("/u/none").text, "all of them look the same"
            assert "Open it once more from the e-mail" in answer.text
    assert not OptOut.objects.filter(account=mario.account).exists()
    assert ann.put(good).status_code == 405


def test_another_site_does_not_bring_it_back(mario: Shop, ann: httpx.Client) -> None:
    ann.post(path(mario))
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert ann.post(path(mario), data={"act": "again"}, headers=foreign).status_code == 403
    assert is_out(mario)


def test_who_is_blocked_is_left_all_the_same(mario: Shop, ann: httpx.Client) -> None:
    mario.account.status = "blocked"
    mario.account.save()
    assert ann.post(path(mario)).status_code == 200 and is_out(mario)


def test_the_longest_address_in_any_script_has_a_way_out(mario: Shop, ann: httpx.Client) -> None:
    assert ann.get(path(mario, f"ann@{'é' * 240}.example")).status_code == 200
