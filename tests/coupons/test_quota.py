"""What a package's limit on user interactions stops, and what it never stops (product.md 4.19 and section 5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from django.core import mail
from django.test import override_settings

from tearoff.accounts import interactions, ownermail, packages
from tearoff.accounts.models import InteractionMonth, OwnerMail, Package
from tearoff.coupons import opening
from tearoff.coupons.models import CouponSession
from tearoff.coupons.outcomes import Outcome, Refusal
from tearoff.kit import clock, sql
from tearoff.statistics import rollup
from tests.street.loyalty import club
from tests.street.rivals import race
from tests.world import Offer, Shop, open_shop, phone

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


def package_of(parent: Shop, most: int) -> Package:
    return Package.objects.create(account=parent.account, name=f"P{most}", max_interactions=most)


def give(shop: Shop, package: Package) -> None:
    shop.account.package = package
    shop.account.save()


def limited(parent: Shop, most: int) -> Shop:
    """A client of the parent with so many interactions a month."""
    shop = open_shop("Roma", parent=parent.account)
    give(shop, package_of(parent, most))
    return shop


def roll_up() -> None:
    while rollup.roll_up():
        pass


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


def test_all_accounts_are_metered_and_no_verb_of_one_without_a_limit_writes_a_count(mario: Shop) -> None:
    offer, lunch = mario.campaign(), club(mario)
    holder = lunch.joined()
    code = offer.claimed(NOON)
    offer.validate(code, NOON)
    opening.open_session(account=mario.account.pk, code=offer.link(), at=NOON)
    opening.visit(campaign_code=offer.code, cookie=None, person=False, customid=None, details={}, source="", at=NOON)
    lunch.grant(holder, 2, NOON)
    lunch.grant(holder, -1, NOON)
    lunch.grant(holder, 1, NOON, reverses=2)
    assert not InteractionMonth.objects.filter(account=mario.account.pk).exists()
    assert interactions.used(mario.account, NOON) == 3, "two openings and one giving"

    roll_up()

    assert interactions.used(mario.account, NOON) == 3
    row = InteractionMonth.objects.get(account=mario.account.pk)
    assert (row.metered, row.amount, row.month) == (3, 0, date(2026, 3, 1))
    assert interactions.used(mario.account, datetime(2026, 4, 1, tzinfo=UTC)) == 0


def test_months_are_those_of_the_accounts_clock(mario: Shop) -> None:
    offer = mario.campaign()
    before, after = datetime(2026, 3, 31, 21, 59, tzinfo=UTC), datetime(2026, 3, 31, 22, 0, tzinfo=UTC)
    assert visit(offer, before).made and visit(offer, after).made
    for _ in range(2):
        assert (interactions.used(mario.account, before), interactions.used(mario.account, after)) == (1, 1)
        roll_up()


def test_a_limit_set_within_a_month_goes_on_from_what_was_metered(mario: Shop) -> None:
    roma = open_shop("Roma", parent=mario.account)
    offer = roma.campaign()
    for _ in range(3):
        visit(offer)
    roll_up()
    give(roma, package_of(mario, 4))

    assert visit(offer).made
    assert visit(offer).refusal is Refusal.QUOTA
    roll_up()
    assert interactions.usage(roma.account, NOON) == (4, 4)


def test_the_roll_up_counts_a_limited_account_once(mario: Shop) -> None:
    roma = limited(mario, 5)
    offer = roma.campaign()
    for _ in range(4):
        visit(offer)
        roll_up()
    assert interactions.used(roma.account, NOON) == 4
    assert [visit(offer).refusal for _ in range(2)] == [None, Refusal.QUOTA]


def told(shop: Shop) -> list[tuple[str, int, int]]:
    letters = OwnerMail.objects.filter(account=shop.account, kind__startswith="quota").order_by("pk")
    return [(letter.kind, letter.data["used"], letter.data["most"]) for letter in letters]


def test_the_owner_is_told_once_at_80_percent_and_once_at_the_limit(mario: Shop) -> None:
    roma = limited(mario, 5)
    offer = roma.campaign()
    seen = [(visit(offer), told(roma))[1] for _ in range(7)]

    near, reached = ("quota_near", 4, 5), ("quota_reached", 5, 5)
    assert seen == [[], [], [], [near], [near, reached], [near, reached], [near, reached]]
    visit(offer, datetime(2026, 4, 1, tzinfo=UTC))
    assert len(told(roma)) == 2, "a new month begins in silence"


def test_a_limit_that_is_raised_or_lowered_is_told_of_anew(mario: Shop) -> None:
    roma = limited(mario, 2)
    offer = roma.campaign()
    for _ in range(3):
        visit(offer)
    assert told(roma) == [("quota_reached", 2, 2)], "80 % of two is two"
    package = roma.account.package
    assert package is not None
    packages.update(package, {"max_interactions": 5}, actor="operator", at=NOON)
    visit(offer), visit(offer)
    packages.update(package, {"max_interactions": 3}, actor="operator", at=NOON)
    assert visit(offer).refusal is visit(offer).refusal is Refusal.QUOTA
    assert told(roma)[1:] == [("quota_near", 4, 5), ("quota_reached", 3, 3)]


def test_of_many_who_reach_the_limit_at_once_one_mail_comes(mario: Shop) -> None:
    roma = limited(mario, 5)
    offers = [roma.campaign(f"Offer {number}") for number in range(4)]
    race([lambda offer=offer: visit(offer) for offer in offers * 2])
    assert [kind for kind, _, _ in told(roma)] == ["quota_near", "quota_reached"]


def test_the_mails_say_how_many_and_until_when(mario: Shop) -> None:
    roma = limited(mario, 5)
    offer = roma.campaign()
    for _ in range(5):
        visit(offer)
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        mail.outbox = []
        while ownermail.send_due(100, at=clock.now()):
            pass
    near, reached = (letter for letter in mail.outbox if letter.to == [roma.email])
    assert near.subject == "80 % of this month's interactions are used"
    assert "4 of the 5 interactions that Roma may have in 2026-03" in near.body
    assert "All of the 5 interactions" in reached.body and "until 2026-04-01" in reached.body


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
    guard = "and (not p_enforced or greatest(i.amount, i.metered) < v_most)"
    assert guard in row[0]
    naked = (
        row[0]
        .replace(guard, "")
        .replace(
            "    update interaction_month i",
            "    if p_enforced and (select n.amount from interaction_month n where n.account = p_account and n.month = v_month) "
            ">= v_most then return false; end if;\n    perform pg_sleep(0.05);\n    update interaction_month i",
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
