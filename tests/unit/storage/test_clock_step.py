"""Readings taken before the clock was set: right before they travel, or marked."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from befresh_agent.domain.delivery_events import MessageQueued, TimesCorrected
from befresh_agent.domain.events import Event
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import SETTLING_S, ClockAnchor, Reading
from befresh_agent.ports.clock import ClockTrust
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.roster import ContainerRoster
from befresh_agent.storage.store import OutboxStore
from tests.unit.storage.stand_ins import BOX, START, LeapingClock

NEVER_SET = datetime(1970, 1, 1, tzinfo=UTC) - START
"""What a Pi without network believes."""


class Machine:
    """A fridge's store, its clock, and whether that is set; `restart` the agent, or `reboot` the machine."""

    def __init__(self, database: Database, clock: LeapingClock, events: EventBus) -> None:
        self.database, self.clock, self.events = database, clock, events
        self.boot, self.booted = "first boot", 0.0
        self.set_clock(right=False)
        self.restart()

    def set_clock(self, *, right: bool) -> None:
        self.right = right
        self.clock.jumped = timedelta(0) if right else NEVER_SET

    def restart(self) -> None:
        self.store = OutboxStore(
            self.database,
            fridge_id=17,
            topics=KafkaSettings(),
            clock=self.clock,
            events=self.events,
            trust=ClockTrust(lambda: self.right, self.boot),
        )

    def reboot(self) -> None:
        self.boot = "second boot"
        self.clock.passed = 0.0
        self.restart()

    async def read(self, temperature: float, after_s: float = 60.0) -> None:
        self.clock.passed += after_s
        anchor = ClockAnchor(self.boot, self.clock.monotonic())
        reading = Reading(BOX, self.clock.now(), Measurement(temperature), self.right, anchor)
        await self.store.keep_reading(reading)

    async def travelled(self) -> list[tuple[str, float]]:
        """Time and temperature of everything in a message."""
        await self.store.batch()
        samples = [
            sample for entry in await self.store.entries() for sample in json.loads(entry.message.body)["data"][BOX]
        ]
        return [(sample["time"], sample["data"]["temperature"]) for sample in samples]


@pytest.fixture
def machine(database: Database, clock: LeapingClock, events: EventBus) -> Machine:
    return Machine(database, clock, events)


async def test_the_next_reading_by_a_right_clock_corrects_the_earlier_ones(machine: Machine, told: list[Event]) -> None:
    await ContainerRoster(machine.database, machine.clock).add(BOX)
    await machine.read(1.0)
    await machine.read(2.0)
    (entry,) = await ContainerRoster(machine.database, machine.clock).list()
    assert entry.last is not None
    assert not entry.last.clock_synced
    machine.set_clock(right=True)
    await machine.read(3.0)

    assert told == [TimesCorrected(2)]
    assert await machine.travelled() == [
        ("2026-11-21 09:31", 1.0),
        ("2026-11-21 09:32", 2.0),
        ("2026-11-21 09:33", 3.0),
    ]


async def test_a_message_is_never_made_of_times_that_can_be_corrected(machine: Machine, told: list[Event]) -> None:
    await machine.read(1.0)
    machine.set_clock(right=True)

    assert await machine.travelled() == [("2026-11-21 09:31", 1.0)]
    assert told[0] == TimesCorrected(1)


async def test_the_last_reading_shown_and_the_record_are_corrected_too(machine: Machine) -> None:
    roster = ContainerRoster(machine.database, machine.clock)
    await roster.add(BOX)
    await machine.read(1.0)
    machine.set_clock(right=True)
    await machine.store.batch()

    (entry,) = await roster.list()
    assert entry.last is not None
    assert (entry.last.taken_at, entry.last.clock_synced) == (START + timedelta(seconds=60), True)
    rows = await machine.database.run(lambda c: c.execute("SELECT at, clock_synced FROM history").fetchall())
    assert [tuple(row) for row in rows] == [(int(START.timestamp()) + 60, 1)]


async def test_it_works_over_a_restart_of_the_agent(machine: Machine) -> None:
    await machine.read(1.0)
    machine.restart()
    machine.set_clock(right=True)
    await machine.read(2.0)

    assert await machine.travelled() == [("2026-11-21 09:31", 1.0), ("2026-11-21 09:32", 2.0)]


async def test_a_reading_of_an_earlier_run_is_marked_and_not_guessed(machine: Machine, told: list[Event]) -> None:
    await machine.read(1.0)
    machine.reboot()
    machine.set_clock(right=True)
    await machine.read(2.0)

    assert await machine.travelled() == [("1970-01-01 00:01", 1.0), ("2026-11-21 09:31", 2.0)]
    (queued,) = (event for event in told if isinstance(event, MessageQueued))
    assert queued.summary == "2 readings of 1 container, 1 dated by a clock not known to be right"
    rows = await machine.database.run(lambda c: c.execute("SELECT clock_synced FROM history ORDER BY at").fetchall())
    assert [row[0] for row in rows] == [0, 1]


async def test_what_has_travelled_is_left_alone(machine: Machine, told: list[Event]) -> None:
    await machine.read(1.0, after_s=SETTLING_S + 60)
    early = await machine.travelled()
    machine.set_clock(right=True)
    await machine.read(2.0)

    assert (await machine.travelled())[:1] == early == [("1970-01-01 01:01", 1.0)]
    assert TimesCorrected(1) not in told


async def test_readings_wait_for_the_clock_but_not_for_ever(machine: Machine) -> None:
    await machine.read(1.0)
    assert await machine.travelled() == []
    machine.clock.passed = SETTLING_S - 1
    assert await machine.travelled() == []
    machine.clock.passed = SETTLING_S + 1
    assert await machine.travelled() == [("1970-01-01 00:01", 1.0)]


async def test_only_those_of_the_unset_clock_wait(machine: Machine) -> None:
    machine.set_clock(right=True)
    await machine.read(1.0)
    machine.set_clock(right=False)
    await machine.read(2.0)
    machine.set_clock(right=True)
    await machine.database.run(lambda c: c.execute("UPDATE readings SET boot = 'an earlier one' WHERE clock_synced"))
    machine.set_clock(right=False)

    assert await machine.travelled() == [("2026-11-21 09:31", 1.0)]
    machine.set_clock(right=True)
    assert await machine.travelled() == [("2026-11-21 09:31", 1.0), ("2026-11-21 09:32", 2.0)]


async def test_a_garbled_anchor_harms_nothing(machine: Machine) -> None:
    await machine.read(1.0)
    await machine.read(2.0)
    await machine.database.run(lambda c: c.execute("UPDATE readings SET monotonic = 'soon' WHERE number = 1"))
    machine.set_clock(right=True)

    assert await machine.travelled() == [("1970-01-01 00:01", 1.0), ("2026-11-21 09:32", 2.0)]


async def test_without_a_known_run_nothing_waits_and_nothing_is_guessed(machine: Machine) -> None:
    machine.boot = ""
    machine.restart()
    await machine.read(1.0)

    assert await machine.travelled() == [("1970-01-01 00:01", 1.0)]
