"""docs/api.md is right: its examples run, and it names every call, number and reason."""

import re
import shlex
from pathlib import Path

import httpx
import pytest

from tearoff.api.v3 import TABLE
from tearoff.coupons.outcomes import Refusal
from tests.api.reading import good
from tests.world import Shop

TEXT = (Path(__file__).parent.parent.parent / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = [block for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S) if block.startswith("curl")]

NOT_ON_THE_API = {"not_claimed", "method_off", "wrong_password", "throttled", "personal_link", "quota"}
"""Refusals of other entrances, and of openings, which are no act of programs."""

TOLD_OTHERWISE = {
    "unknown",
    "account_expired",
    "account_blocked",
    "not_voided",
    "not_locked",
    "opened",
    "not_used",
    "not_a_link",
}


def run(command: str, shop: Shop, known: dict[str, str]) -> httpx.Response:
    """What the shell and curl would make of it: POST, a form unless another type is named."""
    for name, value in known.items():
        command = command.replace(f"'${name}'", value).replace(f"${name}", value)
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:2] == ["curl", "-s"]
    options = list(zip(words[3::2], words[4::2], strict=True))
    headers = dict(value.split(": ", 1) for option, value in options if option == "-H")
    body = "&".join(value for option, value in options if option == "-d")
    headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    return shop.http.post(words[2], content=body, headers=headers)


def test_the_examples_run_in_their_order(mario: Shop) -> None:
    offer = mario.campaign()
    known = {
        "URL": "http://testserver",
        "CLIENT_ID": mario.client_id,
        "CLIENT_SECRET": mario.client_secret,
        "CAMPAIGN": offer.id,
    }
    assert len(EXAMPLES) == 4
    listed = good(run(EXAMPLES[0], mario, known))
    assert [item["ID"] for item in listed["coupon_info"]] == [offer.id]
    made = good(run(EXAMPLES[1], mario, known))
    known["SESSION"] = made["single_use_code"]
    validated = good(run(EXAMPLES[2], mario, known))
    assert validated["data"]["status"]["validation_value"] == "12.50"
    assert run(EXAMPLES[2], mario, known).headers["Idempotency-Replayed"] == "true"
    read = good(run(EXAMPLES[3], mario, known))
    assert read["data"] == validated["data"]


@pytest.mark.parametrize("path", sorted(TABLE))
def test_it_names_every_call(path: str) -> None:
    assert f"`{path}`" in TEXT


def test_it_names_every_number() -> None:
    table = "".join(line for line in TEXT.splitlines() if line.startswith("| ") and line[2].isdigit())
    for code in {101, 1000, *(code for row in TABLE.values() for code in row.errors)}:
        assert re.search(rf"\b{code}\b", table), code


def test_it_names_every_reason_a_session_is_refused_for() -> None:
    for refusal in set(Refusal) - NOT_ON_THE_API - TOLD_OTHERWISE:
        assert f"`{refusal.value}`" in TEXT, refusal
