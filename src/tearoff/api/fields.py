"""Kinds of parameters: how each reads what clients send, what it says when it cannot, how the API document tells it.

A call's parameters are a `Parameters` struct whose members are annotated with a kind:

    class ListSessions(Parameters):
        campaign: Annotated[int, Id("cam")]                     required, as it has no default
        page: Annotated[int, Whole(1, 1_000_000, code=301)] = 1

`Reader(ListSessions)` turns a request's dictionary into the struct, or into all faults at once, in this order.
"""

import re
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_args, get_origin, get_type_hints

import msgspec
import nh3
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tearoff.api import errors
from tearoff.api.bodies import Given, Literal
from tearoff.api.errors import Fault

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_ID = re.compile(r"(?:([a-z]{3})_)?([0-9]{1,18})(?:\.0+)?")
_PLAIN_NUMBER = re.compile(r"(-?[0-9]{1,18})(?:\.0+)?")
_LARGEST_EXPONENT = 30


class Wrong(Exception):
    """This value is none of this kind."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


class Parameters(msgspec.Struct, kw_only=True):
    """The parameters of one call, converted."""

    leading: ClassVar[tuple[str, ...]] = ()
    """Those that stand first in the contract's table, where the order of declaration is another. Faults are told in it."""

    def faults(self) -> Iterator[Fault]:
        """What is wrong with them together, after each is right by itself."""
        return iter(())


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What all kinds have in common.

    `also` are further names of the parameter. `inferred` marks what no document or client shows (conventions.md 0).
    """

    also: tuple[str, ...] = ()
    note: str = ""
    inferred: bool = False

    def read(self, name: str, value: Any) -> Any:
        """The value, converted.

        Raises:
            Wrong: it is none of this kind.
        """
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """The parameter in JSON Schema."""
        raise NotImplementedError

    def described(self) -> dict[str, Any]:
        """The schema with all that is said of the parameter."""
        words = [self.note] if self.note else []
        if self.also:
            words.append(f"Also called {', '.join(self.also)}.")
        if self.inferred:
            words.append("(inferred)")
        return self.schema() | ({"description": " ".join(words)} if words else {})


def text_of(name: str, value: Any, code: int = 300) -> str:
    """The text of any scalar. Numbers become their shortest decimal text, since spreadsheets send phones as numbers."""
    if type(value) is str:
        if not value.isprintable() and _FORBIDDEN.search(value):
            raise Wrong(errors.bad_character(name, code))
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Literal):
        return _shortest(name, value, code)
    raise Wrong(errors.bad_format(name, "text", code))


def _shortest(name: str, literal: Literal, code: int) -> str:
    """Every digit as it came: no arithmetic, which would round. An exponent must not make a short number a long text."""
    try:
        number = Decimal(literal)
    except InvalidOperation:  # an exponent beyond what can be counted
        raise Wrong(errors.bad_format(name, "text", code)) from None
    if abs(number.adjusted()) > max(_LARGEST_EXPONENT, len(literal)):
        raise Wrong(errors.bad_format(name, "text", code))
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Text(Kind):
    """Free text, trimmed, at most `longest` characters."""

    longest: int
    shortest: int = 0

    def read(self, name: str, value: Any) -> str:
        text = text_of(name, value).strip()
        if len(text) > self.longest:
            raise Wrong(errors.bad_format(name, f"at most {self.longest} characters", reason="too_long"))
        if len(text) < self.shortest:
            raise Wrong(errors.bad_format(name, f"at least {self.shortest} characters"))
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.longest} | ({"minLength": self.shortest} if self.shortest else {})


@dataclass(frozen=True)
class Html(Text):
    """Text with the few tags of HTML that a merchant's texts may carry; the rest is taken out, as programs give these
    texts to browsers of their own. Plain text stays as it is."""

    def read(self, name: str, value: Any) -> str:
        text = super().read(name, value)
        if "<" not in text:
            return text
        return nh3.clean(text, tags=TAGS, attributes={"a": {"href"}}, url_schemes=SCHEMES)


TAGS = {"p", "br", "b", "strong", "i", "em", "u", "s", "small", "ul", "ol", "li", "h3", "h4", "a", "blockquote"}
SCHEMES = {"http", "https", "mailto", "tel"}


@dataclass(frozen=True)
class Email(Kind):
    """An e-mail address, trimmed."""

    def read(self, name: str, value: Any) -> str:
        text = Text(254).read(name, value)
        try:
            validate_email(text)
        except ValidationError:
            raise Wrong(errors.bad_format(name, "name@example.org", 305, "bad_email")) from None
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": 254, "examples": ["ann@example.org"]}


@dataclass(frozen=True)
class Id(Kind):
    """An id with its prefix (`cam_204417`), or the bare number: as a number. `others` are further prefixes."""

    prefix: str
    others: tuple[str, ...] = ()

    def read(self, name: str, value: Any) -> int:
        text = value if isinstance(value, str) else text_of(name, value, 301)  # 1e3 is no id: as it was written
        found = _ID.fullmatch(text.strip())
        if not found or (found[1] and found[1] != self.prefix and found[1] not in self.others):
            raise Wrong(errors.bad_character(name, 301))
        return int(found[2])

    def schema(self) -> dict[str, Any]:
        prefixes = "|".join((self.prefix, *self.others))
        return {"type": "string", "pattern": f"^(({prefixes})_)?[0-9]{{1,18}}$", "examples": [f"{self.prefix}_204417"]}


@dataclass(frozen=True)
class EventId(Kind):
    """The id of a notification: `evt_` and 20 letters or digits."""

    def read(self, name: str, value: Any) -> str:
        text = text_of(name, value, 301).strip()
        if not re.fullmatch(r"evt_[A-Za-z0-9]{20}", text):
            raise Wrong(errors.bad_character(name, 301))
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^evt_[A-Za-z0-9]{20}$", "examples": ["evt_Qm3ZtL8vKpYw2RbXc7Ha"]}


@dataclass(frozen=True)
class SessionCode(Kind):
    """A session's full code, compared exactly, or its first six characters, as a person may have typed them."""

    def read(self, name: str, value: Any) -> str:
        text = text_of(name, value, 301).strip()
        if re.fullmatch(r"[A-Za-z0-9]{21}", text):
            return text
        short = "".join(letter for letter in text if letter not in " -")
        if not re.fullmatch(r"[A-Za-z0-9]{6}", short):
            raise Wrong(errors.bad_character(name, 301))
        return short.lower()

    def schema(self) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": "^([A-Za-z0-9]{21}|[A-Za-z0-9]{6})$",
            "examples": ["h4k9r2m7x1c8v5b3n6z0q"],
        }


@dataclass(frozen=True)
class Flag(Kind):
    """True or false, as JSON or as the texts true, false, 1, 0 in any case."""

    WORDS: ClassVar[dict[str, bool]] = {"true": True, "1": True, "false": False, "0": False}

    def read(self, name: str, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower() if isinstance(value, str | int) else ""
        if word not in self.WORDS:
            raise Wrong(errors.bad_format(name, "true or false", 302, "not_allowed"))
        return self.WORDS[word]

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number from `least` to `most`. What is no number is 301; one outside has the code given."""

    least: int
    most: int
    outside: int = 300

    def read(self, name: str, value: Any) -> int:
        text = value if isinstance(value, str) else text_of(name, value, 301)
        found = _PLAIN_NUMBER.fullmatch(text.strip()) if not isinstance(value, bool) else None
        if not found:
            raise Wrong(errors.bad_character(name, 301))
        number = int(found[1])
        if not self.least <= number <= self.most:
            required = f"a whole number from {self.least} to {self.most}"
            raise Wrong(errors.bad_format(name, required, self.outside))
        return number

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Choice(Kind):
    """One word of a list, in any case. `means` maps what clients may say to what it stands for."""

    means: dict[str, str]

    def read(self, name: str, value: Any) -> str:
        word = "" if isinstance(value, list | dict) else text_of(name, value, 302).strip().lower()
        if word not in self.means:
            raise Wrong(errors.bad_format(name, _either(self.means), 302, "not_allowed"))
        return self.means[word]

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.means)}


def one_of(*words: str) -> dict[str, str]:
    """Words that stand for themselves."""
    return {word: word for word in words}


def _either(words: Sequence[str] | dict[str, str]) -> str:
    return "one of " + ", ".join(words)


@dataclass(frozen=True)
class Texts(Kind):
    """A list of short texts: a JSON array, or one text with commas. Of those that differ only in case the first stays,
    unless they `may_repeat`."""

    longest: int
    most: int
    may_repeat: bool = False

    def read(self, name: str, value: Any) -> tuple[str, ...]:
        items = value if isinstance(value, list) else [value]
        found = [
            Text(self.longest).read(name, part)
            for item in items
            if item is not None
            for part in text_of(name, item).split(",")
        ]
        kept = list(filter(None, found))
        if not self.may_repeat:
            first: dict[str, str] = {}
            for text in kept:
                first.setdefault(text.casefold(), text)
            kept = list(first.values())
        if len(kept) > self.most:
            raise Wrong(errors.bad_format(name, f"at most {self.most} entries", reason="too_long"))
        return tuple(kept)

    def schema(self) -> dict[str, Any]:
        item = {"type": "string", "maxLength": self.longest}
        return {
            "anyOf": [
                {"type": "array", "items": item, "maxItems": self.most},
                {"type": "string", "description": "comma-separated"},
            ]
        }


@dataclass(frozen=True)
class Words(Kind):
    """Words of a list: a JSON array, or one text with commas."""

    allowed: tuple[str, ...]

    def read(self, name: str, value: Any) -> tuple[str, ...]:
        found = Texts(64, 100).read(name, value)
        if not set(found) <= set(self.allowed):
            raise Wrong(errors.bad_format(name, _either(self.allowed), 302, "not_allowed"))
        return found

    def schema(self) -> dict[str, Any]:
        return {
            "anyOf": [
                {"type": "array", "items": {"type": "string", "enum": list(self.allowed)}},
                {"type": "string", "description": "comma-separated"},
            ]
        }


@dataclass(frozen=True)
class Zone(Kind):
    """The name of a time zone in the IANA data base."""

    def read(self, name: str, value: Any) -> str:
        text = Text(64).read(name, value)
        if text not in _zones():
            raise Wrong(errors.bad_format(name, "a time zone like Europe/Brussels", 302, "not_allowed"))
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": 64, "examples": ["Europe/Brussels"]}


def _zones() -> set[str]:
    if not _known_zones:
        _known_zones.update(zoneinfo.available_timezones())
    return _known_zones


_known_zones: set[str] = set()


# Reading all of them

P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True, slots=True)
class Member:
    """One parameter of a call."""

    name: str
    kind: Kind
    required: bool


def members_of(parameters: type[Parameters]) -> list[Member]:
    """The parameters of a call in the order of its table."""
    hints = get_type_hints(parameters, include_extras=True)
    found = []
    for field in msgspec.structs.fields(parameters):
        hint = hints[field.name]
        if get_origin(hint) is not Annotated:
            raise TypeError(f"{parameters.__name__}.{field.name} has no kind")
        kind = next(extra for extra in get_args(hint)[1:] if isinstance(extra, Kind))
        found.append(Member(field.name, kind, field.required))
    return sorted(found, key=lambda member: _place(member.name, parameters.leading))


def _place(name: str, leading: tuple[str, ...]) -> int:
    return leading.index(name) if name in leading else len(leading)


class Reader(Generic[P]):
    """Reads one call's parameters."""

    def __init__(self, parameters: type[P], invalid: int = 422) -> None:
        """`invalid` is the HTTP status for parameters that are wrong."""
        self._parameters = parameters
        self._invalid = invalid
        self.members = members_of(parameters)
        self._steps = [(member.name, member.kind, member.kind.also, member.required) for member in self.members]

    def __call__(self, given: Given) -> P:
        """All of them.

        Raises:
            errors.Failed: every missing and malformed one, in the order of the table.
        """
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        for name, kind, also, required in self._steps:
            value = given.get(name)
            if also and _is_absent(value):
                value = next((given[other] for other in also if not _is_absent(given.get(other))), value)
            if _is_absent(value):
                if required:
                    faults.append(errors.missing(name))
                continue
            try:
                values[name] = kind.read(name, value)
            except Wrong as wrong:
                faults.append(wrong.fault)
        if not faults:
            read = self._parameters(**values)
            faults = list(read.faults())
            if not faults:
                return read
        raise errors.Failed(errors.wrong_parameters(faults, self._invalid))


def _is_absent(value: Any) -> bool:
    return value is None or (type(value) is str and (not value or (value.isspace() and not _FORBIDDEN.search(value))))
