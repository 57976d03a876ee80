"""The demo street: believable, promised facts, and books that agree."""

import json
import re
import stat
from collections import Counter as Tally
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tearoff.accounts.models import Account, User
from tearoff.activity.models import Event
from tearoff.campaigns import schedule
from tearoff.campaigns.models import Campaign, Counter, Grant, OwnCode
from tearoff.coupons.models import CouponSession, PersonKey, Validation
from tearoff.dashboard import demo, demo_history
from tearoff.kit import clock
from tearoff.statistics import reports
from tests.dashboard.browsing import enter
from tests.world import door, phone


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def shop(folder: Path) -> dict[str, Any]:
    return demo.fill(folder)


@pytest.fixture(scope="module")
def main(shop: dict[str, Any]) -> Account:
    return Account.objects.get(api_clients__client_id=shop["client_id"])


@pytest.fixture(scope="module")
def street(main: Account) -> list[Campaign]:
    """All campaigns of the demo's accounts, made in the order of the accounts."""
    last = Account.objects.get(pk=main.pk + 4)
    return list(Campaign.objects.filter(account__in=range(main.pk, last.pk + 1)).order_by("pk"))


def first(shop: dict[str, Any]) -> Campaign:
    return Campaign.objects.get(code=shop["campaigns"][0]["code"])


# What is promised (architecture.md 9)


def test_the_facts_are_texts_and_open_what_they_promise(shop: dict[str, Any]):
    assert set(shop) == {
        "client_id",
        "client_secret",
        "owner_email",
        "owner_password",
        "location_password",
        "campaigns",
    }
    for address in demo.more_addresses(shop["client_id"]).values():
        assert phone().get(address).status_code == 200
    assert all(isinstance(value, str) for name, value in shop.items() if name != "campaigns")
    assert all(
        set(row) == {"id", "code", "url"} and all(isinstance(value, str) for value in row.values())
        for row in shop["campaigns"]
    )
    assert re.fullmatch(r"[0-9]{4,6}", shop["location_password"])
    assert enter(shop["owner_email"], shop["owner_password"]).get("/admin/").status_code == 200


def test_the_first_campaign_is_the_one_scripts_and_visitors_rely_on(shop: dict[str, Any], main: Account):
    offer = first(shop)

    active = main.campaigns.filter(status="active", is_template=False, deleted_at=None).order_by("pk")
    assert offer == active.first() and shop["campaigns"][0]["id"] == f"cam_{offer.pk}"
    assert schedule.shown_status(offer, clock.now() + timedelta(days=364)) == "active"
    assert (offer.max_claims, offer.max_validations, offer.max_claims_per_day) == (None, None, None)
    assert (offer.hours, offer.uses_own_codes, offer.uses_per_session, offer.unique_fields) == ([], False, 1, [])
    assert offer.by_password and offer.by_scan and not offer.single_use_only and offer.after_claim is None
    assert not Counter.objects.filter(campaign=offer).exists()
    assert not any(field.get("required") for field in offer.form) and offer.consents == []
    assert (offer.title, offer.coupon_value) == ("Slice of the day, on us", "€ 4.50")
    assert sorted(place.name for place in offer.locations.all()) == ["Shop Harbour", "Shop North"]


def test_a_visitor_claims_it_and_the_location_password_uses_it_once(shop: dict[str, Any]):
    path = f"/p/{shop['campaigns'][0]['code']}"
    with phone() as ann:
        page = ann.get(path)
        assert page.status_code == 200 and "Slice of the day, on us" in page.text
        here = page.url.path
        assert ann.post(here, data={"firstname": "Ann"}).status_code == 200
        use = ann.get(f"{here}/use")
        form = dict(re.findall(r'name="([a-z_]+)"[^>]*value="([^"]*)"', use.text))
        assert "Used" in ann.post(f"{here}/use", data=form | {"password": shop["location_password"]}).text
    code = here.rsplit("/", 1)[1]
    used = CouponSession.objects.get(code=code)
    assert used.uses == 1 and Validation.objects.get(session=used.pk).location.name == "Shop North"  # type: ignore[union-attr]


def test_the_api_lists_it_first(shop: dict[str, Any]):
    keys = {"X-Client-Id": shop["client_id"], "X-Client-Secret": shop["client_secret"]}
    answer = door().post("/v3/coupon/list", json={"only_active": True}, headers=keys).json()

    assert shop["campaigns"][0]["id"] in json.dumps(answer)
    assert re.findall(r"cam_[0-9]+", json.dumps(answer))[0] == shop["campaigns"][0]["id"]


def test_a_second_call_tells_the_same_and_makes_nothing(shop: dict[str, Any], folder: Path):
    before = Account.objects.count(), CouponSession.objects.count(), Event.objects.count()

    assert demo.fill(folder) == shop

    assert (Account.objects.count(), CouponSession.objects.count(), Event.objects.count()) == before


def test_the_facts_lie_sealed_and_private(shop: dict[str, Any], folder: Path):
    (file,) = folder.iterdir()
    content = file.read_bytes()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for name in ("client_secret", "owner_password", "location_password", "client_id"):
        assert shop[name].encode() not in content
    assert not User.objects.filter(password=shop["owner_password"]).exists()


def test_a_filling_that_is_cut_off_leaves_nothing_and_the_next_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    before = Account.objects.count()

    def cut(self: demo_history.Plan) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(demo_history.Plan, "carry_out", cut)
        with pytest.raises(KeyboardInterrupt):
            demo.fill(tmp_path)
    assert Account.objects.count() == before and list(tmp_path.iterdir()) == []

    again = demo.fill(tmp_path)
    assert Account.objects.count() == before + 10
    assert again["owner_email"] != "owner@forno.example", "the street is there already, so this one logs in beside it"


def test_facts_written_before_a_commit_that_never_came_are_not_believed(tmp_path: Path, shop: dict[str, Any]):
    with transaction.atomic():
        lost = demo.fill(tmp_path)
        transaction.set_rollback(True)

    found = demo.fill(tmp_path)

    assert found["client_id"] != lost["client_id"]
    assert demo.fill(tmp_path) == found


def test_the_same_moment_tells_the_same_story_with_other_secrets(tmp_path: Path):
    at = clock.now()
    told = []
    with clock.moved(at):
        for name in ("one", "two"):
            facts = demo.fill(tmp_path / name)
            account = Account.objects.get(api_clients__client_id=facts["client_id"]).pk
            rows = Event.objects.filter(account__range=(account, account + 4)).values_list("kind", "at")
            told.append((Tally(rows), facts["location_password"], facts["client_secret"]))

    assert told[0][0] == told[1][0]
    assert told[0][1:] != told[1][1:]


# What is in it


def test_all_kinds_of_campaigns_are_there(street: list[Campaign], main: Account):
    states = Tally(schedule.shown_status(campaign, clock.now()) for campaign in street)
    assert states["template"] == 6 and states["draft"] == 1 and states["expired"] == 2 and states["active"] >= 9
    assert any(campaign.starts_at and campaign.starts_at > clock.now() for campaign in street)
    for setting in (
        "single_use_only",
        "uses_own_codes",
        "unique_fields",
        "hours",
        "consents",
        "max_claims",
        "folder_id",
    ):
        assert any(getattr(campaign, setting) for campaign in street), setting
    assert any(campaign.uses_per_session > 1 for campaign in street)
    (capped,) = [campaign for campaign in street if campaign.max_claims]
    assert 0 < capped.max_claims - Counter.objects.get(campaign=capped).claims <= 5, "nearly sold out"
    assert Grant.objects.filter(parent__company="North Street Studio", campaign__in=street).count() == 2


def test_some_hundred_people_came_and_everything_happened(street: list[Campaign], main: Account):
    sessions = CouponSession.objects.filter(campaign__in=street)
    assert 400 <= sessions.count() <= 900
    events = Event.objects.filter(account__range=(main.pk, main.pk + 4))
    kinds = set(events.values_list("kind", flat=True))
    assert {"coupon.opened", "coupon.claimed", "coupon.validated", "coupon.unvalidated", "coupon.voided", "coupon.locked",
            "coupon.refused", "link.made", "link.removed"} <= kinds  # fmt: skip
    reasons = set(events.filter(kind="coupon.refused").values_list("data__reason", flat=True))
    assert {"already_used", "expired", "person_has_one", "outside_hours", "wrong_password"} <= reasons
    assert sessions.filter(voided_at__isnull=False).exists() and sessions.filter(is_link=True, opened_at=None).exists()
    used_at = Tally(
        Validation.objects.filter(campaign__in=[c.pk for c in street]).values_list("location__name", flat=True)
    )
    assert used_at["Shop North"] > 10 and used_at["Shop Harbour"] > 10


def test_the_last_eight_weeks_are_told_and_nothing_of_tomorrow(street: list[Campaign], main: Account):
    times = sorted(Event.objects.filter(account__range=(main.pk, main.pk + 4)).values_list("at", flat=True))
    weeks = {(clock.now() - at).days // 7 for at in times}

    assert weeks >= set(range(8)) and times[0] > clock.now() - timedelta(weeks=9) and times[-1] <= clock.now()


# The books


def test_events_totals_and_ledgers_agree(street: list[Campaign]):
    for campaign in street:
        totals = reports.totals(campaign.pk)
        sessions = CouponSession.objects.filter(campaign=campaign)
        uses = Validation.objects.filter(campaign=campaign.pk, undone_at=None)
        assert totals == reports.recount(campaign.pk), campaign
        assert totals["made"] == sessions.count(), campaign
        assert totals["opened"] == sessions.filter(opened_at__isnull=False).count(), campaign
        assert totals["claimed"] == sessions.filter(claimed_at__isnull=False).count(), campaign
        assert totals["validated"] == uses.count() == sum(sessions.values_list("uses", flat=True)), campaign
        assert totals["voided"] == sessions.filter(voided_at__isnull=False).count(), campaign


def test_counters_codes_and_persons_agree_with_the_ledgers(street: list[Campaign]):
    for campaign in street:
        sessions = CouponSession.objects.filter(campaign=campaign)
        claimed = sessions.filter(claimed_at__isnull=False).count()
        counter = Counter.objects.filter(campaign=campaign).first()
        if counter is not None:
            uses = Validation.objects.filter(campaign=campaign.pk, undone_at=None).count()
            assert (counter.claims, counter.validations) == (claimed, uses), campaign
        if campaign.uses_own_codes:
            given = OwnCode.objects.filter(campaign=campaign).exclude(state="free")
            assert given.count() == claimed and set(given.values_list("session", flat=True)) == set(
                sessions.filter(claimed_at__isnull=False).values_list("pk", flat=True)
            )
        if campaign.unique_fields:
            assert PersonKey.objects.filter(campaign=campaign.pk).count() == claimed


def test_an_act_that_ends_otherwise_than_planned_stops_the_filling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The control: the story is checked while it is told, so the books above agree with what was planned."""
    monkeypatch.setattr(
        demo_history, "_pizzeria", lambda plan, shop: demo_history.Crowd(shop, "next", visitors=1).visits(plan)
    )

    with pytest.raises(RuntimeError, match="could not open Truffle week: not_started"):
        demo.fill(tmp_path)
