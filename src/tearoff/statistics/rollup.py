"""Taking events into the daily figures. The statement is in `rollup.sql`, beside this file."""

from tearoff.kit import sql

BATCH = 2_000


def roll_up(limit: int = BATCH) -> int:
    """Take up to `limit` waiting events; how many there were."""
    row = sql.one("select rolled_up(%s)", [limit])
    assert row is not None
    return int(row[0])
