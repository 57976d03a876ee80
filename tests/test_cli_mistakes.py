"""What an operator may get wrong: each is a sentence that says what is wrong and what to do, and nothing is half done."""

import os
import pwd
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from py_vapid import Vapid02

from tearoff import cli
from tearoff.config import checks, environment, keys
from tearoff.kit import postgres
from tests.street.server import free_port
from tests.street.terminal import eventually, serve, start, tearoff

# Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://localhost/tearoff"),
        ("DATABASE_URL", "postgresql://localhost"),
        ("TEAROFF_BASE_URL", "coupons.example.com"),
        ("TEAROFF_BASE_URL", "https://coupons.example.com/shop"),
        ("TEAROFF_SECRET_KEY", "short"),
        ("TEAROFF_OUTBOUND_ALLOW", "10.0.0.0/33"),
        ("TEAROFF_TRUSTED_PROXIES", "proxy.example.com"),
        ("TEAROFF_ADMIN_PATH", "v3"),
        ("TEAROFF_ADMIN_PATH", "hooks"),
        ("TEAROFF_ADMIN_PATH", "a/b"),
        ("TEAROFF_ERROR_HTTP_STATUS", "sometimes"),
        ("TEAROFF_RATE_LIMIT_PER_KEY", "-1"),
        ("TEAROFF_PREPARED_STATEMENTS", "perhaps"),
        ("TEAROFF_FRAME_ANCESTORS", "*; script-src *"),
        ("TEAROFF_WEB_WORKERS", "many"),
        ("TEAROFF_POSTGRES_BIN", "/nowhere"),
        ("TEAROFF_SMTP_URL", "mail.example.com:25"),
        ("TEAROFF_SMTP_URL", "smtp://mail.example.com:many"),
        ("TEAROFF_MAIL_FROM", "Tearoff"),
        ("TEAROFF_WEB_WORKER", "2"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_sentence(name: str, value: str, data: Path) -> None:
    is_refused("check", name, value, data)


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_no_command_starts_with_a_wrong_setting(command: str, data: Path) -> None:
    is_refused(command, "TEAROFF_ADMIN_PATH", "a/b", data)


def is_refused(command: str, name: str, value: str, data: Path) -> None:
    refused = tearoff(command, "--data", str(data), **{name: value})
    assert refused.returncode == 1
    assert f"- {name} " in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not data.exists(), "nothing is made by a start that was refused"


def test_a_secret_in_a_wrong_setting_is_not_repeated(data: Path) -> None:
    refused = tearoff(
        "check",
        "--data",
        str(data),
        DATABASE_URL="mysql://u:hunter2@localhost/x",
        TEAROFF_SMTP_URL="smtp//u:hunter3@localhost",
    )
    assert refused.returncode == 1
    assert "hunter" not in refused.stderr + refused.stdout


def test_a_key_for_pushes_needs_an_address_and_the_papers_make_one() -> None:
    papers = (Path(__file__).parent.parent / "docs" / "sending.md").read_text()
    [command] = re.findall(r"^python3 -c '(.*)'$", papers, re.M)
    key = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True).stdout.strip()
    both = {"TEAROFF_PUSH_KEY": key, "TEAROFF_PUSH_CONTACT": "mailto:you@example.org"}
    assert environment.read(both)["TEAROFF_PUSH_KEY"] == key and Vapid02.from_string(key).public_key
    for name, value in both.items():
        [other] = both.keys() - {name}
        with pytest.raises(environment.WrongSettings, match=f"{other} is not set"):
            environment.read({name: value})


def test_all_wrong_settings_are_named_at_once(data: Path) -> None:
    refused = tearoff("check", "--data", str(data), TEAROFF_BASE_URL="x", TEAROFF_WEB_WORKERS="x")
    assert "TEAROFF_BASE_URL" in refused.stderr
    assert "TEAROFF_WEB_WORKERS" in refused.stderr


# The database


def test_an_unreachable_database_is_a_sentence(data: Path) -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    for command in ("serve", "worker", "migrate", "check"):
        refused = tearoff(command, "--data", str(data), DATABASE_URL=url)
        assert refused.returncode == 1
        assert re.search("cannot be reached: .*[Cc]onnection refused", refused.stdout + refused.stderr)
        assert "Traceback" not in refused.stderr
    assert not (data / "postgres").exists(), "with DATABASE_URL nothing of the embedded database is made"


def test_an_unreachable_database_tells_its_own_reason_and_no_password(data: Path) -> None:
    with postgres.running(data) as url:
        for command in ("serve", "worker", "migrate", "check"):
            wrong = {"DATABASE_URL": url.replace("/tearoff?", "/nothing?") + "&password=hunter2"}
            refused = tearoff(command, "--data", str(data), **wrong)
            assert refused.returncode == 1
            said = refused.stdout + refused.stderr
            assert 'database "nothing" does not exist' in said and "hunter2" not in said


def test_a_role_that_may_not_make_tables_is_told_what_to_do(data: Path) -> None:
    with postgres.running(data) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create role guest login")
        guests = {"DATABASE_URL": f"{url}&options=-crole%3Dguest"}
        refused = tearoff("migrate", "--data", str(data), **guests)
    assert refused.returncode == 1
    assert (
        "permission denied for schema public" in refused.stderr
        and "`alter database NAME owner to ROLE`" in refused.stderr
    )
    assert "Traceback" not in refused.stderr


def test_a_database_too_old_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "OLDEST", 99)
    with pytest.raises(cli.CannotGoOn, match="Tearoff needs 99 or newer"):
        cli._migrate(verbosity=0)


def test_a_table_in_use_ends_a_migration_with_a_sentence(migrated: Path) -> None:
    with postgres.running(migrated) as url, psycopg.connect(url) as other:
        with psycopg.connect(url) as connection:
            connection.execute("delete from django_migrations where app = 'sessions'")
            connection.execute("drop table django_session")
        other.execute("lock table django_migrations in access exclusive mode")
        refused = tearoff("migrate", "--data", str(migrated), DATABASE_URL=url)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Somebody else held a table for 30 seconds") and "Traceback" not in refused.stderr


def test_check_and_start_notice_another_secret_key(migrated: Path) -> None:
    """A restore without `keys`, or a second machine that was not given the first one's key."""
    created = tearoff("account", "create", "--data", str(migrated), "--email", "a@example.com", "--company", "Bakery")
    assert created.returncode == 0, created.stderr
    (migrated / "keys" / "secret_key").rename(migrated / "lost")
    checked = tearoff("check", "--data", str(migrated))
    assert checked.returncode == 1
    assert (
        "made under another secret key" in checked.stdout
        and "refused, as are the location passwords: 1." in checked.stdout
    )

    server = serve(migrated)
    assert "made under another secret key" in server.said(), "what is lost can be renewed, so it is served all the same"
    server.stop()

    (migrated / "lost").replace(migrated / "keys" / "secret_key")
    assert tearoff("check", "--data", str(migrated)).returncode == 0


def test_a_forgotten_folder_is_noticed_by_the_new_database_in_it(data: Path) -> None:
    first, second = (tearoff("check", "--data", str(data)) for _ in range(2))
    assert first.stderr == f"A new database was made in {data}.\n"
    assert second.stderr == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_a_folder_of_somebody_else_is_a_sentence(data: Path) -> None:
    data.mkdir(mode=0o700)
    assert as_nobody(lambda: str(postgres.exists(data))) == "False"
    said = as_nobody(lambda: str(postgres.programs(data)))
    assert said == (
        f"The data folder {data} cannot be used: Permission denied. Run as its owner or as root, or name another one by --data."
    )


def as_nobody(act: Callable[[], str]) -> str:
    """What it gives or says as another user: a fork of this process, for nobody may not enter the folder of our Python."""
    ours, theirs = os.pipe()
    number = os.fork()
    if number == 0:
        words = "nothing"
        try:
            if os.geteuid() == 0:
                found = pwd.getpwnam("nobody")
                os.setgroups([])
                os.setgid(found.pw_gid)
                os.setuid(found.pw_uid)
            words = act()
        except BaseException as why:
            words = str(why)
        os.write(theirs, words.encode())
        os._exit(0)
    os.close(theirs)
    os.waitpid(number, 0)
    with open(ours, encoding="utf-8") as said:
        return said.read()


def test_a_key_of_somebody_else_is_a_sentence(data: Path) -> None:
    """Files made as root, and a service that runs as a user of its own."""
    keys.secret_key(data)
    (data / "keys" / "secret_key").chmod(0)
    said = as_nobody(lambda: keys.secret_key(data))
    assert re.search(r"secret key in \S+/keys/secret_key is not for the user \w+ \(Permission denied\)", said), said
    assert re.search(rf"`chown -R \w+ {data}/keys`", said)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_makes_for_somebody_is_theirs(data: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    data.mkdir()
    os.chown(data, nobody.pw_uid, nobody.pw_gid)
    made = keys.secret_key(data)
    for path in (data / "keys", data / "keys" / "secret_key"):
        assert (path.stat().st_uid, path.stat().st_gid) == (nobody.pw_uid, nobody.pw_gid)
    assert as_nobody(lambda: keys.secret_key(data)) == made


# Where to listen


def test_a_port_taken_by_somebody_else_is_refused(data: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        refused = tearoff("demo", "--data", str(data), "--port", str(other.getsockname()[1]))
    assert refused.returncode == 1
    assert "is taken" in refused.stderr
    assert not data.exists()


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid", "not a host"])
def test_a_host_that_is_not_of_this_machine_is_refused_with_a_sentence(host: str, data: Path) -> None:
    refused = tearoff("serve", "--data", str(data), "--port", str(free_port()), "--host", host)
    assert (refused.returncode, refused.stderr) == (
        1,
        f"{host} is no address of this machine: give --host 127.0.0.1, or 0.0.0.0 for all its addresses.\n",
    )
    assert not data.exists()


def test_who_listens_everywhere_is_told_that_links_need_an_address(data: Path) -> None:
    """0.0.0.0 is no address to open. An empty setting is none."""
    for address, warned in (("", True), ("http://coupons.example.com", False)):
        port = free_port()
        server = start("serve", "--data", str(data), "--host", "0.0.0.0", "--port", str(port), TEAROFF_BASE_URL=address)
        shown = address or f"http://127.0.0.1:{port}"
        try:
            eventually(lambda: f"Tearoff serves {shown} " in server.said(), "it serves")  # noqa: B023
            assert ("TEAROFF_BASE_URL is not set" in server.said()) == warned
        finally:
            server.stop()


# Words on the command line


@pytest.mark.parametrize(("email", "company"), [("not an address", "Bakery"), ("a@example.com", " "), ("", "Bakery")])
def test_an_account_needs_an_address_and_a_name(email: str, company: str, migrated: Path) -> None:
    refused = tearoff("account", "create", "--data", str(migrated), "--email", email, "--company", company)
    assert refused.returncode == 1
    assert refused.stderr.startswith("--")
    assert "Traceback" not in refused.stderr
