"""What a package's limit on user interactions stops, and what it never stops (product.md 4.19 and section 5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from tearoff.accounts import interactions
from tearoff.accounts.models import InteractionMonth, Package
from tearoff.coupons import opening
from tearoff.coupons.models import CouponSession
from tearoff.coupons.outcomes import Outcome, Refusal
from tearoff.kit import clock, sql
from tests.street.loyalty import club
from tests.street.rivals import race
from tests.world import Offer, Shop, open_shop, phone

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


def limited(parent: Shop, most: int | None) -> Shop:
    """A client of the parent with so many interactions a month."""
    shop = open_shop("Roma", parent=parent.account)
    shop.account.package = Package.objects.create(account=parent.account, name=f"P{most}", max_interactions=most)
    shop.account.save()
    return shop


def visit(offer: Offer, at: datetime = NOON) -> opening.Visit:
    return opening.visit(
        campaign_code=offer.code, cookie=None, person=True, customid=None, details={}, source="", at=at
    )


def sessions(offer: Offer) -> int:
    return CouponSession.objects.filter(campaign=offer.campaign).count()


def test_beyond_the_limit_nothing_new_opens_and_what_is_claimed_is_validated(mario: Shop) -> None:
    roma = limited(mario, 2)
    offer, other = roma.campaign(), roma.campaign("Other")
    claimed = offer.claimed(NOON)
    assert visit(other).made
    refused = visit(offer)
    assert (refused.refusal, refused.session_code) == (Refusal.QUOTA, None)
    assert sessions(offer) == 1, "a refusal leaves nothing behind"
    offer.use(claimed, NOON)
    assert interactions.used(roma.account, NOON) == 2
    assert visit(offer, datetime(2026, 4, 1, tzinfo=UTC)).made, "the next month begins on the account's clock"


def test_links_are_made_but_do_not_open_and_cannot_be_claimed_past_it(mario: Shop) -> None:
    roma = limited(mario, 1)
    offer = roma.campaign(unique_fields=["email"])
    offer.opened(NOON)
    code = roma.client.links.create(offer.id, email="ann@example.org").single_use_code
    assert opening.open_session(account=roma.account.pk, code=code, at=NOON).refusal is Refusal.QUOTA
    assert offer.claim(code, NOON).refusal is Refusal.QUOTA
    row = offer.session(code)
    assert (row.opened_at, row.claimed_at) == (None, None)
    used = roma.client.sessions.update(couponsession=code, status="validated")
    assert used.data.status.validated == "1", "a till is never stopped"


def test_people_see_a_neutral_page_and_the_same_when_they_come_back(mario: Shop) -> None:
    roma = limited(mario, 1)
    offer = roma.campaign()
    first = phone()
    opened = first.get(f"/p/{offer.code}")
    assert opened.status_code == 200
    link = offer.link()
    for address in (f"/p/{offer.code}", f"/p/{offer.code}/{link}"):
        page = phone().get(address)
        assert (page.status_code, "Not available right now" in page.text) == (200, True), address
        assert "Free slice" in page.text or "quota" not in page.text.lower()
    assert "Not available right now" not in first.get(f"/p/{offer.code}").text, "who has a session keeps it"


def test_stamps_count_and_are_never_refused(mario: Shop) -> None:
    roma = limited(mario, 2)
    lunch = club(roma)
    holder = lunch.joined()
    assert all(lunch.grant(holder, 1, NOON).ok for _ in range(3))
    assert lunch.grant(holder, -1, NOON).ok
    assert interactions.used(roma.account, NOON) == 3
    assert visit(roma.campaign()).refusal is Refusal.QUOTA


def test_an_account_without_a_limit_has_no_row(mario: Shop) -> None:
    offer = mario.campaign()
    assert visit(offer).made and interactions.used(mario.account, NOON) == 0
    assert not InteractionMonth.objects.filter(account=mario.account.pk).exists()


def test_lesson_3_of_many_who_open_different_coupons_at_once_no_more_than_the_limit_get_in(mario: Shop) -> None:
    roma = limited(mario, 3)
    offers = [roma.campaign(f"Offer {number}") for number in range(3)]
    results = race([lambda offer=offer: visit(offer) for offer in offers * 4])
    assert sorted(str(one.refusal) for one in results) == ["None"] * 3 + ["quota"] * 9  # type: ignore[union-attr]
    assert interactions.used(roma.account, NOON) == sum(map(sessions, offers)) == 3


@contextmanager
def unguarded() -> Iterator[None]:
    """The negative control: the limit is read first and counted later."""
    row = sql.one("select pg_get_functiondef('interaction_taken'::regproc)")
    assert row is not None
    guard = "and (not p_enforced or m.amount < v_most)"
    assert guard in row[0]
    naked = (
        row[0]
        .replace(guard, "")
        .replace(
            "    update interaction_month m",
            "    if p_enforced and (select n.amount from interaction_month n where n.account = p_account and n.month = v_month) "
            ">= v_most then return false; end if;\n    perform pg_sleep(0.05);\n    update interaction_month m",
        )
    )
    assert naked != row[0]
    sql.run(naked.replace("%", "%%"))
    try:
        yield
    finally:
        sql.run(row[0].replace("%", "%%"))


def test_without_the_guarded_count_more_get_in(mario: Shop) -> None:
    roma = limited(mario, 3)
    offers = [roma.campaign(f"Offer {number}") for number in range(3)]
    visit(offers[0]), visit(offers[1])
    with unguarded():
        results = race([lambda offer=offer: visit(offer) for offer in offers * 3])
    assert sum(isinstance(one, opening.Visit) and one.made for one in results) > 1


def test_a_refused_claim_tells_of_the_session_it_was_about(mario: Shop) -> None:
    offer = mario.campaign(unique_fields=["email"])
    details = {"customer": {"email": "ann@example.org"}, "email_key": "ann@example.org"}
    offer.claimed(clock.now(), **details)
    code = offer.opened(clock.now())
    outcome: Outcome = offer.claim(code, clock.now(), **details)
    assert outcome.refusal is Refusal.PERSON_HAS_ONE
    assert outcome.session is not None and outcome.session.code == code
