"""Persistent database connections on the short lanes, where Django's own signals for their care do not run.

Before a request: a connection the server has closed meanwhile (restart, failover, time limit) is seen by looking at its
socket, which costs no round trip; an idle one has nothing to say, so anything to read there is its farewell. After a
request: only a connection that is idle and outside any transaction is kept.
"""

import select

from django.db import connection
from psycopg.pq import TransactionStatus


def drop_if_gone() -> None:
    """Called before a request: closes a connection that ended since the last one, so that a new one is opened."""
    inner = connection.connection
    if inner is not None and (inner.closed or _has_something_to_read(inner.fileno())):
        connection.close()


def leave_clean() -> bool:
    """Called after a request, whatever happened: True if the connection may serve the next one, else it is closed."""
    inner = connection.connection
    if inner is None or inner.pgconn.transaction_status == TransactionStatus.IDLE:
        return True
    connection.close()
    return False


def is_gone() -> bool:
    """Whether this thread has no connection: none was made, it could not be made, or it had to be closed."""
    return connection.connection is None


def _has_something_to_read(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
