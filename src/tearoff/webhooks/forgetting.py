"""How long what was sent is kept: deliveries with their log for 30 days, ids to verify for 100 (webhooks.md 5 and 7)."""

from datetime import datetime, timedelta

from tearoff.kit import sql

LOG_STAYS = timedelta(days=30)
IDS_STAY = timedelta(days=100)
CHUNK = 2_000


def forget(at: datetime) -> int:
    """One chunk of each kind; how many rows went. Bodies hold consumer data, so they go with the log."""
    return sum(
        (
            _those_of_removed_endpoints(),
            _old_attempts(at),
            sql.run(
                "delete from webhook_delivery where id in (select d.id from webhook_delivery d where d.created_at < %s "
                "and not exists (select from webhook_attempt a where a.delivery_id = d.id) limit %s)",
                [at - LOG_STAYS, CHUNK],
            ),
            sql.run(
                "update webhook_notification set body = '' where id in (select n.id from webhook_notification n "
                "where n.created_at < %s and n.body <> '' "
                "and not exists (select from webhook_delivery d where d.notification_id = n.id) limit %s)",
                [at - LOG_STAYS, CHUNK],
            ),
            sql.run(
                "delete from webhook_notification where id in (select n.id from webhook_notification n "
                "where n.created_at < %s and not exists (select from webhook_delivery d where d.notification_id = n.id) "
                "limit %s)",
                [at - IDS_STAY, CHUNK],
            ),
            _old_secrets(at),
        )
    )


def _those_of_removed_endpoints() -> int:
    """Walks from endpoint to endpoint through the index, instead of asking for each delivery."""
    return sql.run(
        """
        with recursive told as (
            (select d.endpoint_id from webhook_delivery d order by d.endpoint_id limit 1)
            union all
            select (select d.endpoint_id from webhook_delivery d
                    where d.endpoint_id > t.endpoint_id order by d.endpoint_id limit 1)
            from told t where t.endpoint_id is not null
        ), gone as (
            select d.id from told t join webhook_delivery d on d.endpoint_id = t.endpoint_id
            where not exists (select from webhook_endpoint e where e.id = t.endpoint_id) limit %s
        ), log as (
            delete from webhook_attempt a using gone where a.delivery_id = gone.id
        )
        delete from webhook_delivery d using gone where d.id = gone.id
        """,
        [CHUNK],
    )


def _old_attempts(at: datetime) -> int:
    return sql.run(
        "delete from webhook_attempt where id in (select a.id from webhook_delivery d "
        "join webhook_attempt a on a.delivery_id = d.id where d.created_at < %s limit %s)",
        [at - LOG_STAYS, CHUNK],
    )


def _old_secrets(at: datetime) -> int:
    return sql.run(
        "update webhook_endpoint set previous_sealed = null, previous_until = null where previous_until < %s", [at]
    )
