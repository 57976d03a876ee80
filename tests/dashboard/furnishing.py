"""A shop with something on every page of the admin."""

from tearoff.accounts.models import Package
from tearoff.campaigns import owncodes
from tearoff.campaigns.models import Category, Folder, Grant
from tearoff.coupons import links
from tearoff.kit import clock
from tearoff.messaging import credits
from tearoff.wallet import reading, saving, serials
from tearoff.webhooks import endpoints
from tearoff.webhooks.models import Delivery
from tests.street import messaging, wallet
from tests.street.directories import directory
from tests.street.loyalty import club
from tests.webhooks import yard
from tests.world import Offer, Shop, open_shop


def furnish(mario: Shop) -> None:
    """At least one row of everything the admin shows, for this shop."""
    client = open_shop("Client of Mario", parent=mario.account)
    offer = client.campaign()
    Grant.objects.create(parent=mario.account, campaign=offer.campaign)
    offer = mario.campaign(uses_own_codes=True)
    offer.at_location()
    owncodes.import_codes(offer.campaign, "A-1\nA-2")
    endpoints.create(mario.account.pk, url="http://127.0.0.1:9/hook", kinds=None, campaign=None, at=clock.now())
    code = offer.claimed()
    offer.validate(code)
    links.make_links(campaign=offer.campaign, amount=3, at=clock.now(), actor="test")
    food = Category.objects.create(account=mario.account, name="Food")
    Category.objects.create(account=mario.account, name="Pizza", parent=food)
    Folder.objects.create(account=mario.account, name="Every week")
    messaging.connect(mario)
    credits.assign(mario.account.pk, 5, at=clock.now())
    messaging.group_with(mario)
    messaging.queued(offer)
    Package.objects.create(account=mario.account, name="Start")
    lunch = club(mario)
    lunch.reward(3)
    lunch.grant(lunch.joined(first_name="Ann"), 4)
    deals = directory(mario)
    deals.lists(offer)
    deals.member()
    a_pass_is_saved(mario, offer, code)
    yard.take()
    yard.work()
    assert Delivery.objects.filter(account=mario.account.pk, attempts__isnull=False).exists()


def a_pass_is_saved(shop: Shop, offer: Offer, code: str) -> None:
    """A pass, and an update that waits for it."""
    wallet.with_google(shop)
    face = reading.face(shop.account.pk, serials.session(offer.session(code).pk), clock.now())
    assert face is not None
    saving.go_to_google(face, at=clock.now())
