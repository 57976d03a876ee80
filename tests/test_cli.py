"""What an operator does at a terminal: each command as a process of its own, on data folders of its own."""

import json
import os
import signal
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tearoff.config import environment, settings
from tearoff.kit import postgres
from tests.dashboard.browsing import log_in
from tests.street import cluster
from tests.street.cluster import without_settings
from tests.street.server import PATIENCE, Server, free_port, start_server, start_worker
from tests.street.terminal import eventually, serve, start, status, tearoff
from tests.world import Shop

ROOT = Path(__file__).resolve().parent.parent


# Settings


def test_each_setting_is_documented_as_it_is() -> None:
    assert environment.as_markdown() in (ROOT / "docs" / "settings.md").read_text()


@pytest.mark.parametrize("name", [setting.name for setting in environment.SETTINGS])
def test_each_setting_is_one_of_django(name: str) -> None:
    assert hasattr(settings, name)


# Commands that end


def test_a_new_data_folder_is_migrated_and_in_order(data: Path) -> None:
    before = tearoff("check", "--data", str(data))
    assert (before.returncode, before.stdout) == (
        1,
        "The database lacks migrations of this version: run `tearoff migrate`.\n",
    )

    assert tearoff("migrate", "--data", str(data)).returncode == 0
    after = tearoff("check", "--data", str(data))
    assert (after.returncode, after.stdout) == (0, "Settings and database are in order.\n"), after.stderr
    assert postgres.pid(data) is None
    key = data / "keys" / "secret_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700


def test_check_names_a_function_that_is_not_the_files(migrated: Path) -> None:
    with postgres.running(migrated) as url, psycopg.connect(url) as connection:
        name = connection.execute(
            "select oid::regprocedure from pg_proc where pronamespace = 'public'::regnamespace and prolang ="
            " (select oid from pg_language where lanname = 'plpgsql') order by proname limit 1"
        ).fetchone()
        assert name
        connection.execute(f"drop function {name[0]} cascade")
    checked = tearoff("check", "--data", str(migrated))
    assert checked.returncode == 1
    assert name[0].split("(")[0] in checked.stdout


def test_without_prepared_statements_the_role_must_carry_the_time_limits(migrated: Path) -> None:
    """As behind PgBouncer, which lets neither through."""
    off = {"TEAROFF_PREPARED_STATEMENTS": "off"}
    checked = tearoff("check", "--data", str(migrated), **off)
    assert checked.returncode == 1
    assert [line.split(" has no ")[1].split(":")[0] for line in checked.stdout.splitlines()] == [
        "lock_timeout",
        "statement_timeout",
        "idle_in_transaction_session_timeout",
    ]

    papers = (ROOT / "docs" / "install.md").read_text()
    statements = [line for line in papers.splitlines() if line.startswith("alter role")]
    for statement in statements:
        assert tearoff("database", "--data", str(migrated), "psql", "-c", statement).returncode == 0
    assert tearoff("check", "--data", str(migrated), **off).returncode == 0


def test_another_database_is_not_migrated_by_the_start(data: Path) -> None:
    with postgres.running(data) as url:
        refused = tearoff("serve", "--data", str(data), "--port", str(free_port()), DATABASE_URL=url)
    assert refused.returncode == 1
    assert "run `tearoff migrate` first" in refused.stderr


def test_backup_and_restore_as_the_papers_say(migrated: Path) -> None:
    created = tearoff("account", "create", "--data", str(migrated), "--email", "a@example.com", "--company", "Bakery")
    assert created.returncode == 0, created.stderr
    dump, copy = migrated.parent / "tearoff.dump", migrated.parent / "copy"
    dumped = tearoff("database", "--data", str(migrated), "pg_dump", "--format=custom", f"--file={dump}")
    assert dumped.returncode == 0, dumped.stderr
    copy.mkdir()
    subprocess.run(["cp", "-a", str(migrated / "keys"), str(copy)], check=True)  # the papers take them along by tar
    restored = tearoff("database", "--data", str(copy), "pg_restore", "--no-owner", "--dbname=tearoff", str(dump))
    assert restored.returncode == 0, restored.stderr

    again = tearoff("account", "create", "--data", str(copy), "--email", "a@example.com", "--company", "Bakery")
    assert (again.returncode, again.stderr) == (1, "Somebody already logs in as a@example.com.\n")
    assert tearoff("check", "--data", str(copy)).returncode == 0


def test_the_first_operator_is_made_at_the_terminal(mario: Shop) -> None:
    def make(email: str) -> "subprocess.CompletedProcess[str]":
        return tearoff("operator", "add", "--email", email, DATABASE_URL=os.environ["DATABASE_URL"])

    fresh = f"olga-{mario.email}"
    assert log_in(mario.email, mario.password).status_code == 200, "an owner is no operator"
    made, promoted, again = make(fresh.upper()), make(mario.email), make(fresh)

    told = json.loads(made.stdout)
    assert told["operator_email"] == fresh and log_in(fresh, told["operator_password"]).status_code == 302
    assert json.loads(promoted.stdout) == {"operator_email": mario.email}
    assert log_in(mario.email, mario.password).status_code == 302
    assert json.loads(again.stdout) == {"operator_email": fresh}, "a password is never made anew"
    refused = make("nobody")
    assert refused.returncode == 1 and refused.stderr.startswith("--email 'nobody'")


# Commands that serve


@pytest.fixture
def shop(migrated: Path) -> Iterator[Server]:
    """`tearoff serve` on an embedded database of its own: web and worker in one foreground command."""
    server = serve(migrated)
    yield server
    server.stop()


def children_of(number: int) -> list[int]:
    """All living processes below one, deepest last."""
    found = []
    for task in Path(f"/proc/{number}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children_of(child)]
    return found


def child_of(number: int, words: str) -> int | None:
    """The one direct child whose command line has these words, if it lives."""
    for child in map(int, Path(f"/proc/{number}/task/{number}/children").read_text().split()):
        if words.encode() in Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" "):
            return child
    return None


def is_alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_one_command_serves_and_stops_cleanly(how: signal.Signals, data: Path) -> None:
    shop = serve(data)
    assert status(f"{shop.url}/healthz") == 200
    everybody = [shop.pid, *children_of(shop.pid)]
    assert len(everybody) >= 5, "the command, the web server, its two processes, the worker, the database"

    os.killpg(shop.pid, how) if how == signal.SIGINT else os.kill(shop.pid, how)  # Ctrl-C reaches the whole group
    assert shop.inner.wait(PATIENCE) == 0
    assert not [number for number in everybody if is_alive(number)]
    assert postgres.pid(data) is None
    assert "Traceback" not in shop.said()


STOPPED_WHILE_TIDYING = """
import os, signal, sys, time
from tearoff import bench, cli

signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background hands down a deaf one

class Tidied:
    def __del__(self):
        os.kill(os.getpid(), signal.{number})
        time.sleep(0)

def work(rest):
    try:
        Tidied()
        print("goes on", flush=True)
        time.sleep({patience})
    finally:
        print("put away", flush=True)

bench.main = work
sys.exit(cli.main(["bench"]))
"""


@pytest.mark.parametrize(("number", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_signal_that_python_swallows_stops_a_command_all_the_same(number: str, code: int) -> None:
    """What is raised inside `__del__` goes nowhere; the command is stopped, and puts away what it began."""
    program = STOPPED_WHILE_TIDYING.format(number=number, patience=PATIENCE)
    stopped = subprocess.run(
        [sys.executable, "-c", program], env=without_settings(), capture_output=True, text=True, check=False, cwd="/"
    )
    assert (stopped.returncode, stopped.stdout) == (code, "goes on\nput away\n"), stopped.stderr


def test_an_account_is_opened_while_the_server_runs(data: Path, shop: Server) -> None:
    created = tearoff("account", "create", "--data", str(data), "--email", "a@example.com", "--company", "Bäckerei")
    assert created.returncode == 0, created.stderr
    assert created.stdout.count("\n") == 1
    answer = json.loads(created.stdout)
    assert answer["account"] and answer["client_id"] and answer["client_secret"]
    assert status(f"{shop.url}/readyz") == 200, "the second program leaves the database running"


def test_a_taken_port_is_refused_with_a_sentence(data: Path, shop: Server) -> None:
    port = shop.url.rsplit(":", 1)[1]
    refused = tearoff("serve", "--data", str(data), "--port", port)
    assert refused.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in refused.stderr


@pytest.mark.parametrize("words", ["tearoff.config.web", "tearoff worker"])
def test_a_killed_child_is_started_again(words: str, shop: Server) -> None:
    killed = child_of(shop.pid, words)
    assert killed
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: child_of(shop.pid, words) not in (None, killed), "another has its place")
    eventually(lambda: status(f"{shop.url}/readyz") == 200, "it serves again")
    assert "ended unexpectedly with code -9 and is started again" in shop.said()


def test_nothing_is_left_of_a_killed_command(migrated: Path) -> None:
    shop = serve(migrated)
    database = postgres.pid(migrated)
    below = [number for number in children_of(shop.pid) if number != database]
    below = [number for number in below if number not in (children_of(database) if database else [])]
    os.kill(shop.pid, signal.SIGKILL)
    eventually(lambda: not any(is_alive(number) for number in below), "its children have ended by themselves")

    again = serve(migrated)  # the port and the database are free for the next start
    assert status(f"{again.url}/readyz") == 200
    again.stop()
    assert postgres.pid(migrated) is None


def test_a_database_killed_under_a_running_server_heals(data: Path, shop: Server) -> None:
    killed = postgres.pid(data)
    assert killed
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: postgres.pid(data) not in (None, killed), "the database is started again")
    eventually(lambda: [status(f"{shop.url}/readyz") for _ in range(8)] == [200] * 8, "every connection is a new one")
    assert status(f"{shop.url}/healthz") == 200
    assert "The database ended unexpectedly and is started again." in shop.said()
    begun, over = "The worker waits for the database", "The database answers again."
    eventually(lambda: shop.said().count(begun) == shop.said().count(over), "the end is told as well")
    assert shop.said().count(begun) < 4 and "Traceback" not in shop.said(), "told once, not by each loop at each try"


def test_connections_ended_by_the_database_cost_no_request() -> None:
    """A restart, a failover or a time limit ends idle connections; the next request opens a new one, without failing."""
    server = start_server()
    try:
        for _ in range(3):
            assert {status(f"{server.url}/readyz") for _ in range(8)} == {200}
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
                    " where application_name = 'tearoff' and datname = current_database() and pid <> pg_backend_pid()"
                )
        assert {status(f"{server.url}/readyz") for _ in range(8)} == {200}
    finally:
        server.stop()


def test_readyz_names_what_fails(migrated: Path) -> None:
    with postgres.running(migrated) as url:
        server = start_server(DATABASE_URL=url, TEAROFF_DATA=str(migrated))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "update django_migrations set name = 'lost' where app = 'activity' and name like '0001%'"
            )
        try:
            with pytest.raises(urllib.error.HTTPError) as refusal:
                urllib.request.urlopen(f"{server.url}/readyz")
            assert (refusal.value.code, json.load(refusal.value)) == (
                503,
                {"status": "failing", "migrations": "missing"},
            )
            with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
                connection.execute("drop database tearoff with (force)")
            with pytest.raises(urllib.error.HTTPError) as refusal:
                urllib.request.urlopen(f"{server.url}/readyz")
            assert json.load(refusal.value) == {"status": "failing", "database": "unreachable"}
            assert status(f"{server.url}/healthz") == 200, "the process itself is well"
        finally:
            server.stop()


def test_the_worker_stops_when_told() -> None:
    """On a database of its own: it would tell what other tests have broken on purpose."""
    worker = start_worker(DATABASE_URL=cluster.own_database(Path(os.environ["TESTS_CLUSTER"]), f"worker_{os.getpid()}"))
    assert worker.stop() == 0
    assert "Traceback" not in worker.said()


# The demo shop


def test_a_demo_shop_is_open_when_its_file_is_there_and_the_same_the_next_time(data: Path) -> None:
    first = open_demo(data)
    second = open_demo(data)
    assert {**first, "url": "", "campaigns": []} == {**second, "url": "", "campaigns": []}
    assert [each["code"] for each in first["campaigns"]] == [each["code"] for each in second["campaigns"]]


def is_written(file: Path, url: str) -> bool:
    """By this start: one of the start before may still lie there."""
    return file.exists() and url in file.read_text()


def open_demo(data: Path) -> dict[str, object]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    started = start("demo", "--data", str(data), "--port", str(port))
    file = data / "demo.json"
    try:
        eventually(lambda: is_written(file, url) or not started.is_running(), "the file is written")
        assert file.exists(), started.said()
        assert status(f"{url}/readyz") == 200
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        shop: dict[str, object] = json.loads(file.read_text())
        assert shop["url"] == url
        campaigns = shop["campaigns"]
        assert isinstance(campaigns, list) and campaigns
        for campaign in campaigns:
            assert set(campaign) == {"id", "code", "url"}
            assert all(isinstance(value, str) for value in campaign.values())
            assert campaign["url"].startswith(url)
        texts = ("client_id", "client_secret", "owner_email", "owner_password", "location_password")
        assert all(isinstance(shop[name], str) and shop[name] for name in texts)
        assert status(campaigns[0]["url"]) == 200
        eventually(lambda: str(shop["owner_password"]) in started.said(), "the terminal has it too")
    finally:
        started.stop()
    return shop
