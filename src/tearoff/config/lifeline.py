"""How a process learns that the one that started it is gone, even by kill -9: the other end of a pipe is closed.

Without it a killed server would leave children behind that hold its port and its database.
"""

import os
import threading
from collections.abc import Callable


def watch(descriptor: int, when_cut: Callable[[], None]) -> None:
    """Calls `when_cut` from a thread of its own once nobody holds the other end of the pipe any more."""

    def wait() -> None:
        while os.read(descriptor, 1):
            pass
        when_cut()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
