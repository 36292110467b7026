"""What every stage stands on."""

from dataclasses import dataclass
from pathlib import Path

from befresh_agent.database import Database
from befresh_agent.events import Devices, Events
from befresh_agent.hardware import Hardware
from befresh_agent.outbox.store import Store
from befresh_agent.ports.clock import Clock
from befresh_agent.settings import Settings
from befresh_agent.vitals import Vitals

VITAL = ("registration", "batcher", "relay")
"""Services without which the agent is none: a crash of theirs ends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Made once, handed to everybody."""

    settings: Settings
    hardware: Hardware
    fridge_id: int
    clock: Clock
    events: Events
    devices: Devices
    database: Database
    store: Store
    vitals: Vitals
    config: Path | None
    """The settings file, if not the usual one."""
