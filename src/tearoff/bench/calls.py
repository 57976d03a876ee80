"""The requests that are measured, and what their answers must be."""

from tearoff.bench.load import Job, Kind
from tearoff.bench.place import Place
from tearoff.bench.shop import Shop

UPDATE = "/v3/couponsession/update"
LIST = "/v3/campaign/data"
MANY_LINKS = "/v3/multiplesingleuse/create"

OK = r'"status": ?"OK"'
VALIDATED = Kind("validated", 200, OK + r'.*"validated": ?"1"')
SOLD_OUT = Kind("sold out", 422, r'"sold_out"')
MADE = Kind("made", 302)
ANSWERED = Kind("answered", 200, OK)
JOINED = Kind("joined", 200, r'^\[\{"id":')

PHONE = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.0 Mobile/15E148 Safari/604.1",
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Language": "en-GB,en;q=0.9",
    "Accept-Encoding": "gzip, deflate",
}

CROWD = 16
"""Connections of a load that wants all it can get: some requests always wait at the door."""


def validations(
    place: Place, shop: Shop, sessions: list[str], *, connections: int = CROWD, rate: float | None = None
) -> Job:
    """Each session is validated by an API call of its own."""
    return Job(
        place.host,
        place.port,
        "POST",
        UPDATE,
        sessions,
        [VALIDATED, SOLD_OUT],
        shop.keys,
        '{"couponsession": "{}", "status": "validated"}',
        connections,
        rate,
    )


def openings(place: Place, coupon: str, amount: int) -> Job:
    """People who open a coupon for the first time: each gets a session of their own and is sent to it."""
    return Job(place.host, place.port, "GET", f"/p/{coupon}", [""] * amount, [MADE], PHONE, connections=CROWD)


def listing(place: Place, shop: Shop, campaign: int, times: int) -> Job:
    """One page of a coupon's sessions, asked for one after the other."""
    body = f'{{"campaign": "cam_{campaign}", "page": 1}}'
    return Job(
        place.host, place.port, "POST", LIST, [""] * times, [ANSWERED], shop.keys, body, 1, counted='"sequenceid":'
    )


def many_links(place: Place, shop: Shop, campaign: int, amount: int) -> Job:
    body = f'{{"campaign": "cam_{campaign}", "amount": {amount}}}'
    return Job(
        place.host, place.port, "POST", MANY_LINKS, [""], [ANSWERED], shop.keys, body, 1, counted='"single_use_code":'
    )


def many_users(place: Place, shop: Shop, card: int, users: str) -> Job:
    """New users of a loyalty card, a JSON array of them."""
    path = f"/v4/loyalty/loyalty-cards/{card}/stats/bulk"
    return Job(place.host, place.port, "POST", path, [""], [JOINED], shop.keys, users, 1, counted='"created_at":')


def people(place: Place, shop: Shop, path: str, body: str, times: int) -> Job:
    """One page of a list of people, asked for one after the other."""
    return Job(
        place.host, place.port, "POST", path, [""] * times, [ANSWERED], shop.keys, body, 1, counted='"last_name":'
    )
