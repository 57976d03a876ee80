"""docs/client.md is right: its examples run in their order, and it names every group and method."""

import re
from pathlib import Path
from typing import Any

import pytest

from tearoff.api import v4
from tearoff.api.v3 import TABLE
from tests.client.test_calls import named
from tests.street.loyalty import club
from tests.street.server import Server
from tests.world import Shop

TEXT = (Path(__file__).parent.parent.parent / "docs" / "client.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.S)


def test_the_examples_run_in_their_order(mario: Shop, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    offer, card = mario.campaign(title="Free slice"), club(mario)
    mario.client.v4.loyalty.users.create(card.card.pk, custom_1="blue")
    known: dict[str, Any] = {
        "client_id": mario.client_id, "client_secret": mario.client_secret, "campaign": offer.id, "session": offer.link(),
        "card": card.card.pk,
    }  # fmt: skip
    said = []
    for example in (EXAMPLES[0], EXAMPLES[1], EXAMPLES[1].replace("receipt-4711", "receipt-4712"), *EXAMPLES[2:]):
        exec(example.replace("http://127.0.0.1:8000", server.url), known)
        said.append(capsys.readouterr().out.splitlines())

    assert len(EXAMPLES) == 4
    assert said[0][0] == f"{offer.id} Free slice" and re.fullmatch(r"[\d-]{10} [\d:]{8}", said[0][1])
    assert said[1] == []
    assert said[2] == ["Not valid: already used"]
    assert len(said[3]) == 3 and said[3][2].endswith(" 0")
    assert offer.uses() == 2
    assert known["client"].coupons.info(offer.id).coupon_info.title == "Free slice"
    known["client"].close()


def test_it_names_every_method_beside_its_group() -> None:
    lines = [line for line in TEXT.splitlines() if line.startswith("| `client.")]
    for row in (*TABLE.values(), *v4.TABLE.values()):
        *group, method = named(row).split(".")
        noun = ".".join(group[:2] if group[0] == "v4" else group[:1])
        line = next((line for line in lines if f"`client.{noun}`" in line), "")
        assert re.search(rf"[`.]{method}`", line), named(row)
