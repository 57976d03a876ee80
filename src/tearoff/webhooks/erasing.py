"""When a member of a directory has left, what was frozen about them is made anew from the row that was blanked (lesson 53).

Bodies are else kept for 30 days, and a try that is still due would carry the person out after they were erased. Ids, kinds and
sequence stay, so a receiver that has the notification already throws the repeat away.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from tearoff.kit import sql
from tearoff.webhooks import directory_payloads, payloads


def blank(events: Sequence[int], now: datetime) -> int:
    """Of these events, those that erased a member: how many notifications about them were made anew. It is called where
    events are taken, so whatever was told of the member before lies in the table already."""
    gone = sql.rows(
        "select v.account, v.subject, m.created_at from event v join directory_member m on m.id = (v.data->>'member')::bigint "
        "where v.id = any(%s) and v.kind = 'directory.erased'",
        [list(events)],
    )
    return sum(_blanked(account, subject, since, now) for account, subject, since in gone)


def _blanked(account: int, subject: str, since: datetime, now: datetime) -> int:
    told = sql.rows(
        "select n.id, n.code, e.kind, e.at, e.data from webhook_notification n join event e on e.id = n.event "
        "where n.account = %s and n.created_at >= %s and n.kind = any(%s) and n.body <> '' and e.subject = %s",
        [account, since, list(directory_payloads.WIRE_KINDS.values()), subject],
    )
    for number, code, kind, at, data in told:
        happened = payloads.Happened(
            kind=kind,
            at=at,
            campaign_id=None,
            campaign=None,
            session_code="",
            session=None,
            location=None,
            state=json.loads(data),
        )
        sql.run("update webhook_notification set body = %s where id = %s", [payloads.body(code, happened, now), number])
    return len(told)
