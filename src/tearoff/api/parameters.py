"""Parameters as the API document tells them: kind, limits, words and an example of each."""

import json
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


def as_text(value: Any) -> str:
    """A value as it is typed into a form or an address."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ",".join(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)


def type_of(told: JSON) -> str:
    """The type in words, with its limits: `text, at most 200 characters`."""
    if "anyOf" in told:
        return "list of texts, or one text with commas" + _limits(told["anyOf"][0])
    if "enum" in told:
        return "one of " + ", ".join(told["enum"])
    kind = str(told.get("type", ""))
    if "0-9" in told.get("pattern", "") or told.get("maximum", 0) >= BIGGEST_ID:
        return f"id, like {told['examples'][0]}" if "examples" in told else "id"
    if kind == "string" and not {"maxLength", "format"} & told.keys():
        return f"text, like {told['examples'][0]}"
    return TYPES.get(told.get("format", ""), TYPES.get(kind, kind)) + _limits(told)


BIGGEST_ID = 10**17
"""A number that may be as large as this is an id."""

TYPES = {
    "string": "text",
    "integer": "number",
    "boolean": "true or false",
    "array": "list",
    "date": "date, yyyy-MM-dd",
    "password": "password",
}


def _limits(told: JSON) -> str:
    if "maximum" in told:
        return f", {told['minimum']:,} to {told['maximum']:,}"
    least, most = told.get("minLength"), told.get("maxLength")
    if most and least == most:
        return f", {most} characters"
    if most and least:
        return f", {least} to {most:,} characters"
    if most:
        return f", at most {most:,} characters"
    return f", at most {told['maxItems']:,}" if "maxItems" in told else ""
