"""Whom the page asks, and what it may set going. Handed in by the assembly; the page knows no other stage."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from befresh_agent.database import Database
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_health import ContainerHealth
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.trigger import Press
from befresh_agent.events import Devices
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.letters import Letters
from befresh_agent.ports.playground import Playground
from befresh_agent.ports.stock import Stock
from befresh_agent.record.records import Records
from befresh_agent.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    settings: Settings
    state: Path
    """Where the token is kept."""
    clock: Clock
    devices: Devices
    session: Callable[[], Sequence[FoodItem] | None]
    """The items of the open session, or None while none is open."""
    press: Callable[[Press], None]
    """The button, pushed by hand on the page."""
    stock: Stock
    letters: Letters
    broker: str
    """Where messages go; empty where no broker is set."""
    containers: Callable[[], Sequence[ContainerHealth]]
    """How every container of the roster is doing."""
    roster: Callable[[], Awaitable[Sequence[Address]]]
    forget: Callable[[Address], Awaitable[bool]]
    """Take a container off the roster."""
    read_now: Callable[[Address], bool]
    """Visit a container next; whether the radio knows it."""
    records: Records
    database: Database
    lag_ms: Callable[[], dict[str, float]]
    unwell: Callable[[], list[str]]
    """Vital services that do not get on."""
    playground: Playground | None = None
    """The world of a dry run, to be played by hand."""
    simulated: bool = False
    config: Path | None = None
    """The settings file, if not the usual one."""
