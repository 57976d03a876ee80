"""The embedded database starts, is shared, survives and stops, whoever we are and wherever it lies."""

import os
import pwd
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tearoff.kit import postgres, postgres_home

PATIENCE = 60.0
AS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not AS_ROOT, reason="only root becomes another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A new folder that every user may enter; what is left running in it is stopped at the end."""
    made = Path(subprocess.check_output(["mktemp", "-d", "/tmp/tearoff-place-XXXXXX"], text=True).strip())
    made.chmod(0o755)
    yield made
    for file in [*made.rglob("postmaster.pid"), *_homes_behind_links(made)]:
        if file.exists():
            _kill(int(file.read_text().split()[0]), signal.SIGQUIT)
    for link in made.rglob("postgres"):
        if link.is_symlink() and str(link.readlink()).startswith(str(postgres_home.STATE)):
            subprocess.run(["rm", "-rf", str(link.readlink())], check=True)
    subprocess.run(["rm", "-rf", str(made)], check=True)


def _homes_behind_links(made: Path) -> list[Path]:
    return [link / "cluster" / "postmaster.pid" for link in made.rglob("postgres") if link.is_symlink()]


def _kill(number: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(number, what)


def _eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} seconds: {what}"
        time.sleep(0.02)


class Program:
    """Another process that uses the database of `data` until it is told to end."""

    SCRIPT = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from tearoff.kit import postgres
        try:
            with postgres.running(Path(sys.argv[1])) as url:
                print(url, flush=True)
                sys.stdin.readline()
        except postgres.CannotStart as why:
            print("refused:", why, flush=True)
        """
    )

    def __init__(self, data: Path) -> None:
        source = str(Path(postgres.__file__).parents[2])
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.SCRIPT, str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": source, "PATH": os.environ["PATH"]},
            cwd="/",
        )

    def says(self) -> str:
        """Its first words: the address, or why it was refused."""
        assert self.process.stdout
        words = self.process.stdout.readline().strip()
        if words.startswith("refused:"):
            words += " " + self.process.stdout.read()
        return words

    def end(self) -> None:
        self.process.communicate("\n", timeout=PATIENCE)

    def kill9(self) -> None:
        self.process.kill()
        self.process.wait()


class ProgramOfNobody:
    """The same as the user `nobody`: a fork of this process, for nobody may not enter the folder of our Python."""

    def __init__(self, data: Path) -> None:
        said, say = os.pipe()
        heard, self.tell = os.pipe()
        self.number = os.fork()
        if self.number == 0:
            os.close(self.tell)
            os._exit(self._run(data, heard, say))
        os.close(say)
        os.close(heard)
        self.said = open(said, encoding="utf-8")  # noqa: SIM115  read line by line while it lives

    @staticmethod
    def _run(data: Path, heard: int, say: int) -> int:
        try:
            found = pwd.getpwnam("nobody")
            os.setgroups([])
            os.setgid(found.pw_gid)
            os.setuid(found.pw_uid)
            os.chdir("/")
            with postgres.running(data) as url:
                os.write(say, f"{url}\n".encode())
                os.read(heard, 1)
        except BaseException as why:
            os.write(say, f"refused: {why}\n".encode())
            return 1
        return 0

    def says(self) -> str:
        return self.said.readline().strip()

    def end(self) -> None:
        os.close(self.tell)
        os.waitpid(self.number, 0)
        self.said.close()


def _modes(path: Path) -> dict[str, int]:
    """The modes of a folder and all folders above it."""
    return {str(each): stat.S_IMODE(each.stat().st_mode) for each in (path, *path.parents)}


def test_it_starts_keeps_what_is_committed_and_stops(folder: Path) -> None:
    data = folder / "var"
    with postgres.running(data) as url, psycopg.connect(url) as connection:
        connection.execute("create table kept (word text)")
        connection.execute("insert into kept values ('Käse')")
    assert postgres.pid(data) is None

    with postgres.running(data) as url, psycopg.connect(url) as connection:
        assert connection.execute("select upper(word) from kept").fetchone() == ("KÄSE",)
    assert postgres.pid(data) is None


def test_it_listens_on_a_private_socket_only(folder: Path) -> None:
    data = folder / "var"
    with postgres.running(data) as url, psycopg.connect(url) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert stat.S_IMODE((data / "postgres").stat().st_mode) == 0o700
        assert stat.S_IMODE((data / "postgres" / "run").stat().st_mode) == 0o700
        assert (data / "postgres" / "run").stat().st_uid == (data / "postgres" / "cluster").stat().st_uid


def test_two_programs_share_it_and_the_last_one_stops_it(folder: Path) -> None:
    data = folder / "var"
    first, second = Program(data), Program(data)
    url = first.says()
    assert second.says() == url
    server = postgres.pid(data)

    first.end()
    with psycopg.connect(url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert postgres.pid(data) == server

    second.end()
    assert postgres.pid(data) is None


def test_a_server_left_by_a_killed_program_is_used_again_and_stopped(folder: Path) -> None:
    data = folder / "var"
    killed = Program(data)
    killed.says()
    server = postgres.pid(data)
    killed.kill9()
    assert postgres.pid(data) == server, "kill -9 reaches the program, not the server"

    with postgres.running(data):
        assert postgres.pid(data) == server
    assert postgres.pid(data) is None


def test_a_killed_server_comes_back_with_all_that_was_committed(folder: Path) -> None:
    data = folder / "var"
    with postgres.running(data) as url:
        with psycopg.connect(url) as connection:
            connection.execute("create table kept (number int)")
            connection.execute("insert into kept values (1)")
        server = postgres.pid(data)
        assert server
        os.kill(server, signal.SIGKILL)
        _eventually(lambda: postgres.pid(data) not in (None, server), "another server has taken its place")
        _eventually(lambda: _rows(url) == [(1,)], "it has recovered")
    assert postgres.pid(data) is None


def test_a_server_killed_with_its_program_recovers_at_the_next_start(folder: Path) -> None:
    data = folder / "var"
    program = Program(data)
    with psycopg.connect(program.says()) as connection:
        connection.execute("create table kept (number int)")
        connection.execute("insert into kept values (1)")
    server = postgres.pid(data)
    assert server
    program.kill9()
    os.kill(server, signal.SIGKILL)

    with postgres.running(data) as url:
        assert _rows(url) == [(1,)]


def _rows(url: str) -> list[tuple[int]] | None:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("select * from kept").fetchall()
    except psycopg.OperationalError:
        return None


def test_ctrl_c_at_the_terminal_does_not_reach_the_server(folder: Path) -> None:
    with postgres.running(folder / "var"):
        server = postgres.pid(folder / "var")
        assert server
        assert os.getsid(server) != os.getsid(0)


def test_a_path_too_long_for_a_socket_gets_a_short_one(folder: Path) -> None:
    data = folder / ("x" * 120) / "var"
    with postgres.running(data) as url, psycopg.connect(url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
        assert postgres.address(data) == url


def test_a_comma_in_the_path_is_no_list_of_hosts(folder: Path) -> None:
    with postgres.running(folder / "a, b and 'c'") as url, psycopg.connect(url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_below_a_folder_that_only_we_may_enter(folder: Path) -> None:
    """As root the server's own user cannot walk there: then the data lies elsewhere, with a link to it."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    data = closed / "var"
    data.mkdir()
    before = _modes(data)
    for _ in range(2):
        with postgres.running(data) as url, psycopg.connect(url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    assert (data / "postgres").is_symlink() == AS_ROOT
    assert _modes(data) == before


def test_no_mode_above_the_data_is_changed(folder: Path) -> None:
    for mode in (0o755, 0o711, 0o775):
        data = folder / f"{mode:o}" / "var"
        data.parent.mkdir()
        data.parent.chmod(mode)
        data.mkdir()
        data.chmod(mode)
        before = _modes(data)
        with postgres.running(data):
            pass
        assert _modes(data) == before


def test_a_deleted_data_folder_does_not_come_back_with_old_data(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    data = closed / "var"
    with postgres.running(data) as url, psycopg.connect(url) as connection:
        connection.execute("create table old (number int)")
    subprocess.run(["rm", "-rf", str(data)], check=True)

    with postgres.running(data) as url, psycopg.connect(url) as connection:
        assert connection.execute("select to_regclass('old')").fetchone() == (None,)
    for aside in postgres_home.STATE.glob(f"{(data / 'postgres').resolve().name}.old-*"):
        subprocess.run(["rm", "-rf", str(aside)], check=True)


def test_another_major_version_is_refused_with_the_way_out(folder: Path) -> None:
    data = folder / "var"
    with postgres.running(data):
        pass
    version = data / "postgres" / "cluster" / "PG_VERSION"
    ours = version.read_text().strip()
    version.write_text("14\n")

    with pytest.raises(postgres.CannotStart) as refusal, postgres.running(data):
        pass
    for words in ("PostgreSQL 14, but the programs in", f"are version {ours}", "pg_dump", "pg_restore"):
        assert words in str(refusal.value)


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    wrong = postgres.running(folder / "var", options={"no_such_setting": "1"})
    with pytest.raises(postgres.CannotStart, match="no_such_setting"), wrong:
        pass


def test_a_data_folder_that_cannot_be_made_is_one_sentence(folder: Path) -> None:
    (folder / "file").write_text("")
    with (
        pytest.raises(postgres.CannotStart, match="it is a file, or lies below one"),
        postgres.running(folder / "file" / "var"),
    ):
        pass


def test_the_first_start_killed_half_way_is_begun_again(folder: Path) -> None:
    """A cluster that is still being made has another name, so half of one is never taken for a whole."""
    data = folder / "var"
    with postgres.running(data):
        pass
    cluster = data / "postgres" / "cluster"
    cluster.rename(cluster.with_name("cluster.new"))
    (cluster.with_name("cluster.new") / "PG_VERSION").unlink()
    with postgres.running(data) as url, psycopg.connect(url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_many_first_starts_at_once_make_one_database(folder: Path) -> None:
    programs = [Program(folder / "var") for _ in range(4)]
    said = {program.says() for program in programs}
    assert said == {postgres.address(folder / "var")}
    for program in programs:
        program.end()
    assert postgres.pid(folder / "var") is None


@only_root
def test_root_never_runs_the_server_itself(folder: Path) -> None:
    with postgres.running(folder / "var"):
        server = postgres.pid(folder / "var")
        status = Path(f"/proc/{server}/status").read_text()
    words = {name: rest.split() for name, _, rest in (line.partition(":") for line in status.splitlines())}
    assert "0" not in words["Uid"] + words["Gid"] + words["Groups"]


@only_root
@pytest.mark.parametrize("name", ["users.lock", "change.lock", "start.log", "cluster/pg_hba.conf.new"])
def test_root_writes_and_gives_away_nothing_that_the_servers_user_linked(folder: Path, name: str) -> None:
    """Whoever breaks into the database can put links into its folder; root comes by at each start."""
    data, victim = folder / "var", folder / "victim"
    with postgres.running(data):
        pass
    home = (data / "postgres").resolve()
    victim.write_text("root's own")
    victim.chmod(0o600)
    (home / name).unlink(missing_ok=True)
    (home / name).symlink_to(victim)

    with suppress(OSError), postgres.running(data):
        pass

    assert (victim.stat().st_uid, victim.read_text()) == (0, "root's own")


@only_root
def test_an_ordinary_user_has_it_too_and_root_may_join(folder: Path) -> None:
    found = pwd.getpwnam("nobody")
    home = folder / "nobody"
    home.mkdir(mode=0o700)
    os.chown(home, found.pw_uid, found.pw_gid)
    data = home / "var"

    theirs = ProgramOfNobody(data)
    url = theirs.says()
    assert url == postgres.address(data)
    assert not (data / "postgres").is_symlink()
    with postgres.running(data) as same, psycopg.connect(same) as connection:
        assert connection.execute("select current_user").fetchone() == ("tearoff",)
    theirs.end()
    assert postgres.pid(data) is None

    with postgres.running(data):  # started by root, it still runs as the one whose data it is
        server = postgres.pid(data)
        assert Path(f"/proc/{server}").stat().st_uid == found.pw_uid
    again = ProgramOfNobody(data)
    assert again.says() == url
    again.end()


@only_root
def test_root_begins_somebodys_database_as_them(folder: Path) -> None:
    """The first command is often typed with sudo, and the service runs as a user of its own."""
    found = pwd.getpwnam("nobody")
    data = folder / "var"
    data.mkdir(mode=0o700)
    os.chown(data, found.pw_uid, found.pw_gid)

    with postgres.running(data):
        server = postgres.pid(data)
        assert Path(f"/proc/{server}").stat().st_uid == found.pw_uid
    assert not (data / "postgres").is_symlink()
    theirs = ProgramOfNobody(data)
    assert theirs.says() == postgres.address(data)
    theirs.end()


@only_root
def test_an_ordinary_user_cannot_use_roots_database(folder: Path) -> None:
    with postgres.running(folder / "var"):
        stranger = ProgramOfNobody(folder / "var")
        assert "run as that user or as root" in stranger.says()
        stranger.end()
