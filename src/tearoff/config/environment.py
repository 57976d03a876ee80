"""Every setting of Tearoff: one table, read from the environment, wrong values named in plain sentences.

`docs/settings.md` is written from this table (`python -m tearoff.config.environment` prints it) and a test holds the
two together. Whoever needs a setting asks Django's settings for the same name, e.g. `settings.TEAROFF_BASE_URL`.
"""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class WrongSettings(Exception):
    """One or more settings cannot be understood. `problems` has one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Setting:
    """A row of the table. `read` turns the text into a value, or raises ValueError with the end of a sentence."""

    name: str
    kind: str
    read: Callable[[str], Any]
    default: str
    meaning: str


def read(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """All settings by name, as typed values.

    Raises:
        WrongSettings: every problem at once, unknown TEAROFF_ names included.
    """
    values: dict[str, Any] = {}
    problems = [f"{name} is not a setting of Tearoff.{_did_you_mean(name)}" for name in _unknown(environ)]
    for setting in SETTINGS:
        text = environ.get(setting.name, "").strip() or setting.default
        try:
            values[setting.name] = setting.read(text)
        except ValueError as problem:
            problems.append(f"{setting.name} {problem}")
    problems += _one_without_the_other(values)
    if problems:
        raise WrongSettings(problems)
    return values


def _one_without_the_other(values: Mapping[str, Any]) -> list[str]:
    """Either alone would silently do nothing."""
    pair = ("TEAROFF_PUSH_KEY", "TEAROFF_PUSH_CONTACT")
    missing = [name for name in pair if values.get(name) == ""]
    if len(missing) != 1:
        return []
    return [f"{missing[0]} is not set, and without it there is no push to browsers: set both, or neither."]


def _unknown(environ: Mapping[str, str]) -> list[str]:
    """A misspelt setting would silently do nothing; so names of ours that are in no row are problems too."""
    known = {setting.name for setting in SETTINGS}
    return sorted(name for name in environ if name.startswith("TEAROFF_") and name not in known)


def _did_you_mean(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, [setting.name for setting in SETTINGS], n=1)
    return f" Did you mean {near[0]}?" if near else " The table of settings is in docs/settings.md."


# How each kind of value is read. A password may stand in a URL, so no sentence repeats one.


def _text(text: str) -> str:
    return text


def _flag(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise ValueError(f"must be on or off, not {text!r}.")
    return words[text.lower()]


def _number(smallest: int, largest: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not smallest <= int(text) <= largest:
            raise ValueError(f"must be a whole number from {smallest} to {largest}, not {text!r}.")
        return int(text)

    return number


def _choice(*words: str) -> Callable[[str], str]:
    def choice(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of {', '.join(words)}, not {text!r}.")
        return text

    return choice


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    try:
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        port_is_fine = False
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or not port_is_fine
        or parts.username
        or parts.query
        or parts.fragment
        or parts.path.strip("/")
    ):
        raise ValueError(f"must be an address like https://coupons.example.com without a path, not {text!r}.")
    return f"{parts.scheme}://{parts.netloc}"


def _database_url(text: str) -> str:
    if not text:
        return ""
    try:
        parts = conninfo_to_dict(text)
    except psycopg.ProgrammingError:
        parts = {}
    if not text.startswith(("postgres://", "postgresql://")) or not parts.get("dbname"):
        raise ValueError(
            "must be an address like postgresql://user:password@host:5432/name (its value is not shown here)."
        )
    return text


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed in. `tls` is "" (none), "start" (STARTTLS) or "whole" (from the first byte)."""

    host: str
    port: int
    user: str
    password: str
    tls: str


def _push_key(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z0-9_-]{43}", text):
        raise ValueError("must be 32 bytes in base64url, 43 characters (its value is not shown here).")
    return text


def _push_contact(text: str) -> str:
    if text and not re.match(r"(mailto:[^@\s]+@[^@\s]+|https://\S+)\Z", text):
        raise ValueError(f"must be an address like mailto:you@example.org, not {text!r}.")
    return text


def _mail_server(text: str) -> MailServer | None:
    if not text:
        return None
    kinds = {"smtp": ("", 25), "smtp+tls": ("start", 587), "smtps": ("whole", 465)}
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in kinds or not parts.hostname or port == 0 or parts.path.strip("/") or parts.query:
        raise ValueError(
            "must be an address like smtp+tls://user:password@mail.example.com:587 (its value is not shown here); it begins"
            " with smtp (no TLS), smtp+tls (STARTTLS) or smtps."
        )
    tls, usual_port = kinds[parts.scheme]
    return MailServer(
        parts.hostname, port or usual_port, unquote(parts.username or ""), unquote(parts.password or ""), tls
    )


def _sender(text: str) -> str:
    """The value goes into a mail's header."""
    name, address = parseaddr(text)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", address) or not text.isprintable():
        raise ValueError(f"must be like Tearoff <coupons@example.com>, not {text!r}.")
    return formataddr((name, address))


def _secret(text: str) -> str:
    if text and len(text) < 32:
        raise ValueError("must have at least 32 characters (its value is not shown here).")
    return text


def _networks(text: str) -> tuple[Network, ...]:
    found = []
    for word in filter(None, (word.strip() for word in text.split(","))):
        try:
            found.append(ipaddress.ip_network(word))
        except ValueError:
            raise ValueError(f"must be a comma-separated list of networks like 10.0.0.0/8; {word!r} is none.") from None
    return tuple(found)


def _path_word(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", text) or text in TAKEN_PATHS:
        raise ValueError(
            f"must be one word of small letters, digits, - and _, not {text!r}, and none of"
            f" {', '.join(sorted(TAKEN_PATHS))}."
        )
    return text


def _frame_ancestors(text: str) -> str:
    """The value goes into a response header, so nothing may end the directive or the line."""
    if not re.fullmatch(r"[A-Za-z0-9'*:/.\- ]+", text):
        raise ValueError(f"must be a list of origins like https://shop.example, or * or 'none', not {text!r}.")
    return text


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _optional_folder(text: str) -> Path | None:
    if not text:
        return None
    folder = _folder(text)
    if not (folder / "postgres").exists():
        raise ValueError(f"must be a folder with the program postgres in it; {text!r} has none.")
    return folder


def _test_clock(text: str) -> Path | None:
    return _folder(text) if text else None


TAKEN_PATHS = frozenset(
    [
        "v2",
        "v3",
        "v4",
        "api",
        "p",
        "z",
        "s",
        "l",
        "d",
        "u",
        "brand",
        "hooks",
        "wallet",
        "static",
        "media",
        "healthz",
        "readyz",
        "sso",
        "reset",
        "account",
    ]
)
"""The first words of all other addresses; a test holds them against the doors."""

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "TEAROFF_DATA",
        "folder",
        _folder,
        "var",
        "Where the embedded database, uploaded media and keys live. `--data DIR` of every command sets it.",
    ),
    Setting(
        "DATABASE_URL",
        "address",
        _database_url,
        "",
        "Any PostgreSQL 15 or newer, as `postgresql://user:password@host:5432/name`. Empty: the embedded PostgreSQL"
        " in the data folder is started and used. When set, nothing of the embedded one is started or written.",
    ),
    Setting(
        "TEAROFF_POSTGRES_BIN",
        "folder",
        _optional_folder,
        "",
        "The folder of another PostgreSQL's programs for the embedded database, e.g. `/usr/lib/postgresql/17/bin`."
        " Empty: the programs that come with the package.",
    ),
    Setting(
        "TEAROFF_BASE_URL",
        "address",
        _base_url,
        "http://127.0.0.1:8000",
        "The public address of this server, without a path. Every link that leaves the server is built from it, never"
        " from the Host header. When not given, `tearoff serve` and `tearoff demo` set it to the"
        " address they listen on.",
    ),
    Setting(
        "TEAROFF_SECRET_KEY",
        "text",
        _secret,
        "",
        "The key that signs cookies and seals API secrets and passwords, 32 characters or more, the same on all nodes."
        " Empty: made on the first start and kept in `keys/secret_key` of the data folder."
        " Without it sealed secrets cannot be read again.",
    ),
    Setting(
        "TEAROFF_ADMIN_PATH",
        "word",
        _path_word,
        "admin",
        "The path of the operator's pages: `admin` puts them at `/admin/`.",
    ),
    Setting(
        "TEAROFF_OUTBOUND_ALLOW",
        "networks",
        _networks,
        "",
        "Comma-separated networks (`10.1.0.0/16,127.0.0.0/8`) that webhooks, gateways and mail servers of accounts may reach"
        " although they are private. Empty: public addresses only.",
    ),
    Setting(
        "TEAROFF_TRUSTED_PROXIES",
        "networks",
        _networks,
        "",
        "Comma-separated networks of your reverse proxies. Only from these is X-Forwarded-For believed.",
    ),
    Setting(
        "TEAROFF_SMTP_URL",
        "address",
        _mail_server,
        "",
        "The server that takes our mails to account owners: `smtp://host:25` (no TLS), `smtp+tls://user:password@host:587`"
        " (STARTTLS) or `smtps://user:password@host:465`. Empty: mails are written to the terminal instead.",
    ),
    Setting(
        "TEAROFF_MAIL_FROM",
        "text",
        _sender,
        "Tearoff <tearoff@localhost>",
        "The sender of these mails.",
    ),
    Setting(
        "TEAROFF_PUSH_KEY",
        "key",
        _push_key,
        "",
        "The private VAPID key (32 bytes in base64url) that signs push notifications to browsers. Empty: no push.",
    ),
    Setting(
        "TEAROFF_PUSH_CONTACT",
        "address",
        _push_contact,
        "",
        "Whom push services may write to: `mailto:you@example.org` or an https address. Needed with TEAROFF_PUSH_KEY.",
    ),
    Setting(
        "TEAROFF_FORBID_PLAIN_HTTP_WEBHOOKS",
        "on/off",
        _flag,
        "off",
        "Refuse webhook endpoints whose address does not begin with https.",
    ),
    Setting(
        "TEAROFF_ERROR_HTTP_STATUS",
        "choice",
        _choice("real", "always_200"),
        "real",
        "The HTTP status of refused API calls: `real` (400, 401, 404, ...) or `always_200`, for old programs that read"
        " only the body.",
    ),
    Setting(
        "TEAROFF_RATE_LIMIT_PER_KEY",
        "number",
        _number(0, 1_000_000),
        "0",
        "How many API requests per second one key may make; more get HTTP 429. 0: no limit.",
    ),
    Setting(
        "TEAROFF_FRAME_ANCESTORS",
        "text",
        _frame_ancestors,
        "*",
        "Which sites may show coupon pages in a frame, as in a content security policy. All other pages: none.",
    ),
    Setting(
        "TEAROFF_PREPARED_STATEMENTS",
        "on/off",
        _flag,
        "on",
        "Turn off behind PgBouncer in transaction mode. The three time limits are then not sent at connect either: set"
        " them on the database role, as docs/install.md shows.",
    ),
    Setting(
        "TEAROFF_WEB_WORKERS",
        "number",
        _number(0, 256),
        "0",
        "How many web processes serve, two requests at a time each. 0: one per processor core.",
    ),
    Setting(
        "TEAROFF_TEST_CLOCK",
        "file",
        _test_clock,
        "",
        "For tests only: a file with an ISO instant (the time stands still there) or an offset in seconds like"
        " `3600`, read at each look at the clock.",
    ),
)


def as_markdown() -> str:
    """The table for docs/settings.md."""
    rows = ["| Setting | Kind | Default | Meaning |", "| --- | --- | --- | --- |"]
    for setting in SETTINGS:
        default = f"`{setting.default}`" if setting.default else "empty"
        rows.append(f"| `{setting.name}` | {setting.kind} | {default} | {setting.meaning} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")
