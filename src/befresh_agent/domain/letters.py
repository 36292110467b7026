"""Messages as people look at them: what waits, what went, what was refused."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of the outbox."""

    seq: int
    id: str
    topic: str
    key: str
    headers: dict[str, str]
    body: bytes
    """As it travels."""
    carries: int
    """How many foods or readings."""
    state: str
    """waiting, delivered, journal or dead"""
    created: str
    delivered: str | None
    attempts: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How the outbox stands."""

    waiting: int
    oldest_s: float
    dead: int
    journal: int
    unnamed: int


def parsed(body: bytes) -> Any:
    """A body as people look at it: what its JSON says, or its text."""
    try:
        return json.loads(body)
    except ValueError:  # garbled on disk, and dead for that
        return body.decode(errors="replace")
