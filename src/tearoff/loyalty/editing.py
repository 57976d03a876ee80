"""Changing what is known of a holder. Balance and void have verbs of their own."""

from datetime import datetime
from typing import Any

from django.db import transaction

from tearoff.accounts import rights
from tearoff.activity.recording import record
from tearoff.loyalty.joining import keys_of
from tearoff.loyalty.models import Holder


@rights.needs("loyalty")
@transaction.atomic
def edit(*, account: int, holder: int, changes: dict[str, Any], at: datetime, actor: str) -> Holder | None:
    """Lay `changes` over the profile (`custom` is merged); an event only if something changed. None: unknown."""
    held = Holder.objects.select_for_update(no_key=True, of=("self",)).filter(account=account, pk=holder).first()
    if held is None or held.card.deleted_at is not None:
        return None
    wanted = dict(changes)
    if "custom" in wanted:
        wanted["custom"] = {name: text for name, text in (held.custom | wanted["custom"]).items() if text}
    wanted |= keys_of(wanted.get("email"), wanted.get("phone"), held.account.country)
    changed = [name for name, value in wanted.items() if getattr(held, name) != value]
    if changed:
        for name in changed:
            setattr(held, name, wanted[name])
        held.updated_at = at
        held.save(update_fields=[*changed, "updated_at"])
        told = [name for name in changed if not name.endswith("_key")]
        data = {"card": held.card_id, "holder": held.pk, "person": held.person, "changed": told}
        record("loyalty.edited", account=account, subject=held.code, actor=actor, at=at, data=data)
    return held
