"""The nightly proof that balances are what the ledger says, and that hot rows have their owners (lesson 16).

Verbs keep both; whoever finds a sentence here has found a bug or a hand in the database.
"""

from tearoff.kit import proving

_CHECKS = {
    "loyalty balances differ from the sum of their entries": (
        "select count(*) from loyalty_holder h left join (select holder_id, sum(delta) as balance, count(*) as entries "
        "from loyalty_entry group by holder_id) e on e.holder_id = h.id "
        "where h.balance <> coalesce(e.balance, 0) or h.entries <> coalesce(e.entries, 0)"
    ),
    "loyalty entries leave another balance than the entries before them": (
        "select count(*) from (select balance, sum(delta) over (partition by holder_id order by number) as summed "
        "from loyalty_entry) e where balance <> summed"
    ),
    "loyalty holders have no card of their account": (
        "select count(*) from loyalty_holder h where not exists "
        "(select from loyalty_card c where c.id = h.card_id and c.account_id = h.account_id)"
    ),
    "loyalty entries have no holder": (
        "select count(*) from loyalty_entry e where not exists (select from loyalty_holder h where h.id = e.holder_id)"
    ),
    "rewards have no holder": (
        "select count(*) from loyalty_earned e where not exists (select from loyalty_holder h where h.id = e.holder_id)"
    ),
}


def contradictions() -> list[str]:
    """One plain sentence for each kind of contradiction; empty when all is well."""
    return proving.contradictions(_CHECKS)
