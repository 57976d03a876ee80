"""Answers as the API document tells them: the schema of each, made from its struct, and one example put together from it."""

from collections.abc import Iterable
from typing import Any

import msgspec

from tearoff.api import samples
from tearoff.api.calls import Call
from tearoff.api.errors import EnvelopeA, EnvelopeB, EnvelopeC, RestErrors

JSON = dict[str, Any]

REF = "#/components/schemas/{name}"
FAILURES = [EnvelopeA, EnvelopeB, EnvelopeC, RestErrors]


class Answers:
    """The schemas of the answers of some calls, and the components they refer to."""

    def __init__(self, rows: Iterable[Call]) -> None:
        rows = list(rows)
        wanted = [*(row.answer for row in rows), *FAILURES]
        schemas, self.components = msgspec.json.schema_components(wanted, ref_template=REF)
        self._schemas = {id(row): schema for row, schema in zip(rows, schemas, strict=False)}
        for name, component in self.components.items():
            for member, schema in component.get("properties", {}).items():
                _illustrate(schema, member, name)

    def schema(self, row: Call) -> JSON:
        return self._schemas[id(row)]

    def example(self, row: Call) -> Any:
        """What the call may answer; the members that are particular to it come from its row."""
        found = self._composed(self.schema(row))
        return found | row.told.answer if isinstance(found, dict) else found

    def members(self, row: Call) -> list[tuple[str, JSON]]:
        """Every member of the answer with its schema: `coupon_info[].name` is one inside a list."""
        return list(self._members(self.schema(row), ""))

    def _composed(self, schema: JSON) -> Any:
        if "examples" in schema:
            return schema["examples"][0]
        schema = self.resolved(schema)
        if schema.get("type") == "array":
            return [self._composed(schema["items"])]
        return {name: self._composed(member) for name, member in schema.get("properties", {}).items()}

    def _members(self, schema: JSON, place: str) -> Iterable[tuple[str, JSON]]:
        inner = self.resolved(schema)
        if inner.get("type") == "array":
            yield from self._members(inner["items"], f"{place}[]")
            return
        for name, member in inner.get("properties", {}).items():
            here = f"{place}.{name}" if place else name
            yield here, member | {"description": _joined(member, self.resolved(member), inner)}
            yield from self._members(member, here)

    def resolved(self, schema: JSON) -> JSON:
        """The schema a reference leads to; of alternatives the first."""
        if "anyOf" in schema:
            return self.resolved(schema["anyOf"][0])
        if "$ref" in schema:
            found: JSON = self.components[schema["$ref"].rpartition("/")[2]]
            return found
        return schema


def _joined(member: JSON, inner: JSON, holder: JSON) -> str:
    """What is said of a member: its own words, those of what it holds, and the mark of the struct it stands in."""
    words = [member.get("description", "")]
    if inner is not member:
        words.append(inner.get("description", ""))
    if INFERRED in holder.get("description", ""):
        words.append(INFERRED)
    text = " ".join(filter(None, words))
    return f"{text.replace(INFERRED, '').strip()} {INFERRED}".strip() if INFERRED in text else text


INFERRED = "(inferred)"


def _illustrate(schema: JSON, member: str, struct: str) -> None:
    """Give a member that holds no struct its example."""
    kinds = {one.get("type") for one in schema.get("anyOf", [schema])}
    if struct in NO_EXAMPLE:
        return
    if "boolean" in kinds:
        schema["examples"] = [samples.SAMPLES.get(f"{struct}.{member}", member.startswith("access_"))]
    elif {"string", "integer"} & kinds or schema.get("items", {}).get("type") == "string":
        schema["examples"] = [samples.value_of(member, struct)]


NO_EXAMPLE = {"ErrorA", "StatusA", "StatusB", "StatusC", "Errors", *(failure.__name__ for failure in FAILURES)}
"""Failures have examples as a whole."""
