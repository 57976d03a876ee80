"""Parameters as the API document tells them: kind, limits, words and an example of each."""

from typing import Any

from tearoff.api import samples
from tearoff.api.calls import Call
from tearoff.api.fields import Member

JSON = dict[str, Any]


def schema(member: Member, row: Call) -> JSON:
    """One parameter of a call in JSON Schema, with an example."""
    return member.kind.described() | {"examples": [example(member, row)]}


def example(member: Member, row: Call) -> Any:
    """What the call's own example has, or one of the parameter's kind."""
    if member.name in row.example:
        return row.example[member.name]
    told = member.kind.schema()
    if "examples" in told:
        return told["examples"][0]
    if "enum" in told:
        return told["enum"][0]
    if told.get("type") == "boolean":
        return True
    if told.get("type") == "object":
        return {}
    value = samples.value_of(member.name)
    is_bare_id = told.get("type") == "integer" and isinstance(value, str)
    return int(value.rpartition("_")[2]) if is_bare_id else value
