"""Whom the page asks about containers, and what it may set going."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from befresh_agent.domain.container import Address
from befresh_agent.domain.container_health import ContainerHealth
from befresh_agent.record.records import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSources:
    records: Records
    health: Callable[[], Sequence[ContainerHealth]]
    """How every container of the roster is doing."""
    remove: Callable[[Address], Awaitable[bool]]
    """Take it off the roster; whether it was on it."""
    read_now: Callable[[Address], bool]
    """Let it be visited next; whether it is on the roster."""
