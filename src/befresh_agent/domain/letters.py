"""Messages as people look at them: what waits, what went, what was refused."""

from dataclasses import dataclass


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
