"""Whom the page asks, and what it may set going. Handed in by the assembly; the page knows no other stage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.trigger import Press
from befresh_agent.events import Devices
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.stock import Stock
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
    simulated: bool = False
