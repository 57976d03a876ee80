"""The curl command of each call's example. What belongs to the reader stands in shell variables: `$CAMPAIGN`, `$CLIENT_ID`."""

import json
import re
import shlex
from typing import Any

from tearoff.api import parameters
from tearoff.api.calls import Call
from tearoff.api.fields import EventId, Id, Member, SessionCode
from tearoff.api.rest import RestCall

KEYS = ('-H "X-Client-Id: $CLIENT_ID"', '-H "X-Client-Secret: $CLIENT_SECRET"')
LISTS_OF_IDS = {"couponsessions"}
SHORT = 45
"""Characters of a body that stands on one line."""

_TAKEN = {"USER": "USER_ID", "URL": "HOOK"}
"""$USER is the reader's own name in most shells, and $URL the server's address here."""


def command(row: Call) -> str:
    """A command that works as it stands once its variables are set."""
    in_path, others = parts(row)
    path = row.path
    for member in in_path:
        path = path.replace(f"{{{member.name}}}", f"${variable(member)}")
    example = [(member, row.example[member.name]) for member in others if member.name in row.example]
    options = [*KEYS, *(_of_rest(row, example) if isinstance(row, RestCall) else _as_form(row, example))]
    asks_in_address = row.methods[0] == "GET" and isinstance(row, RestCall) and example
    return " \\\n  ".join([f"curl {'-G ' if asks_in_address else ''}$URL{path}", *options])


def parts(row: Call) -> tuple[list[Member], list[Member]]:
    """The parameters that stand in the path, and the others."""
    in_path = [member for member in row.read.members if f"{{{member.name}}}" in row.path]
    return in_path, [member for member in row.read.members if member not in in_path]


def variables(row: Call) -> dict[str, Member]:
    """The shell variables of a command besides the address and the keys, with the parameter each stands for."""
    in_path, others = parts(row)
    used = [member for member in others if member.name in row.example and is_yours(row, member)]
    return {variable(member): member for member in [*in_path, *used]}


def variable(member: Member) -> str:
    name = member.name.upper()
    return _TAKEN.get(name, name)


def is_yours(row: Call, member: Member) -> bool:
    """Whether the example works for nobody else: it names a thing of the reader."""
    names_a_thing = isinstance(member.kind, Id | SessionCode | EventId) or member.name in LISTS_OF_IDS
    return names_a_thing or member.name in row.told.yours


def _as_form(row: Call, example: list[tuple[Member, Any]]) -> list[str]:
    return [_pair(row, member, value) for member, value in example] or ["-X POST"]


def _pair(row: Call, member: Member, value: Any) -> str:
    if member.name in row.told.yours:
        return f'--data-urlencode "{member.name}=${variable(member)}"'
    if is_yours(row, member):
        return f"-d {member.name}=${variable(member)}"
    text = parameters.as_text(value)
    if re.fullmatch(r"[A-Za-z0-9_.,@:/\-]+", text):
        return f"-d {member.name}={text}"
    return f"--data-urlencode {shlex.quote(f'{member.name}={text}')}"


def _of_rest(row: RestCall, example: list[tuple[Member, Any]]) -> list[str]:
    verb = row.methods[0]
    if verb == "GET":
        return [f"-d {_bracketed(member.name, value)}" for member, value in example]
    own = [] if verb == "POST" and example else [f"-X {verb}"]
    if not example:
        return own
    sent = {member.name: value for member, value in example}
    body = json.dumps(sent, ensure_ascii=False)
    if len(body) > SHORT:
        body = json.dumps(sent, ensure_ascii=False, indent=2).replace("\n", "\n  ")
    body = body.replace("'", "'\\''")
    for member, value in example:
        if is_yours(row, member):
            body = body.replace(f'"{member.name}": {json.dumps(value)}', f'"{member.name}": "\'${variable(member)}\'"')
    return [*own, '-H "Content-Type: application/json"', f"-d '{body}'"]


def _bracketed(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "&".join(f"{name}[{key}]={one}" for key, one in value.items())
        return shlex.quote(inner)
    return f"{name}={parameters.as_text(value)}"
