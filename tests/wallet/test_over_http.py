"""The phone's protocol over real HTTP: one line kept open, answers without bodies, methods that forms do not have."""

from tests.street.apple import Device
from tests.street.server import start_server
from tests.street.wallet import BASE, downloaded, follow, path_of, with_apple
from tests.world import Shop, door


def test_a_phone_registers_asks_fetches_and_leaves(mario: Shop) -> None:
    with_apple(mario)
    offer = mario.campaign()
    code = offer.claimed()
    one = downloaded(path_of(offer, code))
    server = start_server(TEAROFF_BASE_URL=BASE)
    try:
        with door(server.url) as http:
            mine = Device("device1", "ab" * 32, http)
            assert [mine.keep(one), mine.keep(one)] == [201, 200]
            assert mine.news(one) == [one.content["serialNumber"]] and mine.news(one) == []
            statuses = [mine.fetch(one).status_code, mine.fetch(one).status_code]
            offer.use(code)
            follow()
            assert statuses == [200, 304] and mine.news(one) == [one.content["serialNumber"]]
            assert mine.fetch(one).status_code == 200 and mine.fetch(one, "0" * 64).status_code == 401
            assert mine.drop(one) == 200
            gone = http.get(mine._address(one))
            assert gone.status_code == 404
    finally:
        server.stop()
