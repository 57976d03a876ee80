"""Before any test module is read: a database of its own for this process, and Django standing on it.

There is no pytest-django: what it does best, wrapping each test in a transaction, is what hides races.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import django
import hypothesis
import pytest
from django.conf import settings as settings_of_django

from tests.street import cluster
from tests.street.server import Server, start_server

CLUSTER = "TESTS_CLUSTER"  # tells xdist's worker processes where the one server of this run is
_open = ExitStack()

# A busy machine is no fault of the program: tests have no time limits.
hypothesis.settings.register_profile(
    "patient", hypothesis.settings.default, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a stopped run stops its server
        os.environ[CLUSTER] = str(_open.enter_context(cluster.cluster()))
    folder = Path(os.environ[CLUSTER])
    _stand_on(folder, worker or "main")
    for people in (
        "tests.world",
        "tests.street.listening",
        "tests.street.terminal",
    ):  # they need models, so they come after the set-up
        config.pluginmanager.import_plugin(people)


def _stand_on(folder: Path, name: str) -> None:
    settings = {
        "DATABASE_URL": cluster.own_database(folder, f"tests_{name}"),
        "TEAROFF_DATA": str(folder / name),
        "TEAROFF_OUTBOUND_ALLOW": "127.0.0.0/8",  # receivers of webhooks are played by tests on loopback
        "DJANGO_SETTINGS_MODULE": "tearoff.config.settings",
    }
    kept = cluster.without_settings()
    os.environ.clear()
    os.environ.update(kept | settings)
    django.setup()
    settings_of_django.PASSWORD_HASHERS = ["tests.street.hashing.LightArgon2"]


def pytest_unconfigure(config: pytest.Config) -> None:
    _open.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One real server for all tests of this process that only talk to it; who kills it or sets it up starts another."""
    running = start_server()
    yield running
    running.stop()
