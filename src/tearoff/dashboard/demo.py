"""The demo shop: made once by `tearoff demo`, in one transaction, through the verbs, on a clock that is moved."""

import json
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import InvalidToken
from django.db import transaction

from tearoff.accounts.models import ApiClient
from tearoff.coupons.addresses import coupon_url
from tearoff.dashboard import demo_branches, demo_clubs, demo_directories, demo_history, demo_shops
from tearoff.dashboard.demo_history import Plan
from tearoff.directories.addresses import directory_url
from tearoff.kit import clock, sealing
from tearoff.loyalty.addresses import card_url
from tearoff.messaging import demo as demo_messaging
from tearoff.statistics import rollup

FILE = "demo.sealed"
"""The facts, sealed under the installation's key: secrets are in no table in plain, and the next start tells them again."""


def fill(data_dir: Path) -> dict[str, Any]:
    """Make the demo shop, or find the one this folder knows; the keys and addresses of its main account, all texts.

    `client_id`, `client_secret`, `owner_email`, `owner_password`, `location_password`, and `campaigns` (`id`, `code`, `url`),
    of which the first is live, without caps, opening hours or own codes, and asks for nothing unique.
    """
    facts = _known(data_dir) or _made(data_dir)
    campaigns = [
        row | {"url": coupon_url(row["code"])} for row in facts["campaigns"]
    ]  # the port may be another one now
    return facts | {"campaigns": campaigns}


def more_addresses(client_id: str) -> dict[str, str]:
    """Where a visitor of the demo meets a loyalty card and a directory."""
    account = ApiClient.objects.get(client_id=client_id).account
    card = account.cards.filter(deleted_at=None).order_by("pk").first()
    directory = account.directories.filter(deleted_at=None).order_by("pk").first()
    return {
        "card_url": card_url(card.code) if card else "",
        "directory_url": directory_url(directory.code) if directory else "",
    }


def _known(data_dir: Path) -> dict[str, Any] | None:
    """What an earlier call stored, if it was under today's key and for today's database."""
    try:
        facts: dict[str, Any] = json.loads(sealing.unseal((data_dir / FILE).read_bytes()))
    except (FileNotFoundError, InvalidToken):
        return None
    return facts if ApiClient.objects.filter(client_id=facts["client_id"]).exists() else None


def _made(data_dir: Path) -> dict[str, Any]:
    """All or nothing. The facts are written before the commit: killed in between, the next call finds no such keys in the
    database and begins again.
    """
    now = clock.now()
    with transaction.atomic():
        street, plan = demo_shops.open_all(now), Plan(now)
        clubs = demo_clubs.open_all(street.pizzeria, now)
        directories = demo_directories.open_all(street.pizzeria, clubs, now)
        demo_branches.open_all(street.pizzeria, now)
        demo_history.live(plan, street)
        for club in clubs:
            club.lives(plan)
        demo_directories.fill(plan, directories)
        plan.carry_out()
        pizzeria = street.pizzeria
        demo_messaging.connect(pizzeria.account.pk, at=now)
        demo_messaging.write(pizzeria.account.pk, pizzeria.campaigns["links"], pizzeria.campaigns["news"], at=now)
        facts = _facts(street, now)
        _write(data_dir, facts)
    while rollup.roll_up():
        pass
    return facts


def _facts(street: demo_shops.Street, now: datetime) -> dict[str, Any]:
    main = street.pizzeria
    return {
        "client_id": main.client_id,
        "client_secret": main.client_secret,
        "owner_email": main.email,
        "owner_password": main.owner_password,
        "location_password": main.passwords["Shop North"],
        "campaigns": [
            {"id": f"cam_{campaign.pk}", "code": campaign.code}
            for campaign in main.account.campaigns.filter(status="active", is_template=False).order_by("pk")
        ],
    }


def _write(data_dir: Path, facts: dict[str, Any]) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=data_dir, prefix=f".{FILE}.")  # mkstemp gives mode 0600
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(sealing.seal(json.dumps(facts)))
    os.replace(draft, data_dir / FILE)
