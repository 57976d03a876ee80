"""The consumer's loyalty pages: joining, collecting, choosing; a GET writes nothing, and nobody else's card is there."""

import re
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from tearoff.activity.models import Event
from tearoff.kit import clock, sql
from tearoff.loyalty import cards
from tearoff.loyalty.models import Earned, Holder
from tests.street.loyalty import Club, club
from tests.world import PERSON, Shop, phone

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
BOT = PERSON | {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}


def address(lunch: Club, holder: int) -> str:
    return f"/l/{lunch.card.code}/{lunch.holder(holder).key}"


def fields(page: httpx.Response) -> dict[str, str]:
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))


def rows() -> tuple[int, ...]:
    found = sql.one(
        "select (select count(*) from loyalty_holder), (select count(*) from loyalty_entry), "
        "(select count(*) from loyalty_earned), (select count(*) from coupon_session), (select count(*) from event)"
    )
    assert found is not None
    return found


def test_joining_by_form_makes_one_card_and_the_phone_finds_it_again(mario: Shop, ann: httpx.Client) -> None:
    lunch = club(mario, form=[{"name": "firstname", "required": True}, {"name": "email", "required": True}])
    page = ann.get(f"/l/{lunch.card.code}")
    wrong = ann.post(f"/l/{lunch.card.code}", data=fields(page) | {"firstname": "Ann <b>", "email": "ann"})
    assert (
        wrong.status_code == 422
        and "Ann &lt;b&gt;" in wrong.text
        and not Holder.objects.filter(card=lunch.card).exists()
    )
    typed = fields(wrong) | {"firstname": "Ann", "email": "ann@example.org"}
    joined = ann.post(f"/l/{lunch.card.code}", data=typed)
    again = ann.post(f"/l/{lunch.card.code}", data=typed)

    held = Holder.objects.get(card=lunch.card)
    assert joined.url.path == again.url.path == address(lunch, held.pk)
    assert (held.first_name, held.email, held.email_key) == ("Ann", "ann@example.org", "ann@example.org")
    assert held.code in joined.text and "0 / 10" in joined.text
    assert ann.get(f"/l/{lunch.card.code}").url.path == address(lunch, held.pk)
    with phone() as other:
        assert other.get(f"/l/{lunch.card.code}").url.path == f"/l/{lunch.card.code}"


@pytest.mark.parametrize("typed", ["1990-W22-4", "19900531", "1990-02-30", "31-05-1990", "１９９０-05-31"])
def test_a_birth_date_that_is_none_is_said_and_not_stored(mario: Shop, ann: httpx.Client, typed: str) -> None:
    """Python reads weeks and dates without dashes, too; the database does not."""
    lunch = club(mario, form=[{"name": "birthday"}])
    page = ann.get(f"/l/{lunch.card.code}")
    answer = ann.post(f"/l/{lunch.card.code}", data=fields(page) | {"birthday": typed})
    assert answer.status_code == 422 and "1990-05-31" in answer.text
    assert ann.post(f"/l/{lunch.card.code}", data=fields(answer) | {"birthday": "1990-05-31"}).status_code == 200
    assert [held.birthday for held in Holder.objects.filter(card=lunch.card)] == [date(1990, 5, 31)]


def test_a_card_without_a_form_is_one_press_away(mario: Shop, ann: httpx.Client) -> None:
    lunch = club(mario)
    page = ann.get(f"/l/{lunch.card.code}")
    joined = ann.post(f"/l/{lunch.card.code}", data=fields(page))
    held = Holder.objects.get(card=lunch.card)
    assert joined.url.path == address(lunch, held.pk)
    assert held.first_name == ""


def test_stamps_rewards_and_the_ledger_are_shown(mario: Shop, ann: httpx.Client) -> None:
    lunch = club(mario, title="Lunch club", art="pizza")
    offer = mario.campaign("Free drink")
    lunch.reward(5, "Free drink", offer), lunch.reward(10, "Free lunch")
    north = lunch.at_location()
    holder = lunch.joined(first_name="Ann", at=NOON)
    with clock.moved(NOON):
        lunch.grant(holder, 4, NOON, location=north)
        page = ann.get(address(lunch, holder))
        assert "One more stamp and it is yours: Free drink" in page.text
        assert page.text.count("stamp given") == 4 and page.text.count('"stamp gift"') == 2
        assert "4 / 10" in page.text and "4 stamps" in page.text and "Shop North" in page.text
        assert page.text.count("stamp given fresh") == 4
        assert re.search(r"1 to go|One to go", page.text) and "6 to go" in page.text

    later = NOON + timedelta(minutes=1)
    with clock.moved(later):
        tag = re.search(r"live\?seen=(\w+)", page.text)
        assert tag
        assert ann.get(f"{address(lunch, holder)}/live?seen={tag[1]}").status_code == 204
        lunch.grant(holder, 1, later)
        fresh = ann.get(f"{address(lunch, holder)}/live?seen={tag[1]}")
        [earned] = lunch.earned(holder)
        assert fresh.status_code == 200 and fresh.text.count(" fresh") == 1
        assert f"/p/{offer.code}/{earned.session_code}" in fresh.text and "Ready for you: Free drink" in fresh.text
        coupon = ann.get(f"/p/{offer.code}/{earned.session_code}")
        assert coupon.status_code == 200 and earned.session_code[:6] in coupon.text
        offer.use(earned.session_code, later)
        assert ">Used<" in ann.get(address(lunch, holder)).text


@pytest.mark.parametrize("kind", ["points", "reward", "membership"])
def test_the_other_kinds_of_card(mario: Shop, ann: httpx.Client, kind: str) -> None:
    card = club(mario, kind=kind, goal=200 if kind == "points" else None)
    if kind != "membership":
        card.reward(50, "Mug")
    holder = card.joined(first_name="Ann")
    card.grant(holder, 80)
    page = ann.get(address(card, holder))
    said = {"points": "80 / 200", "reward": "You have enough for a reward", "membership": "You are a member"}[kind]
    assert said in page.text
    assert card.holder(holder).code in page.text


def test_choosing_asks_first_and_a_double_tap_pays_once(mario: Shop, ann: httpx.Client) -> None:
    gifts = club(mario, kind="reward")
    mug, bag = gifts.reward(100, "Mug"), gifts.reward(250, "Bag")
    holder = gifts.joined()
    gifts.grant(holder, 120)
    page, here = ann.get(address(gifts, holder)), address(gifts, holder)
    assert f"{here}/choose/{mug.pk}" in page.text and f"choose/{bag.pk}" not in page.text and "130 to go" in page.text
    assert ann.get(f"{here}/choose/{bag.pk}").url.path == here

    question = ann.get(f"{here}/choose/{mug.pk}")
    assert "100 of your 120" in question.text and gifts.balance(holder) == 120
    for _ in range(2):
        assert ann.post(f"{here}/choose/{mug.pk}", data=fields(question)).url.path == here
    assert gifts.balance(holder) == 20
    assert len(gifts.earned(holder)) == 1

    refused = ann.post(f"{here}/choose/{mug.pk}", data={"key": "another-key", "price": "100"})
    assert refused.status_code == 409 and "not enough points" in refused.text
    gifts.grant(holder, 500)
    changed = ann.post(f"{here}/choose/{bag.pk}", data={"key": "one-more-key", "price": "200"})
    assert changed.status_code == 409 and "has changed" in changed.text
    assert gifts.balance(holder) == 520
    assert ann.post(f"{here}/choose/{bag.pk}", data={}).url.path == f"{here}/choose/{bag.pk}", (
        "without a key it is asked again"
    )
    assert gifts.balance(holder) == 520


def test_a_reward_that_waits_can_be_collected_later(mario: Shop, ann: httpx.Client) -> None:
    lunch, drink = club(mario), mario.campaign("Free drink", status="inactive")
    lunch.reward(1, offer=drink)
    holder = lunch.joined()
    lunch.grant(holder, 1)
    assert "It stays yours" in ann.get(address(lunch, holder)).text
    ann.post(f"{address(lunch, holder)}/collect")
    assert lunch.earned(holder)[0].session is None
    drink.set(status="active")
    page = ann.post(f"{address(lunch, holder)}/collect")
    assert f"/p/{drink.code}/{lunch.earned(holder)[0].session_code}" in page.text


def test_looking_writes_nothing_whoever_looks(mario: Shop, ann: httpx.Client) -> None:
    gifts = club(mario, kind="reward")
    mug = gifts.reward(10, "Mug")
    holder = gifts.joined(first_name="Annabel")
    gifts.grant(holder, 50)
    before = rows()
    for path in (f"/l/{gifts.card.code}", here := address(gifts, holder), f"{here}/live", f"{here}/choose/{mug.pk}"):
        for method, headers in (("GET", PERSON), ("HEAD", PERSON), ("GET", BOT), ("GET", {"Sec-Purpose": "prefetch"})):
            for _ in range(5):
                assert ann.request(method, path, headers=headers).status_code == 200
    assert rows() == before
    assert (
        "Annabel" not in ann.get(here, headers=BOT).text
        and gifts.holder(holder).code not in ann.get(here, headers=BOT).text
    )
    assert "<form" not in ann.get(f"/l/{gifts.card.code}", headers=BOT).text


def test_what_is_not_there_looks_all_the_same(mario: Shop, lucia: Shop, ann: httpx.Client) -> None:
    lunch, other, hers = club(mario), club(mario), club(lucia)
    holder, foreign = lunch.joined(), hers.joined()
    key, foreign_key = lunch.holder(holder).key, hers.holder(foreign).key
    draft, off, gone = club(mario, status="draft"), club(mario, status="inactive"), club(mario)
    kept = off.holder(off.joined()).key
    cards.delete_card(card=gone.card, actor="test", at=clock.now())
    expired = club(lucia)
    lucia.account.status = "expired"
    lucia.account.save()
    pages = [
        ann.get(path)
        for path in (
            "/l/zzzzzz", f"/l/{lunch.card.code}/{'z' * 21}", f"/l/{lunch.card.code}/{key[:6]}", f"/l/{other.card.code}/{key}",
            f"/l/{lunch.card.code}/{foreign_key}", f"/l/{draft.card.code}", f"/l/{off.card.code}", f"/l/{off.card.code}/{kept}",
            f"/l/{gone.card.code}", f"/l/{expired.card.code}", f"/l/{lunch.card.code}/{key[:-1]}{'2' if key[-1] != '2' else '3'}",
        )
    ]  # fmt: skip
    assert {page.status_code for page in pages} == {404}
    assert len({page.content for page in pages}) == 1


def test_a_voided_card_says_so_and_takes_no_press(mario: Shop, ann: httpx.Client) -> None:
    gifts = club(mario, kind="reward")
    mug = gifts.reward(10, "Mug")
    holder = gifts.joined(first_name="Annabel")
    gifts.grant(holder, 50)
    gifts.hold(holder, True)
    page = ann.get(address(gifts, holder))
    assert (
        page.status_code == 200 and "This card is not valid" in page.text and gifts.holder(holder).code not in page.text
    )
    tried = ann.post(f"{address(gifts, holder)}/choose/{mug.pk}", data={"key": "some-key-1", "price": "10"})
    assert tried.status_code == 409 and not Earned.objects.filter(holder=holder).exists()
    gifts.hold(holder, False)
    assert "You have enough" in ann.get(address(gifts, holder)).text


def test_another_site_cannot_press(mario: Shop, ann: httpx.Client) -> None:
    gifts = club(mario, kind="reward")
    mug = gifts.reward(10, "Mug")
    holder = gifts.joined()
    gifts.grant(holder, 50)
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for path in (
        f"/l/{gifts.card.code}",
        f"{address(gifts, holder)}/collect",
        f"{address(gifts, holder)}/choose/{mug.pk}",
    ):
        assert ann.post(path, data={"key": "some-key-1", "price": "10"}, headers=foreign).status_code == 403
    assert gifts.balance(holder) == 50
    assert ann.request("DELETE", address(gifts, holder)).status_code == 405
    assert ann.post(address(gifts, holder)).headers["Allow"] == "GET, HEAD"


def test_pages_keep_the_policy_and_escape_what_strangers_wrote(mario: Shop, ann: httpx.Client) -> None:
    lunch = club(mario, title="<script>x</script>", description="<img src=x onerror=y><b>bold</b>")
    lunch.reward(5, "<i>Drink</i>")
    holder = lunch.joined(first_name="<u>Ann</u>")
    for path in (f"/l/{lunch.card.code}", address(lunch, holder)):
        page = ann.get(path)
        assert "<script>x" not in page.text and "onerror" not in page.text and "<i>Drink" not in page.text
        assert "<u>Ann" not in page.text and "style=" not in page.text and not re.search(r"<script(?! src)", page.text)
        assert "object-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Referrer-Policy"] == "no-referrer" and page.headers["Cache-Control"] == "no-store"


def test_the_event_of_joining_is_told_once(mario: Shop, ann: httpx.Client) -> None:
    lunch = club(mario)
    page = ann.get(f"/l/{lunch.card.code}")
    for _ in range(2):
        ann.post(f"/l/{lunch.card.code}", data=fields(page))
    assert Event.objects.filter(account=mario.account.pk, kind="loyalty.registered").count() == 1
