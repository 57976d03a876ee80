"""What a maker's server is told, and what it says. Made where the database is, carried where it is not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tearoff.messaging.providers.jobs import Result
from tearoff.wallet.reading import Face


@dataclass(frozen=True, slots=True)
class Job:
    """A leased update with all that telling it needs. `number` counts the tries, from 1."""

    update: int
    number: int
    account: int
    wallet_pass: int
    maker: str
    what: str
    text: str
    registration: int
    token: str
    """Of the device that is nudged; "" when it has gone meanwhile."""
    registered_at: datetime | None
    is_heard: bool
    is_made: bool
    """Whether Google has the object."""
    settings: dict[str, Any] | None
    face: Face | None


__all__ = ["Job", "Result"]
