"""The web server: granian with one process per core, two requests at a time each, and a bounded queue.

More threads and more database connections were measured to cost CPU and tail latency, not to gain throughput.
Run by `tearoff serve` as `python -m tearoff.config.web HOST PORT`, with a pipe to its parent as standard input.
"""

import os
import signal
import sys
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from tearoff.config import lifeline

REQUESTS_AT_ONCE = 2  # per process, one database connection each
QUEUE = 1024  # connections that may wait in the kernel; more are refused at once instead of after a time-out
IDLE_THREAD = 600  # seconds, granian's longest: a thread that ends takes its database connection with it
LAST_WORDS = 20  # seconds a request may take to end after SIGTERM


def main(host: str, port: int, processes: int) -> None:
    """Serves until SIGTERM, SIGINT or the end of the parent."""
    lifeline.watch(sys.stdin.fileno(), end)
    ours, theirs = os.pipe()

    def load() -> Any:
        """In each web process: it ends with the server process, and reads the application.

        The fork has the server process's handlers, which would swallow a SIGTERM that comes while the application is
        read; granian sets the web process's own afterwards.
        """
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.close(theirs)
        lifeline.watch(ours, end)
        from tearoff.config.wsgi import application  # here, because the server process itself needs no Django

        return application

    Server(
        "tearoff.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=REQUESTS_AT_ONCE,
        blocking_threads_idle_timeout=IDLE_THREAD,
        backlog=QUEUE,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=LAST_WORDS,
        log_level=LogLevels.warning,
    ).serve(target_loader=load, wrap_loader=False)


def end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
