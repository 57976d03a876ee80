"""`tearoff bench`: what the hot calls cost on this machine, beside what PostgreSQL alone would spend on the same work.

    acts      validations and first openings, and the same statement under pgbench, in turns
    rivals    exactly 50 of 200
    listing   5,000 sessions at once
    links     100,000 links in one call, and what others feel
    people    10,000 users of a loyalty card in one call, and the last page of long lists beside the first
    growth    a small table and a large one

Everything happens on this machine: a throw-away server and database are started, loaded and removed; with `--data` the
demo shop that runs there is measured instead. What is owed stands in the table and in docs/performance.md.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tearoff.bench.sizes import Sizes


def main(argv: Sequence[str]) -> int:
    """The exit code: 0 measured, 1 could not be measured (a sentence on standard error says why), 2 not understood.

    What is missed makes no other exit code: a busy machine is no fault of the program.
    """
    from tearoff.bench import machine, place, report, run
    from tearoff.bench.loading import Failed

    arguments = _parser().parse_args(argv)
    began = time.monotonic()
    try:
        if arguments.url:
            place.loopback(arguments.url)
        data = _data(arguments)
        sizes = _sizes(arguments)
        rows, outcome = run.in_a_running_shop(data, arguments.url, sizes) if data else run.in_a_throwaway(sizes)
    except (place.NoPlace, Failed) as problem:
        print(problem, file=sys.stderr)
        return 1
    outcome["seconds"] = round(time.monotonic() - began, 1)
    print(f"\n{machine.sentence(outcome['machine'])}\n\n{report.table(rows)}\n\n{outcome['seconds']} seconds")
    if arguments.json:
        arguments.json.write_text(json.dumps(outcome, indent=1) + "\n", encoding="utf-8")
    return 0


def _data(arguments: argparse.Namespace) -> "Path | None":
    """The folder of a running shop. `tearoff --data` has been taken off the words before and stands in the environment."""
    from tearoff.bench.place import NoPlace

    named = arguments.data or os.environ.get("TEAROFF_DATA", "")
    if arguments.url and not named:
        raise NoPlace("--url needs --data as well: the cost of a server is read from its processes and its database's.")
    return Path(named).expanduser().absolute() if named else None


def _sizes(arguments: argparse.Namespace) -> "Sizes":
    from tearoff.bench import sizes

    chosen = sizes.TINY if arguments.tiny else sizes.QUICK if arguments.quick else sizes.FULL
    return replace(chosen, growth_rows=arguments.rows) if arguments.rows else chosen


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tearoff bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="about 20 seconds: is something badly wrong?")
    parser.add_argument(
        "--tiny", action="store_true", help="a few acts of everything, for tests: the numbers say nothing"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there as well")
    parser.add_argument("--rows", type=_rows, metavar="N", help="rows of the large table (default: 1,000,000)")
    parser.add_argument("--data", metavar="DIR", help="measure the demo shop that runs there, and leave growth out")
    parser.add_argument(
        "--url", default="", help="where it listens, if not where its demo.json says; this machine only"
    )
    return parser


def _rows(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1_000 <= int(text) <= 16_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows: 1000 to 16000000")
    return int(text)
