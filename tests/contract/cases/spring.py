"""Spring coffee: the coupon of the examples, with one session that Ann was sent and one nobody has touched."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tearoff.campaigns.models import Category, Folder
from tearoff.coupons.models import CouponSession
from tearoff.kit import clock
from tests.contract.conforming import NOON, Values
from tests.world import Offer, Shop

ANN = {"firstname": "Ann", "lastname": "Peeters", "email": "ann@example.org", "phone": "+32470000001",
       "customid": "member-881", "customvalcode": "7731902284", "customfield1": "window seat"}  # fmt: skip


def spring(shop: Shop) -> Values:
    """The coupon, Ann's session `session` that is opened, and `link`."""
    folder = Folder.objects.create(account=shop.account, name="Spring")
    food = Category.objects.create(account=shop.account, name="Food & drinks")
    offer = shop.campaign(
        "Spring coffee", title="Free coffee with lunch", subtitle="Weekdays 12 to 14", tags=["coffee", "lunch"],
        coupon_value="3.50", folder=folder, category=food, starts_local=datetime(2025, 3, 1),
        ends_local=datetime(2027, 12, 31, 23, 59, 0),
    )  # fmt: skip
    place = offer.at_location(
        "Shop North", address="Main street 1", city="Ghent", zip="9000", country="BE", customid="n1"
    )
    link = shop.api("/v3/singleuse/create", {"campaign": offer.id} | ANN).json()
    session = link["single_use_code"]
    with clock.moved(NOON + timedelta(seconds=25)):
        shop.api("/v3/couponsession/update", {"couponsession": session, "status": "opened"})
    return {
        "campaign": offer.id,
        "coupon_code": offer.code,
        "folder": f"fol_{folder.pk}",
        "category": f"cat_{food.pk}",
        "location": f"loc_{place.pk}",
        "template": f"cam_{shop.account.campaigns.get(is_template=True).pk}",
        "session": session,
        "sequence": str(link["sequence_id"]),
    } | _link(offer, "link")


def _link(offer: Offer, name: str) -> Values:
    code = offer.link()
    return {name: code, f"{name}_sequence": str(CouponSession.objects.get(code=code).pk)}


def after(*statuses: str) -> Callable[[Shop], Values]:
    """The spring after Ann's session went through these, half a minute after each other."""

    def prepare(shop: Shop) -> Values:
        values = spring(shop)
        for number, status in enumerate(statuses, start=1):
            change = {"couponsession": values["session"], "status": status}
            if status == "validated":
                change |= {"location": "Shop North", "validation_value": "12.50"}
            with clock.moved(NOON + timedelta(seconds=25 + 30 * number)):
                assert shop.api("/v3/couponsession/update", change).status_code == 200
        return values

    return prepare
