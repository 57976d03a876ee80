"""What `tearoff check` looks at. Each problem is one sentence that says what to do."""

from django.core import checks as django_checks
from django.db import connection

from tearoff.accounts import keys
from tearoff.config import readiness
from tearoff.coupons.orphans import orphans
from tearoff.directories import proof as directories
from tearoff.kit import sql
from tearoff.loyalty import proof as loyalty

OLDEST = 15  # PostgreSQL's major version


def problems() -> list[str]:
    """All problems of settings, database and installed functions; an unreachable database hides those behind it."""
    found = [
        f"{message.msg} {message.hint or ''}".strip() for message in django_checks.run_checks() if message.is_serious()
    ]
    failing = readiness.failing()
    if "database" in failing:
        return [*found, f"The database cannot be reached: {readiness.why_unreachable()}"]
    found += too_old() + _without_limits()
    if failing:
        return [*found, "The database lacks migrations of this version: run `tearoff migrate`."]
    found += foreign_key() + sql.differences()
    return found + orphans() + loyalty.contradictions() + directories.contradictions()


def foreign_key() -> list[str]:
    """Restored without its key, or served by a second machine with another one, a database looks well but lets nobody in."""
    amount = keys.made_under_another_key()
    if amount == 0:
        return []
    return [
        f"API key pairs that were made under another secret key and are refused, as are the location passwords: {amount}."
        " Bring back `keys` of the data folder, or TEAROFF_SECRET_KEY; if it is lost, docs/operate.md says what to renew."
    ]


def too_old() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("show server_version_num")
        major = int(cursor.fetchone()[0]) // 10_000
    return [f"The database is PostgreSQL {major}; Tearoff needs {OLDEST} or newer."] if major < OLDEST else []


def _without_limits() -> list[str]:
    """Behind PgBouncer they cannot be sent at connect; forgotten there, one stuck request would hold a row for ever."""
    found = []
    with connection.cursor() as cursor:
        for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute("select current_setting(%s)", [limit])
            if cursor.fetchone()[0] == "0":
                found.append(
                    f"The database session has no {limit}: set it on the role, as docs/install.md shows for PgBouncer."
                )
    return found
