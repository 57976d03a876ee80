"""Proof that every hot row still has the owner it names.

Sessions, validations and own codes carry the ids of their account and campaign without a foreign key, because one
would lock the campaign's row at every insert (architecture.md 3.1). The worker runs this once a night, and
`tearoff check` whenever somebody asks.
"""

from tearoff.kit import proving

_CHECKS = {
    "coupon sessions name a campaign that does not exist or belongs to another account": """
        select count(*) from coupon_session s left join campaign c on c.id = s.campaign_id and c.account_id = s.account_id
        where c.id is null""",
    "validations name a session that does not exist or belongs to another campaign": """
        select count(*) from validation v left join coupon_session s on s.id = v.session and s.campaign_id = v.campaign
        where s.id is null""",
    "own codes name a campaign that does not exist or belongs to another account": """
        select count(*) from own_code o left join campaign c on c.id = o.campaign_id and c.account_id = o.account_id
        where c.id is null""",
    "counters differ from what the ledger says": """
        select count(*) from campaign_counter k
        where k.is_counted and (
            k.claims <> (select count(*) from coupon_session s where s.campaign_id = k.campaign and s.claimed_at is not null)
            or k.validations <> (select count(*) from validation v where v.campaign = k.campaign and v.undone_at is null))""",
}
"""What should never be, and the question that counts it. One statement each, so each sees one moment."""


def orphans() -> list[str]:
    """One plain sentence for each kind of row without its owner; empty when all is well."""
    return proving.contradictions(_CHECKS)
