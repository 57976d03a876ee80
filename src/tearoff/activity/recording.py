"""Noting an event from a verb written in Python, within the verb's own transaction."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg.types.json import Jsonb


def record(
    kind: str,
    *,
    account: int,
    actor: str,
    at: datetime,
    subject: str = "",
    campaign: int | None = None,
    session: int | None = None,
    location: int | None = None,
    data: dict[str, Any] | None = None,
) -> int:
    """Write the event and its outbox slips; the event's id. Call it inside the transaction of the change."""
    cursor: CursorWrapper
    with connection.cursor() as cursor:
        cursor.execute(
            "select note(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [account, kind, subject, campaign, session, location, actor, at, Jsonb(data or {})],  # type: ignore[list-item]
        )
        return int(cursor.fetchone()[0])
