"""Campaigns as an operator makes, switches, copies and removes them."""

from typing import Any

from tearoff.activity.models import Event
from tearoff.campaigns.models import Campaign
from tests.dashboard.browsing import Operator, errors_in
from tests.world import Offer, Shop, open_shop

LIST = "/admin/campaigns/campaign/"


def act(olga: Operator, action: str, *offers: Offer, **more: str) -> str:
    """Choose an action for some rows of the list; what the next page says."""
    form = olga.form(LIST, "action")
    typed: dict[str, Any] = {"action": action, "_selected_action": [offer.campaign.pk for offer in offers]} | more
    answer = olga.client.post(LIST, data=form.typed(typed))
    page = olga.get(LIST) if answer.status_code == 302 else answer
    for offer in offers:
        offer.campaign.refresh_from_db()
    return page.text


def kinds(offer: Offer) -> list[str]:
    return list(Event.objects.filter(campaign=offer.campaign.pk).order_by("id").values_list("kind", flat=True))


def test_a_campaign_begins_as_a_copy_of_a_template(olga: Operator, mario: Shop):
    template = mario.campaign(
        "House style", status="draft", is_template=True, terms="As always.", max_claims=9, timezone="Asia/Tokyo"
    )
    mario.location("Shop North", "4711")

    answer = olga.fill(
        f"{LIST}add/?account={mario.account.pk}",
        {"template": template.campaign.pk, "name": "Truffle week"},
        having="template",
    )

    made = Campaign.objects.get(account=mario.account, name="Truffle week")
    assert answer.headers["location"] == f"{LIST}{made.pk}/change/"
    assert (made.status, made.is_template, made.terms, made.max_claims) == ("draft", False, "As always.", 9)
    assert made.timezone == "Asia/Tokyo" and made.code != template.code
    assert Event.objects.filter(campaign=made.pk, kind="campaign.created", actor=f"operator:{olga.user.pk}").exists()


def test_without_a_choice_it_begins_from_the_accounts_first_template(olga: Operator, mario: Shop):
    olga.fill(f"{LIST}add/", {"account": mario.account.pk, "name": "Plain"}, having="template")

    made = Campaign.objects.get(account=mario.account, name="Plain")
    assert (made.claim_method, made.by_password, made.by_scan) == ("button", True, True)


def test_an_agencys_client_uses_the_agencys_templates_but_not_the_neighbours(olga: Operator, mario: Shop, lucia: Shop):
    client = open_shop("Client of Mario", parent=mario.account)
    blank = mario.account.campaigns.get(name="Blank")
    theirs = lucia.account.campaigns.get(name="Blank")
    add = f"{LIST}add/"

    answer = olga.fill(
        add, {"account": client.account.pk, "template": blank.pk, "name": "From above"}, having="template"
    )
    assert answer.status_code == 302

    for wrong in (
        {"template": theirs.pk},
        {"template": client.account.campaigns.get(name="Blank").pk, "account": mario.account.pk},
    ):
        answer = olga.fill(add, {"account": client.account.pk, "name": "Stolen"} | wrong, having="template")
        assert errors_in(answer.text) != []
    assert not Campaign.objects.filter(name="Stolen").exists()


def test_a_campaign_must_have_an_account_and_a_name(olga: Operator, mario: Shop):
    assert len(errors_in(olga.fill(f"{LIST}add/", {}, having="template").text)) >= 2
    answer = olga.fill(f"{LIST}add/", {"account": mario.account.pk, "name": "bell\u0007"}, having="template")
    assert any("cannot be shown" in error for error in errors_in(answer.text))
    assert (
        olga.fill(f"{LIST}add/", {"account": "99999999999999999999", "name": "x"}, having="template").status_code == 200
    )
    assert olga.get(f"{LIST}add/?account=' or 1=1").status_code == 200


def test_switching_on_off_and_away(olga: Operator, mario: Shop):
    ready, unfinished = mario.campaign("Ready", status="draft"), mario.campaign("Unfinished", status="draft")
    ready.at_location()

    said = act(olga, "activate", ready, unfinished)

    assert (ready.campaign.status, unfinished.campaign.status) == ("active", "draft")
    assert "1 now active." in said and "“Unfinished” stays as it is." in said and "asks for a password" in said
    act(olga, "deactivate", ready)
    assert ready.campaign.status == "inactive"
    act(olga, "archive", ready, unfinished)
    assert (ready.campaign.status, unfinished.campaign.status) == ("archived", "archived")
    assert kinds(ready).count("campaign.updated") == 3, "one event for each change"
    act(olga, "archive", ready)
    assert kinds(ready).count("campaign.updated") == 3, "and none where nothing changed"


def test_a_template_is_never_switched_on(olga: Operator, mario: Shop):
    template = mario.campaign("House style", status="draft", is_template=True)

    assert "It is a template, which is never public." in act(olga, "activate", template)

    assert template.campaign.status == "draft"


def test_a_copy_has_settings_and_places_but_no_sessions(olga: Operator, mario: Shop):
    offer = mario.campaign("Slice", max_claims=5, terms="As always.")
    place = offer.at_location()
    offer.claimed()

    assert "Copy of Slice" in act(olga, "duplicate", offer)

    copy = Campaign.objects.get(account=mario.account, name="Copy of Slice")
    assert (copy.status, copy.terms, list(copy.locations.all())) == ("draft", "As always.", [place])
    assert copy.code != offer.code and not copy.sessions.exists()
    copy.status = "active"
    copy.save()
    Offer(mario, copy).claimed()  # its counter begins at nothing


def test_a_template_made_of_a_campaign_can_be_chosen(olga: Operator, mario: Shop):
    act(olga, "save_as_template", mario.campaign("Slice", terms="As always."))

    template = Campaign.objects.get(account=mario.account, name="Slice (template)")
    assert template.is_template and template.status == "draft"
    assert f'value="{template.pk}"' in olga.get(f"{LIST}add/?account={mario.account.pk}").text


def test_removing_hides_the_campaign_and_keeps_its_sessions(olga: Operator, mario: Shop):
    offer, other = mario.campaign("Over"), mario.campaign("Stays")
    code = offer.claimed()
    ask = olga.get(f"{LIST}{offer.campaign.pk}/delete/")
    assert ask.status_code == 200 and "Over" in ask.text

    olga.fill(f"{LIST}{offer.campaign.pk}/delete/", {"post": "yes"})

    offer.campaign.refresh_from_db()
    assert offer.campaign.deleted_at is not None and kinds(offer)[-1] == "campaign.removed"
    assert offer.session(code).claimed_at is not None
    assert olga.get(f"{LIST}{offer.campaign.pk}/change/").status_code == 302
    assert mario.http.get(f"/p/{offer.code}").status_code == 404

    act(olga, "delete_selected", other, post="yes")
    assert other.campaign.deleted_at is not None


def test_the_list_tells_the_state_that_counts(olga: Operator, mario: Shop):
    from datetime import datetime

    mario.campaign("Ended", ends_local=datetime(2020, 1, 1))
    page = olga.get(f"{LIST}?q=Ended").text

    assert ">expired<" in page


def test_the_page_of_a_campaign_tells_its_figures(olga: Operator, mario: Shop):
    offer = mario.campaign()
    offer.opened()
    offer.validate(offer.claimed())

    page = olga.get(f"{LIST}{offer.campaign.pk}/change/").text

    assert "<dt>opened</dt><dd>2</dd>" in page and "<dt>validated</dt><dd>1</dd>" in page
