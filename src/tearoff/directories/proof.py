"""The nightly proof that members and listings have their owners; hot rows carry keys without a constraint (architecture.md 3.1)."""

from tearoff.kit import proving

_QUESTIONS = {
    "members are of no directory of their account": (
        "select count(*) from directory_member m where not exists "
        "(select from directory d where d.id = m.directory_id and d.account_id = m.account_id)"
    ),
    "listings are of no directory of their account": (
        "select count(*) from directory_listing l where not exists "
        "(select from directory d where d.id = l.directory_id and d.account_id = l.account)"
    ),
    "listings name a loyalty card that is not of their account or one below it": (
        "select count(*) from directory_listing l where l.card is not null and not exists "
        "(select from loyalty_card c join account o on o.id = c.account_id "
        "where c.id = l.card and l.account = any (o.ancestors))"
    ),
}


def contradictions() -> list[str]:
    """One plain sentence for each kind of contradiction; empty when all is well."""
    return proving.contradictions(_QUESTIONS)
