"""Starting the load generator, and keeping the books of processor time while it, or pgbench, works."""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from time import perf_counter, process_time

from tearoff.bench import processes
from tearoff.bench.load import Job, Result
from tearoff.bench.place import Place


class Failed(Exception):
    """Something was not answered as it must be, so there is nothing to measure. The text says what."""


@dataclass(frozen=True)
class Cost:
    """Processor seconds of a stretch of work."""

    seconds: float
    web: float
    database: float
    others: float
    """The share of the machine that programs which are none of ours took meanwhile, 0 to 1."""

    def per_thousand(self, acts: int) -> tuple[float, float]:
        return self.web / acts * 1000, self.database / acts * 1000


class Generator:
    """A load generator that is connected and waits for its start."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        assert child.stdin and child.stdout
        self.words, self.answers = child.stdin, child.stdout

    def start(self) -> None:
        self._say("")

    def stop(self) -> None:
        """Ask no more; the result tells what was asked so far."""
        self._say("")

    def result(self) -> Result:
        said = self.answers.readline()
        if not said:
            raise Failed("The load generator ended without a result; what it said is above.")
        return Result(**json.loads(said))

    def take(self, job: Job) -> None:
        self._say(json.dumps(asdict(job)))
        if self.answers.readline().strip() != "ready":
            raise Failed("The load generator cannot reach the server; what it said is above.")

    def _say(self, line: str) -> None:
        self.words.write(line + "\n")
        self.words.flush()


@contextmanager
def generator(job: Job) -> Iterator[Generator]:
    """A connected load generator for this job."""
    command = [sys.executable, "-m", "tearoff.bench.load"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        try:
            made = Generator(child)
            made.take(job)
            yield made
        except BaseException:
            child.kill()
            raise


def load(job: Job) -> Result:
    with generator(job) as ready:
        ready.start()
        return ready.result()


def costed(place: Place, job: Job) -> tuple[Result, Cost]:
    """The result and what it cost web and database."""
    with generator(job) as ready:
        books = Books(place)
        ready.start()
        result = ready.result()
        web, database = books.web(), books.database()
        taken, busy = books.seconds(), books.busy()
    others = busy - web - database - books.ours()
    return result, Cost(taken, web, database, share(others, taken))


def share(seconds: float, taken: float) -> float:
    return max(seconds, 0.0) / (taken * processes.cores())


class Books:
    """Opened when made; each look tells what was spent since."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._ours = _ours()
        self._busy = processes.busy_seconds()
        self._web = place.web_seconds()
        self._database = place.database_seconds()
        self._began = perf_counter()

    def seconds(self) -> float:
        return perf_counter() - self._began

    def web(self) -> float:
        return self.place.web_seconds() - self._web

    def database(self) -> float:
        return self.place.database_seconds() - self._database

    def busy(self) -> float:
        return processes.busy_seconds() - self._busy

    def ours(self) -> float:
        """This process and its load generator or pgbench; of those only once they have ended."""
        return _ours() - self._ours


def _ours() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time() + children.ru_utime + children.ru_stime


def only(result: Result, kind: str, amount: int) -> None:
    """Every answer was of this kind, and none is missing.

    Raises:
        Failed: with the first strange answer.
    """
    if result.kinds != {kind: amount}:
        raise Failed(
            f"Of {amount} answers these came: {result.kinds}. The first strange one: {result.strange or 'none'}"
        )
