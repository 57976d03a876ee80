"""Recorded examples of the contract: a request and the whole answer, with `$names` where each run has its own values."""

import json
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

HERE = Path(__file__).parent


class Example(NamedTuple):
    request: Any
    answer: Any


def example(name: str, values: dict[str, Any]) -> Example:
    """The example with this run's values. `$name` alone becomes the value itself, within a text its text."""
    recorded = raw(name)
    return Example(filled(recorded["request"], values), filled(recorded["answer"], values))


def raw(name: str) -> dict[str, Any]:
    """As it stands in the file."""
    found: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return found


def filled(part: Any, values: dict[str, Any]) -> Any:
    if isinstance(part, dict):
        return {name: filled(value, values) for name, value in part.items()}
    if isinstance(part, list):
        return [filled(value, values) for value in part]
    if isinstance(part, str) and "$" in part:
        return values[part[1:]] if part[1:] in values else Template(part).substitute(values)
    return part
