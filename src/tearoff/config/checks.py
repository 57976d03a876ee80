"""What `tearoff check` looks at. Each problem is one sentence that says what to do."""

from django.core import checks as django_checks
from django.db import connection

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
        return [*found, "The database cannot be reached: check DATABASE_URL, and that the server runs."]
    found += _too_old() + _without_limits()
    if failing:
        return [*found, "The database lacks migrations of this version: run `tearoff migrate`."]
    return found + sql.differences() + orphans() + loyalty.contradictions() + directories.contradictions()


def _too_old() -> list[str]:
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
