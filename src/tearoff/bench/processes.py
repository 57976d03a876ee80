"""What processes cost, by the kernel's own books in /proc: processor seconds and memory."""

import os
from collections.abc import Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
_BUSY = (1, 2, 3, 6, 7, 8)  # user, nice, system, irq, softirq, steal in the first line of /proc/stat


def cpu_seconds(root: int) -> float:
    """Of a process and all below it, those that have ended (and were reaped) included."""
    return sum(_ticks(pid) for pid in family(root)) / TICKS


def memory(root: int) -> int:
    """Bytes of private and shared memory of the fattest process of a family: the one that had to hold the answer."""
    return max(_resident(pid) for pid in family(root))


def family(root: int) -> list[int]:
    """A living process and all its living descendants."""
    children: dict[int, list[int]] = {}
    for pid in _all():
        children.setdefault(_parent(pid), []).append(pid)
    found, to_visit = [], [root]
    while to_visit:
        pid = to_visit.pop()
        found.append(pid)
        to_visit += children.get(pid, [])
    return found


def busy_seconds() -> float:
    """What all processors together have worked since the machine started, whoever they worked for."""
    words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    return sum(int(words[column]) for column in _BUSY) / TICKS


def cores() -> int:
    """Processors this process may run on."""
    return len(os.sched_getaffinity(0))


def listener(port: int) -> int | None:
    """The oldest process of the server that listens on this loopback port; None when nobody does (or we may not look)."""
    inodes = set(_listening_sockets(port))
    holders = {pid for pid in _all() if inodes & set(_sockets(pid))}
    eldest = [pid for pid in holders if _parent(pid) not in holders]
    return min(eldest, default=None)


def _all() -> Iterable[int]:
    return (int(entry) for entry in os.listdir("/proc") if entry.isdigit())


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may hold blanks; empty for a process that has just gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _ticks(pid: int) -> int:
    """utime, stime, cutime and cstime."""
    return sum(int(field) for field in _stat(pid)[11:15])


def _resident(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") if fields else 0


def _listening_sockets(port: int) -> Iterable[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not os.path.exists(table):
            continue
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                yield f"socket:[{fields[9]}]"


def _sockets(pid: int) -> Iterable[str]:
    try:
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            yield os.readlink(f"/proc/{pid}/fd/{descriptor}")
    except OSError:
        return
