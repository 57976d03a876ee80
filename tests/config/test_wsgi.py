"""The door: which lane an address takes, and what is left behind by a request that goes wrong."""

import io
import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from django.templatetags.static import static
from django.test import override_settings

from tearoff.config import environment, urls, wsgi
from tearoff.kit.lane import DRAINED


class Answer:
    """One request to the application, as the web server makes it."""

    def __init__(self, path: str, method: str = "GET", **more: Any) -> None:
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "shop.example",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "shop.example",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            **more,
        }
        body = wsgi.application(environ, self._started)
        self.body = b"".join(body)
        if hasattr(body, "close"):
            body.close()

    def _started(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        self.status = int(status.split()[0])
        self.headers = {name.lower(): value for name, value in headers}


@pytest.fixture
def lane(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A short lane at /trial of the test's own making: set `run`."""
    made: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        body: Iterable[bytes] = made["run"]()
        return body

    monkeypatch.setitem(wsgi.SHORT_LANES, "trial", application)
    yield made
    connection.close()


def ask(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def session() -> int:
    """Which session of the database this thread talks to."""
    return int(ask("select pg_backend_pid()")[0][0])


@pytest.mark.parametrize("path", ["/healthz", "//healthz", "///healthz", "/readyz"])
def test_the_two_questions_of_a_balancer(path: str) -> None:
    answer = Answer(path)
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/v2/nothing", "/v3/nothing", "//v3/nothing", "/v4/nothing", "/api/nothing", "/v3"])
def test_programs_are_told_of_unknown_addresses_in_json(path: str) -> None:
    answer = Answer(path)
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("application/json")
    json.loads(answer.body)


@pytest.mark.parametrize(
    "path", ["/nothing", "/v30", "/p", "/p/nothing", "/apia/x", "/admin/nothing/", "/media/nothing", "/\x00"]
)
def test_people_are_told_of_unknown_addresses_by_a_page(path: str) -> None:
    answer = Answer(path)
    assert answer.status in (302, 404)  # the operator's door asks for the log-in first
    assert answer.headers["content-type"].startswith("text/html")


def test_the_front_page_may_not_be_framed_and_runs_nothing_foreign() -> None:
    answer = Answer("/")
    assert answer.status == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_behind_a_proxy_that_ends_tls_the_world_is_told_to_come_by_https_only() -> None:
    assert "strict-transport-security" not in Answer("/").headers
    with override_settings(TEAROFF_BASE_URL="https://coupons.example.com"):
        for path in ("/", "/admin/", "/static/admin/css/base.css"):
            assert Answer(path).headers["strict-transport-security"] == "max-age=31536000", path


class Endless(io.RawIOBase):
    """A body as long as anybody wants to read."""

    read_so_far = 0

    def readinto(self, piece: Any) -> int:
        self.read_so_far += len(piece)
        return len(piece)


def test_nobody_fills_the_disk_through_the_log_in() -> None:
    kind, stream = "multipart/form-data; boundary=x", Endless()
    answer = Answer(
        "/admin/login/", "POST", CONTENT_TYPE=kind, CONTENT_LENGTH=str(200 * 1024**3), **{"wsgi.input": stream}
    )
    assert (answer.status, answer.body) == (413, b"That is too large.\n")
    assert stream.read_so_far == DRAINED, "dropped, and no more than lets the answer reach its sender"


def test_a_static_file_has_a_new_address_when_it_changes() -> None:
    address = static("admin/css/base.css")
    path, version = address.split("?v=")
    assert path == "/static/admin/css/base.css"
    assert len(version) == 10
    answer = Answer(path)
    assert answer.status == 200
    assert "max-age=" in answer.headers["cache-control"]


def test_an_uploaded_file_is_looked_at_and_never_run() -> None:
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.html").write_text("<script>alert(1)</script>")
    (folder / "picture.png").write_bytes(b"\x89PNG")

    page, picture = Answer("/media/page.html"), Answer("/media/picture.png")
    assert page.headers["content-disposition"] == "attachment"
    assert "content-disposition" not in picture.headers or "inline" in picture.headers["content-disposition"]
    for answer in (page, picture):
        assert answer.status == 200
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/media/../keys/secret_key", "/media/..%2fkeys/secret_key", "/media//etc/passwd", "/media/", "/media/\x00"]
)
def test_media_are_the_media_and_nothing_else(path: str) -> None:
    (Path(settings.MEDIA_ROOT)).mkdir(parents=True, exist_ok=True)
    assert Answer(path).status == 404


def test_a_connection_serves_many_requests(lane: dict[str, Any]) -> None:
    lane["run"] = lambda: [str(session()).encode()]
    assert Answer("/trial").body == Answer("/trial").body


def test_a_bug_is_loud_and_the_next_request_is_well(lane: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    lane["run"] = lambda: 1 / 0
    answer = Answer("/trial")
    assert answer.status == 500
    assert b"ZeroDivision" not in answer.body
    assert "ZeroDivisionError" in caplog.text
    lane["run"] = lambda: [str(session()).encode()]
    assert Answer("/trial").status == 200


def test_a_failed_statement_costs_no_connection(lane: dict[str, Any]) -> None:
    before = session()
    lane["run"] = lambda: ask("select 1/0")
    assert Answer("/trial").status == 500
    assert session() == before


def test_a_forgotten_transaction_does_not_reach_the_next_request(
    lane: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    before = session()
    lane["run"] = lambda: [_begun()]
    with caplog.at_level(logging.ERROR):
        assert Answer("/trial").status == 200
    assert "inside a transaction" in caplog.text
    assert session() != before


def _begun() -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("begin")
    return b""


def test_a_streamed_body_is_looked_after_when_it_ends(lane: dict[str, Any]) -> None:
    before = session()

    def run() -> Iterator[bytes]:
        yield _begun()
        yield b"more"

    lane["run"] = run
    assert Answer("/trial").body == b"more"
    assert session() != before


def test_a_connection_the_database_ended_is_not_used_again(lane: dict[str, Any]) -> None:
    before = session()
    _end(before)
    lane["run"] = lambda: [str(session()).encode()]
    answer = Answer("/trial")
    assert answer.status == 200
    assert int(answer.body) != before


def test_a_connection_lost_in_the_middle_is_try_again_and_then_well(lane: dict[str, Any]) -> None:
    def run() -> list[bytes]:
        _end(session())
        return [str(session()).encode()]

    lane["run"] = run
    answer = Answer("/trial")
    assert answer.status == 503
    assert answer.headers["retry-after"] == "1"
    lane["run"] = lambda: [str(session()).encode()]
    assert Answer("/trial").status == 200


@pytest.fixture(autouse=True)
def _fresh_connection() -> Iterator[None]:
    """Sessions are ended here; the next test must not inherit a dead one."""
    yield
    connections.close_all()


def _end(number: int) -> None:
    """The database ends a session, as a restart or a time limit does; we return when it is gone."""
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as other:
        assert other.execute("select pg_terminate_backend(%s, 60000)", [number]).fetchone() == (True,)


def test_the_operators_pages_may_not_take_another_doors_address() -> None:
    """They would answer at neither, or hide it."""
    words = {str(pattern.pattern).partition("/")[0] for pattern in urls.urlpatterns}
    others = {*wsgi.SHORT_LANES, *words, "static"} - {"", settings.TEAROFF_ADMIN_PATH}
    assert others == environment.TAKEN_PATHS
    for word in others:
        with pytest.raises(environment.WrongSettings, match="TEAROFF_ADMIN_PATH must be one word"):
            environment.read({"TEAROFF_ADMIN_PATH": word})
