"""The bench does all it says, checks what it is answered, leaves nothing behind and loads nobody else's server.

How fast anything is, is no matter here.
"""

import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tearoff.bench import numbers, place, report, yardstick
from tearoff.bench.load import Answer, Job, Kind, Run
from tearoff.bench.loading import Failed, only
from tearoff.bench.yardstick import Statement
from tearoff.kit import postgres
from tests.street.cluster import without_settings
from tests.street.server import PATIENCE, Process, Server, free_port

EVERY_RUN = {
    "validate_ratio", "validate_web", "validate_database", "pgbench_database", "validate_rate", "pgbench_rate", "others",
    "steady_p50", "steady_p95", "steady_p99", "open_ratio", "open_web", "open_database", "rivals",
    "list", "list_ratio", "list_plain_ratio", "list_memory", "links_10", "links_100", "links_others",
    "holders_20", "holders_ratio", "holders_pages", "contacts_pages", "members_pages",
}  # fmt: skip
THROWAWAY_ONLY = {"growth", "growth_wal"}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path the database's own user can walk to, which a path of pytest's is not."""
    made = Path(tempfile.mkdtemp(prefix="bench-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def bench(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tearoff", "bench", *arguments],
        env=without_settings() | env,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def processes_of(folder: Path) -> list[str]:
    """What still runs with this folder in its words or its environment; ourselves not."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            said = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in said and int(pid) != os.getpid():
            found.append(said.replace(b"\0", b" ").decode(errors="replace")[:200])
    return found


# Whole runs


def test_a_throwaway_run_measures_everything_and_leaves_nothing(folder: Path) -> None:
    temporary = folder / "tmp"
    temporary.mkdir()
    ended = bench("--tiny", "--json", str(folder / "bench.json"), TMPDIR=str(temporary))
    assert ended.returncode == 0, ended.stderr
    told = json.loads((folder / "bench.json").read_text())
    assert {row["key"] for row in told["rows"]} == EVERY_RUN | THROWAWAY_ONLY
    assert told["machine"]["fsync"] == "on", "a yardstick that does not wait for the disk measures nothing we owe"
    assert all(row["measured"] in ended.stdout for row in told["rows"]), "the table shows what the file says"
    assert {row["is_kept"] is None for row in told["rows"] if row["owed"]} == {False}, "what is owed gets a verdict"
    assert list(temporary.iterdir()) == []
    assert processes_of(folder) == []


def test_a_run_that_is_stopped_leaves_nothing_either(folder: Path) -> None:
    run = Process.start(["bench", "--tiny"], without_settings() | {"TMPDIR": str(folder)})
    eventually(lambda: "in turns" in run.said(), "the servers run and are measured")
    run.inner.send_signal(signal.SIGTERM)
    assert run.inner.wait(PATIENCE) == 143, run.said()
    assert list(folder.iterdir()) == []
    assert processes_of(folder) == []


def test_a_running_shop_is_measured_and_stays_as_it_was(folder: Path) -> None:
    port = free_port()
    demo = Process.start(["demo", "--data", str(folder / "shop"), "--port", str(port)], without_settings())
    shop = Server(demo.inner, demo.words, f"http://127.0.0.1:{port}")
    try:
        shop.wait_until_ready()
        eventually((folder / "shop" / "demo.json").exists, "the shop is open")
        before = accounts(folder / "shop")
        ended = bench("--tiny", "--data", str(folder / "shop"), "--json", str(folder / "bench.json"))
        assert ended.returncode == 0, ended.stderr
        told = json.loads((folder / "bench.json").read_text())
        assert {row["key"] for row in told["rows"]} == EVERY_RUN
        assert shop.is_running() and accounts(folder / "shop") == before
    finally:
        shop.stop()
    assert processes_of(folder) == []


def accounts(data: Path) -> list[tuple[object, ...]]:
    """Who is there, and how many sessions they have."""
    with psycopg.connect(postgres.address(data)) as connection:
        return connection.execute(
            "select a.company, count(s.id) from account a left join coupon_session s on s.account_id = a.id"
            " group by a.id, a.company order by a.id"
        ).fetchall()


def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} seconds: {what}"
        time.sleep(0.05)


# What it will not do


@pytest.mark.parametrize(
    "url", ["https://coupons.example.org", "http://192.0.2.7:8000", "http://127.0.0.1.example.org"]
)
def test_no_load_on_other_peoples_servers(url: str, folder: Path) -> None:
    ended = bench("--tiny", "--url", url, "--data", str(folder))
    assert ended.returncode == 1
    assert "Only servers on 127.0.0.1 are measured." in ended.stderr
    assert list(folder.iterdir()) == []


def test_nor_where_a_demo_file_points_elsewhere(folder: Path) -> None:
    (folder / "demo.json").write_text('{"url": "http://192.0.2.7:8000"}')
    ended = bench("--tiny", "--data", str(folder))
    assert ended.returncode == 1
    assert "Only servers on 127.0.0.1 are measured." in ended.stderr


def test_a_folder_without_a_shop_is_told(folder: Path) -> None:
    ended = bench("--tiny", "--data", str(folder))
    assert ended.returncode == 1
    assert "No demo shop runs in" in ended.stderr


def test_loopback_has_several_names() -> None:
    for url in ("http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000", "http://127.8.8.8"):
        assert place.loopback(url) == url


# The load generator, on a server of the test's own


@contextmanager
def a_server(answer: Callable[[http.server.BaseHTTPRequestHandler], None]) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def whole(handler: http.server.BaseHTTPRequestHandler, body: bytes = b"fine", status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def ran(job: Job) -> Run:
    run = Run(job)
    run.result()
    for connection in run.idle:
        connection.socket.close()
    return run


def test_a_stalled_server_is_charged_for_all_who_waited() -> None:
    """One connection, a first answer that is held back until every request has fallen due: all of them were late."""
    due = threading.Event()
    released: list[float] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        if not released:
            assert due.wait(PATIENCE)
            released.append(time.perf_counter())
        whole(handler)

    with a_server(answer) as port:
        job = Job("127.0.0.1", port, "GET", "/", [""] * 20, [Kind("fine", 200, "fine")], connections=1, rate=200.0)
        threading.Timer(1.0, due.set).start()
        run = ran(job)
    assert run.kinds == {"fine": 20}
    assert all(since < released[0] for since in run.since), "twenty requests at 200/s fall due within a second"
    assert all(since + took >= released[0] for since, took in zip(run.since, run.latencies, strict=True))


def test_answers_are_told_apart_and_the_strange_one_is_shown() -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        if handler.path == "/refused":
            whole(handler, b'{"reason": "sold_out"}', 422)
        elif handler.path == "/broken":
            whole(handler, b"Oh no", 500)
        else:
            whole(handler)

    kinds = [Kind("fine", 200, "fine"), Kind("refused", 422, "sold_out")]
    with a_server(answer) as port:
        run = ran(Job("127.0.0.1", port, "GET", "/{}", ["a", "refused", "broken", "b"], kinds, connections=2))
    assert run.kinds == {"fine": 2, "refused": 1, "strange": 1}
    assert run.strange == "HTTP 500: Oh no"


def test_a_streamed_answer_is_read_to_its_end_and_counted() -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for piece in (b"one code, ", b"two co", b"de, " * 3, b"x" * 300_000 + b"code"):
            handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    with a_server(answer) as port:
        job = Job("127.0.0.1", port, "GET", "/", ["", ""], [Kind("fine", 200, "^one")], connections=1, counted="code")
        run = ran(job)
    assert run.kinds == {"fine": 2}
    assert run.counted == 2 * 3, "a word that two pieces share counts once"


def test_an_answer_in_single_bytes_is_still_one_answer() -> None:
    answer = Answer()
    raw = b"HTTP/1.1 302 Found\r\nContent-Length: 5\r\n\r\nhello"
    assert [answer.take(raw[at : at + 1]) for at in range(len(raw))] == [False] * (len(raw) - 1) + [True]
    assert (answer.status, answer.body()) == (302, b"hello")


def test_a_missing_or_strange_answer_is_no_measurement() -> None:
    class Told:
        strange = "HTTP 500: Oh no"
        kinds = {"fine": 9, "strange": 1}

    with pytest.raises(Failed, match="Oh no"):
        only(Told, "fine", 10)  # type: ignore[arg-type]


# The yardstick


def test_pgbench_names_the_same_sessions_as_we_do() -> None:
    some = numbers.Numbers(1_000, skipped=77)
    expression = some.in_pgbench("step")
    computed = [f"{eval(expression, {'step': step})}{numbers.LETTERS}" for step in range(1_000)]
    assert computed == [some.at(step) for step in range(1_000)]
    assert len(set(computed)) == len({code[:6] for code in computed}) == 1_000, "whole and short codes stand once"
    assert {len(code) for code in computed} == {21}
    assert sorted(computed) == [some.code(index) for index in range(1_000)]


def test_a_caught_statement_becomes_a_script() -> None:
    walk = numbers.Walk(numbers.Numbers(10))
    code = walk.codes(1)[0]
    for statement in (
        Statement("select act(%s, %s,  %s, %s)", (7, code, None, "api")),
        Statement(
            "select act(%(account)s, %(code)s, %(key)s, %(method)s)",
            {"account": 7, "code": code, "key": None, "method": "api"},
        ),
    ):
        script = yardstick.script_of(statement, code, walk)
        assert script.text.splitlines()[-1] == "select act(:p0, (:code || 'zz'), null, :p1);"
        assert script.variables == {"p0": "7", "p1": "api"}


def test_sessions_are_handed_out_once() -> None:
    walk = numbers.Walk(numbers.Numbers(10))
    assert len(set(walk.codes(4) + walk.codes(6))) == 10
    with pytest.raises(AssertionError, match="11 sessions wanted, 10 are there"):
        walk.steps(1)


def test_percentiles_are_values_that_occurred() -> None:
    hundred = [float(number) for number in range(100, 0, -1)]
    assert [report.percentile(hundred, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50.0, 95.0, 99.0, 100.0]
    assert report.percentile([3.0], 0.99) == 3.0
