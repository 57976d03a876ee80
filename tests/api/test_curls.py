"""Every curl command of the reference works as it stands: run by curl itself, against a real server, in an account that has
one of everything. What it answers is what the document says it answers."""

import json
import os
import shutil
import subprocess
from dataclasses import asdict
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tearoff.api import curls, document
from tearoff.api.answers import Answers
from tearoff.api.calls import Call
from tearoff.api.fields import Member
from tearoff.api.rest import RestCall
from tearoff.coupons.models import CouponSession
from tearoff.kit import clock
from tearoff.loyalty.models import CardLocation, Holder
from tearoff.messaging import pushing
from tearoff.messaging.models import PushSubscription
from tests.api.test_isolation import OTHERS, Things, fresh_email, key_of, things_of
from tests.street.server import Server
from tests.world import Shop, open_shop

ROWS = document.all_rows()
ANSWERS = Answers(ROWS)


def test_curl_is_here() -> None:
    assert shutil.which("curl")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.methods[-1]} {row.path}")
def test_the_command_works_and_answers_as_documented(row: Call, server: Server) -> None:
    shop = open_shop("Reader")
    answer, headers = run(row, shop, server)
    schema = ANSWERS.schema(row)
    Draft202012Validator(schema | {"components": {"schemas": ANSWERS.components}}).validate(answer)
    if isinstance(answer, dict) and "action" in answer:
        assert answer["action"] == ANSWERS.example(row)["action"]
    assert ("x-total-count" in headers) is row.told.total_in_header


def run(row: Call, shop: Shop, server: Server) -> tuple[Any, dict[str, str]]:
    """What the command answered, as JSON, and its headers; fails when that is not HTTP 200."""
    things = prepared(shop)
    known = {name: text_of(row, member, things) for name, member in curls.variables(row).items()}
    known |= {"URL": server.url, "CLIENT_ID": shop.client_id, "CLIENT_SECRET": shop.client_secret}
    command = f"{curls.command(row)} -s -D /dev/stderr"
    environment = {"PATH": os.environ["PATH"]} | known
    done = subprocess.run(
        ["sh", "-c", command], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    first, *lines = done.stderr.splitlines()
    assert first.split()[1] == "200", (command, known, done.stdout)
    headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
    return json.loads(done.stdout), headers


def prepared(shop: Shop) -> Things:
    """One of everything, where the card has a location and the session and the user allowed notifications."""
    things = things_of(shop)
    card, location = number(things["loyaltycard"]), number(things["location"])
    CardLocation.objects.create(card_id=card, location_id=location)
    session = CouponSession.objects.get(code=things["couponsession"])
    holder = Holder.objects.get(card=card, person=number(things["user"]))
    for about in (pushing.about_session(session), pushing.about_holder(shop.account.pk, card, holder.pk)):
        PushSubscription.objects.create(
            **asdict(about), endpoint="http://127.0.0.1:9/push", p256dh="p" * 87, auth="a" * 22, created_at=clock.now()
        )
    return things


def text_of(row: Call, member: Member, things: Things) -> str:
    """A thing of the account for a shell variable."""
    if member.name == "url":
        return "http://127.0.0.1:9/hook"
    if member.name in ("email", "phone"):
        return str(OTHERS[member.name]) if row.path.endswith("contact") else fresh_email()
    key = key_of(row, member.name)
    if isinstance(row, RestCall):
        of_directory = "/directory" in row.path
        return str(number(things[{"card": "loyaltycard", "user": "member" if of_directory else "user"}.get(key, key)]))
    value = things[key]
    return ",".join(value) if isinstance(value, list) else str(value)


def number(name: str) -> int:
    return int(name.rpartition("_")[2])
