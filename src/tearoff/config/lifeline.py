"""How a process learns that it is over: it is told by a signal, or the one that started it is gone, even by kill -9.

Without the second a killed server would leave children behind that hold its port and its database.
"""

import os
import signal
import threading
from collections.abc import Callable


def told_by_signals(when_told: Callable[[], None]) -> None:
    """Calls `when_told` from a thread of its own at SIGTERM or SIGINT (Ctrl-C), as often as they come.

    Not from a handler: that runs in the middle of whatever the main thread does, and setting a threading.Event there waits
    for ever if the main thread, or the handler of the signal before, just holds the event's lock.
    """
    heard, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)

    def wait() -> None:
        while os.read(heard, 1):
            when_told()

    threading.Thread(target=wait, name="signals", daemon=True).start()


def watch(descriptor: int, when_cut: Callable[[], None]) -> None:
    """Calls `when_cut` from a thread of its own once nobody holds the other end of the pipe any more."""

    def wait() -> None:
        while os.read(descriptor, 1):
            pass
        when_cut()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
