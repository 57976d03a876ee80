"""The machine a number was measured on: without it the number says little."""

import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tearoff.bench import processes

FSYNC_SECONDS = 0.5


def described(data: Path) -> dict[str, Any]:
    from tearoff.kit import sql

    row = sql.one(
        "select current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit'),"
        " current_setting('shared_buffers')"
    )
    assert row is not None
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": processes.cores(),
        "processor": _processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "postgresql": row[0],
        "fsync": row[1],
        "synchronous_commit": row[2],
        "shared_buffers": row[3],
        "disk_fsyncs_per_second": round(fsyncs_per_second(data)),
        "load_average": os.getloadavg()[0],
    }


def fsyncs_per_second(folder: Path) -> float:
    """How often the disk of the data folder can make 8 kB last: no single client can commit faster."""
    file = folder / "bench.fsync"
    descriptor = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        block, done, began = os.urandom(8192), 0, time.perf_counter()
        while time.perf_counter() - began < FSYNC_SECONDS:
            os.pwrite(descriptor, block, 0)
            os.fdatasync(descriptor)
            done += 1
        return done / (time.perf_counter() - began)
    finally:
        os.close(descriptor)
        file.unlink()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith(("model name", "Hardware")):
            return line.partition(":")[2].strip()
    return platform.machine()


def sentence(machine: dict[str, Any]) -> str:
    return (
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, PostgreSQL {machine['postgresql']}"
        f" (fsync {machine['fsync']}, synchronous_commit {machine['synchronous_commit']}), {machine['disk_fsyncs_per_second']}"
        f" fsyncs/s, Python {machine['python']}, load average {machine['load_average']:.1f} at {machine['at']}"
    )
