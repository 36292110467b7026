"""Whom the page asks, and what it may set going. Handed in by the assembly; the page knows no other stage."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from befresh_agent.domain.container import Address
from befresh_agent.domain.detection import PackPhoto
from befresh_agent.domain.food import FoodItem, NameQuestion
from befresh_agent.domain.known_product import KnownProduct
from befresh_agent.domain.trigger import Press
from befresh_agent.domain.trouble import Trouble, Warned
from befresh_agent.domain.visits import ContainerHealth
from befresh_agent.history.records import HistoryRecords
from befresh_agent.page.maintenance import DoctorRunner, UpdateStatus
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.playground import FridgePlayground
from befresh_agent.ports.storage import FoodStock, MessageBrowser
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.runtime.redaction import SecretRedactor
from befresh_agent.settings.model import Settings
from befresh_agent.storage.database import Database

IN_USE = "food is being registered; finish that first"
"""What is answered to whoever wants the microphone while a session has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    settings: Settings
    state: Path
    """Where the token is kept."""
    clock: Clock
    devices: DeviceRegistry
    session: Callable[[], Sequence[FoodItem] | None]
    """The items of the open session, or None while none is open."""
    question: Callable[[], NameQuestion | None]
    """The name that is being asked for."""
    type_name: Callable[[str], bool]
    """A name was typed; whether a session is open that takes it."""
    press: Callable[[Press], None]
    """The button, pushed by hand on the page."""
    stock: FoodStock
    letters: MessageBrowser
    broker: str
    """Where messages go; empty where no broker is set."""
    read_photo: Callable[[bytes], Awaitable[PackPhoto]]
    """What is in a phone's photo. Raises `InvalidValue` where it is none, `DeviceError` where it cannot be read."""
    containers: Callable[[], Sequence[ContainerHealth]]
    """How every container of the roster is doing."""
    roster: Callable[[], Awaitable[Sequence[Address]]]
    forget: Callable[[Address], Awaitable[bool]]
    renew: Callable[[Address], Awaitable[bool]]
    """Take a container off the roster."""
    read_now: Callable[[Address], bool]
    """Visit a container next; whether the radio knows it."""
    may_switch_on: Callable[[str], bool]
    """Whether a spelling or order of dates is left to the page; a file may have said."""
    switch_on: Callable[[str], Awaitable[None]]
    """Read dates in that spelling or order, too, from now on."""
    records: HistoryRecords
    database: Database
    doctor: DoctorRunner
    updates: UpdateStatus
    redaction: SecretRedactor
    """Takes secrets out of what is shown."""
    clock_synced: Callable[[], bool]
    """Whether the wall clock is known to be right."""
    troubles: Callable[[], Sequence[Trouble]]
    """What is wrong with the machine or the installation."""
    warnings: Callable[[], Sequence[Warned]]
    """The last ones, also from before the last start; the oldest first."""
    note_action: Callable[[Address, str, str], Awaitable[None]] | None = None
    """Add to the sealed log who did what; None where none is kept."""
    lag_ms: Callable[[], dict[str, float]]
    unwell: Callable[[], list[str]]
    """Vital services that do not get on."""
    look_up: Callable[[str], Awaitable[KnownProduct | None]] | None = None
    """What a service outside calls a product, if it says so in time; None where none is to be asked."""
    open_alarms: Callable[[], Mapping[str, str]] = dict
    """What somebody outside was told of and nobody has acknowledged: its text by its key."""
    acknowledge: Callable[[str, str], Awaitable[None]] | None = None
    """Somebody, by name where it is told, has seen an alarm; None where none are sent."""
    playground: FridgePlayground | None = None
    """The world of a dry run, to be played by hand."""
    simulated: bool = False
    config: Path | None = None
    """The settings file, if not the usual one."""
