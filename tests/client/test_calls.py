"""Every call of the table is a method of the client, and every method asks the real application for real rows.

Generated from the table: a call that is added there is called here, and the client's own types must lose nothing of its
answer.
"""

import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tearoff.api import v4
from tearoff.api.calls import Call
from tearoff.api.rest import RestCall
from tearoff.api.v3 import TABLE
from tearoff.client import Client
from tearoff.client.calls import Calls
from tearoff.coupons.models import CouponSession
from tearoff.kit import clock
from tearoff.loyalty.models import Holder
from tearoff.messaging import pushing
from tests.api.test_isolation import Things, things_of, valid
from tests.street.pushing import Browser
from tests.world import Shop, inside, open_shop

ROOT = Path(__file__).parent.parent.parent
ROWS: list[Call] = [*TABLE.values(), *v4.TABLE.values()]
named: Callable[[Call], str] = runpy.run_path(str(ROOT / "scripts" / "naming.py"))["named"]


class Overheard(httpx.BaseTransport):
    """The way to the application, with what was asked and answered last."""

    def __init__(self) -> None:
        self._inner = inside()
        self.request: httpx.Request
        self.response: httpx.Response

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.request, self.response = request, self._inner.handle_request(request)
        self.response.read()
        return self.response


def method_of(client: Client, row: Call) -> Callable[..., Any]:
    found: Any = client
    for name in named(row).split("."):
        found = getattr(found, name)
    return found  # type: ignore[no-any-return]


def things(shop: Shop) -> Things:
    """One of everything, a card on the directory, and a browser that may be sent to about a coupon and about a card."""
    found = things_of(shop)
    session = CouponSession.objects.get(account=shop.account, code=found["couponsession"])
    card, person, directory = (number(found[name]) for name in ("loyaltycard", "user", "directory"))
    shop.client.v4.directories.loyalty_cards.put(directory, card)
    holder = Holder.objects.get(card=card, person=person)
    for about in (pushing.about_session(session), pushing.about_holder(shop.account.pk, card, holder.pk)):
        form = Browser("http://127.0.0.1:9/push/ann").form
        assert pushing.subscribe(about, **form, at=clock.now())
    return found


def number(name: str) -> int:
    return int(name.partition("_")[2])


def of_rest(row: Call, name: str) -> str:
    """What calls in REST style name otherwise, or the same for two things."""
    is_member = name == "user" and row.path.startswith("/v4/directory")
    return "member" if is_member else {"card": "loyaltycard"}.get(name, name)


MANY = {"users": [{"first_name": "Lena"}, {"first_name": "Marc", "custom_1": "blue"}]}


def arguments(row: Call, things: Things) -> dict[str, Any]:
    """What the call needs, out of Mario's things; in a path stand bare numbers."""
    found = valid(row, things)
    for member in row.read.members:
        if f"{{{member.name}}}" in row.path:
            found[member.name] = number(things[of_rest(row, member.name)])
        elif member.name in MANY:
            found[member.name] = MANY[member.name]
    return found


@pytest.fixture(scope="module")
def quiet() -> tuple[Shop, Things]:
    """A shop in which calls only read, so one is enough for all of them."""
    shop = open_shop("Quiet Tearoom")
    return shop, things(shop)


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_a_method_asks_for_its_call_and_loses_nothing_of_the_answer(quiet: tuple[Shop, Things], row: Call) -> None:
    shop, found = quiet
    if not row.reads:
        shop = open_shop("Mario's Pizzeria")
        found = things(shop)
    overheard = Overheard()
    answer = method_of(shop.program(transport=overheard), row)(**arguments(row, found))

    asked = overheard.request
    assert asked.method == (row.verbs[0] if isinstance(row, RestCall) else "POST")
    assert ("Idempotency-Key" in asked.headers) is not row.reads
    said = overheard.response.json()
    if isinstance(said, dict) and said.get("status") == {"status": "OK"}:
        del said["status"]
    assert without_nothing(msgspec.to_builtins(answer)) == (without_nothing(said) or None)


def without_nothing(value: Any) -> Any:
    """As JSON, without what is not there: an optional member is `None` in the client."""
    if isinstance(value, dict):
        return {name: without_nothing(inner) for name, inner in value.items() if inner is not None}
    return [without_nothing(inner) for inner in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_a_method_says_in_its_first_line_what_it_does_and_nothing_of_the_wire(row: Call) -> None:
    said = method_of(Client("http://testserver", "id", "secret"), row).__doc__
    assert row.summary.endswith("."), "a whole sentence, in the reference, too"
    assert "X-Total-Count" not in said and "whole body" not in said


def test_the_client_has_no_other_methods() -> None:
    known = {named(row) for row in ROWS}
    found = set(methods(Calls(None), ""))  # type: ignore[arg-type]
    assert {name for name in found if "iterate" not in name} == known


def methods(group: Any, path: str) -> list[str]:
    own = [path + name for name, value in vars(type(group)).items() if callable(value) and not name.startswith("_")]
    below = [name for name in vars(group) if not name.startswith("_")]
    return own + [deeper for name in below for deeper in methods(getattr(group, name), f"{path}{name}.")]


def test_the_methods_are_those_of_the_table_as_it_is_now() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/client.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


A_NEW_CALL = """
import sys
sys.path.insert(0, "scripts")
import client, django
django.setup()
from dataclasses import replace
from typing import Annotated
from tearoff.api import v4
from tearoff.api.fields import Choice, Id, Parameters, Reader, Whole, one_of
from tearoff.api.moments import Until
from tearoff.api.v3 import TABLE

class Eat(Parameters):
    campaign: Annotated[int, Id("cam", note="Which one.")]
    how: Annotated[str, Choice(one_of("raw", "fried"))] = "raw"
    page: Annotated[int, Whole(1, 9)] = 1
    until: Annotated[object, Until()] = None

class Slice(Parameters):
    slice: Annotated[int, Whole(1, 9)]

path = "/v3/coupon/eaten/list"
TABLE[path] = replace(TABLE["/v3/coupon/list"], path=path, params=Eat, read=Reader(Eat), errors=(502,))
path = "/v4/pizza/{slice}/toppings"
known = next(row for row in v4.TABLE.values() if row.verbs == ("DELETE",))
answer = TABLE["/v3/coupon/list"].answer
v4.TABLE["DELETE", path] = replace(known, path=path, params=Slice, read=Reader(Slice), answer=answer)

texts = client.formatted(client.files())
stale = client.stale(texts)
print(stale)
for name in stale:
    compile(texts[name], name, "exec")
    print(texts[name])
"""


def test_a_new_call_is_missed_and_then_there_without_being_named() -> None:
    done = subprocess.run([sys.executable, "-c", A_NEW_CALL], cwd=ROOT, capture_output=True, text=True, check=True)
    stale, _, text = done.stdout.partition("\n")
    assert stale == "['__init__.py', 'coupons.py', 'v4_pizza.py']"
    assert "self.pizza = V4PizzaCalls(connection)" in text
    lines = " ".join(text.split())
    assert 'def eaten_list( self, campaign: str, *, how: Literal["raw", "fried"] | None = None,' in lines
    assert '"until": in_utc(until)' in lines and "- `campaign`: Which one." in lines
    assert "def iterate_eaten_list(" in lines and ") -> Iterator[CouponInfo]:" in lines
    assert 'self._connection.send("DELETE", f"/v4/pizza/{slice:d}/toppings", CouponList, {}, idempotency_key)' in lines


def test_the_client_needs_nothing_else_of_tearoff_and_no_django() -> None:
    """So that any program can use it."""
    script = "import sys, tearoff.client; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    ours = {name for name in loaded if name.split(".")[0] == "tearoff" and not name.startswith("tearoff.client")}
    assert ours == {"tearoff"}
    assert not any(name.split(".")[0] in ("django", "psycopg") for name in loaded)
