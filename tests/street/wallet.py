"""A shop that makes passes, and a worker that a test drives step by step."""

from datetime import datetime

from tearoff.kit import clock, sql
from tearoff.loyalty.models import Holder
from tearoff.wallet import connecting, delivering, following
from tearoff.wallet.models import Update
from tests.street.apple import PassFile, apple_settings, opened
from tests.street.google import google_settings
from tests.street.loyalty import Club
from tests.world import Offer, Shop, phone

BASE = "https://tearoff.example"


def with_apple(shop: Shop, base: str = "", **settings: str) -> None:
    servers = {"api_base": base} if base else {}
    made = apple_settings(**settings) | servers
    connecting.connect(shop.account.pk, "apple", made, at=clock.now(), actor="test")


def with_google(shop: Shop, base: str = "") -> None:
    connecting.connect(shop.account.pk, "google", google_settings(base), at=clock.now(), actor="test")


def path_of(offer: Offer, code: str) -> str:
    return f"/p/{offer.code}/{code}"


def path_of_holder(club: Club, holder: int) -> str:
    return f"/l/{club.card.code}/{Holder.objects.get(pk=holder).key}"


def downloaded(path: str) -> PassFile:
    """The pass file behind the address of a coupon's or card's page."""
    with phone() as client:
        answer = client.get(f"{path}/pass")
    assert answer.status_code == 200, answer.status_code
    assert answer.headers["content-type"] == "application/vnd.apple.pkpass"
    return opened(answer.content)


def follow() -> None:
    """Read all events that wait."""
    while following.take():
        pass


def work(at: datetime | None = None) -> int:
    """Tell wallets what is due at a moment, until nothing is; how many updates that were."""
    at, count = at or clock.now(), 0
    while jobs := delivering.claim(64, at=at):
        for job, result in delivering.told(jobs):
            delivering.record(job, result, at=at)
        count += len(jobs)
    return count


def updates(shop: Shop) -> list[tuple[str, str, str]]:
    """What, state, outcome, in order."""
    found = Update.objects.filter(account=shop.account).order_by("pk")
    return [(one.what, one.state, one.outcome) for one in found]


def quiet() -> None:
    """Nothing of earlier tests, which share this database, is told while this test looks."""
    sql.run("delete from outbox where reader = 'wallet'")
    sql.run("delete from throttle where starts_with(key, 'wallet ')")
    sql.run(
        "update wallet_update set state = 'failed', outcome = 'test', leased_until = null where state in ('queued', 'sending')"
    )
