"""Whether this installation can work: the database answers and has all migrations. For /readyz and the commands."""

from functools import cache

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader


def failing() -> dict[str, str]:
    """A word per failing part; empty when all is well."""
    try:
        applied = _applied()
    except (DatabaseError, InterfaceError):
        connection.close()
        return {"database": "unreachable"}
    return {} if expected_migrations() <= applied else {"migrations": "missing"}


def why_unreachable() -> str:
    """What the database, or the way to it, answers: for the terminal, not for everybody. It never repeats a password."""
    try:
        _applied()
    except (DatabaseError, InterfaceError) as problem:
        connection.close()
        return " ".join(str(problem).split())
    return "it answered only now, so try again."


def _applied() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('django_migrations') is not null")
        if not cursor.fetchone()[0]:
            return set()
        cursor.execute("select app, name from django_migrations")
        return set(cursor.fetchall())


@cache
def expected_migrations() -> frozenset[tuple[str, str]]:
    """All migrations of the installed code, by application and name. They cannot change while a process runs."""
    return frozenset(MigrationLoader(None).disk_migrations)
