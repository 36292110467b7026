"""Seven days of virtual time with random faults of all kinds: memory stays flat, promises are kept, faults are seen."""

import gc
import random
import tracemalloc
from array import array
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import BroadcastUnreadable, ReadingTaken
from befresh_agent.domain.events import DeviceChanged, DeviceState, NotKept
from befresh_agent.domain.quantities import Measurement
from befresh_agent.errors import RadioTransient
from befresh_agent.settings.model import ContainerSettings
from befresh_agent.simulation.simulated_radio import RadioFault, SimulatedRadio
from tests.bthome import KEY, encrypted, plain

from .conftest import Kitchen, Play, fleet

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
SETTINGS = ContainerSettings()
VISITED = fleet(14)
PLAIN, SEALED = (Address(f"54:48:E6:8F:80:0{n}") for n in range(2))
EVERYBODY = (*VISITED, PLAIN, SEALED)
PROMISE_S = (len(VISITED) + 1) * SETTINGS.slot_s
"""What everybody was promised: an attempt this often, listening being one more container's turn."""


class WatchedRadio(SimulatedRadio):
    """Notes when who was tried."""

    attempts: dict[Address, "array[float]"]
    zeros: Address | None = None
    """Whose sensors do not start."""
    refusing: Address | None = None
    """Who answers as if the adapter were gone."""

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        self.attempts.setdefault(address, array("d")).append(self._clock.monotonic())
        said = await super().visit(address, find_s=find_s, limit_s=limit_s)
        if address == self.refusing:
            raise RadioTransient(f"{address}: org.bluez.Error.NotReady")
        return Measurement(0.0, 0, None, 0, 0, 0) if address == self.zeros else said


@dataclass
class Week:
    kitchen: Kitchen
    chance: Random
    said: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))
    packets: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))
    outages: list[tuple[float, float]] = field(default_factory=list)
    """When nobody could be tried or read, whatever the rotation did."""
    seen: dict[str, int] = field(default_factory=dict)
    """How often each kind of fault came, and was visible."""
    read: dict[Address, "array[float]"] = field(default_factory=dict)

    @property
    def radio(self) -> WatchedRadio:
        assert isinstance(self.kitchen.radio, WatchedRadio)
        return self.kitchen.radio

    @property
    def now(self) -> float:
        return self.kitchen.clock.monotonic()

    def absent(self, address: Address) -> bool:
        return any(one.absent for one in self.kitchen.poller.snapshot() if one.address == address)

    def trouble(self, address: Address) -> str:
        return "".join(one.trouble or "" for one in self.kitchen.poller.snapshot() if one.address == address)

    async def visible(self, condition: Callable[[], bool], within_s: float, what: str) -> None:
        """The fault shows in the state in time."""
        until = self.now + within_s
        while not condition():
            assert self.now < until, f"{what} was not visible within {within_s:g} s"
            await self.kitchen.clock.sleep(10)

    async def no_radio(self, fault: RadioFault) -> None:
        began = self.now
        self.radio.fault = fault
        patience = (SETTINGS.silent_rounds + 2) * SETTINGS.period_s

        def was_lost() -> bool:
            return any(told.state is DeviceState.LOST for told in self.kitchen.all(DeviceChanged))

        def lost() -> bool:
            return any(seen.state is DeviceState.LOST for seen, _ in self.kitchen.devices.states())

        await self.visible(was_lost, patience, fault)
        # A remedy may have helped already; otherwise somebody does at last.
        await self.kitchen.clock.sleep(self.chance.uniform(1, 3 * HOUR))
        self.radio.fault = None
        await self.visible(lambda: not lost(), patience, f"{fault} is over")
        self.outages.append((began, self.now))

    async def gone(self) -> None:
        await self.no_radio(RadioFault.GONE)

    async def stuck(self) -> None:
        await self.no_radio(RadioFault.STUCK)

    async def deaf(self) -> None:
        await self.no_radio(RadioFault.DEAF)

    async def carried_away(self) -> None:
        address, began = self.chance.choice(EVERYBODY), self.now
        self.radio.away(address)
        await self.visible(lambda: self.absent(address), 8 * PROMISE_S, f"{address} is away")
        await self.kitchen.clock.sleep(self.chance.uniform(1, 6 * HOUR))
        self.radio.back(address)
        await self.visible(lambda: not self.absent(address), 16 * PROMISE_S, f"{address} is back")
        self.read[address].append(self.now)
        self.outages.append((began, self.now))

    async def full_disk(self) -> None:
        began, disk = self.now, self.kitchen.disk
        disk.full = True
        await self.visible(lambda: bool(self.kitchen.all(NotKept)), 2 * SETTINGS.period_s, "the full disk")
        await self.kitchen.clock.sleep(self.chance.uniform(1, HOUR))
        disk.full = False
        refused = disk.refused
        await self.kitchen.clock.sleep(SETTINGS.period_s)
        assert disk.refused == refused
        self.outages.append((began, self.now))

    async def hostile_packets(self) -> None:
        began = self.now
        garbage = [self.chance.randbytes(self.chance.randrange(30)) for _ in range(50)]
        garbage += [encrypted(SEALED, 2**31, key=bytes(16)), plain(60.0), b"\x41\x00"]
        self.radio.add_broadcaster(SEALED, lambda: self.chance.choice(garbage))
        await self.visible(lambda: bool(self.trouble(SEALED)), 3 * PROMISE_S, "a stranger's packets")
        self.radio.add_broadcaster(SEALED, self.sealed)
        await self.visible(lambda: not self.trouble(SEALED), 3 * PROMISE_S, "they are over")
        assert len(self.kitchen.all(BroadcastUnreadable)) <= 8
        self.outages.append((began, self.now))

    async def battery_changed(self) -> None:
        began = self.now
        self.said = iter(range(10**9))
        await self.visible(lambda: "anew" in self.trouble(SEALED), 3 * PROMISE_S, "a counter that begins anew")
        await self.visible(lambda: not self.trouble(SEALED), 8 * PROMISE_S, "it is believed again")
        self.outages.append((began, self.now))

    async def does_not_start(self) -> None:
        address, began = self.chance.choice(VISITED), self.now
        self.radio.zeros = address
        await self.visible(lambda: "zeros" in self.trouble(address), 3 * PROMISE_S, f"{address} says zeros")
        self.radio.zeros = None
        await self.visible(lambda: not self.trouble(address), 3 * PROMISE_S, f"{address} works")
        self.outages.append((began, self.now))

    async def one_refuses(self) -> None:
        address, began = self.chance.choice(VISITED), self.now
        self.radio.refusing = address
        await self.visible(lambda: self.absent(address), 8 * PROMISE_S, f"{address} refuses")
        self.radio.refusing = None
        await self.visible(lambda: not self.absent(address), 16 * PROMISE_S, f"{address} is back")
        self.outages.append((began, self.now))

    async def restart(self) -> None:
        """The agent is started again, and the clock leaps meanwhile; the test's clock goes on."""
        self.outages.append((self.now, self.now + 1))
        await self.clock_leaps()
        self.kitchen.poller = self.kitchen.new_poller()

    async def clock_leaps(self) -> None:
        """Minutes to decades, both ways, at a turn of the batcher each: nothing is forgotten."""
        kitchen = self.kitchen
        before = await self.remembered()
        for leap in (timedelta(minutes=20), timedelta(days=40), timedelta(days=400), timedelta(days=30 * 365)):
            for sign in (1, -1):
                kitchen.clock._start += sign * leap
                await kitchen.store.batch()
                await kitchen.store.prune(30, 30)
                kitchen.clock._start -= sign * leap
        assert await self.remembered() >= before

    async def remembered(self) -> int:
        return await self.kitchen.database.run(lambda c: int(c.execute("SELECT count(*) FROM history").fetchone()[0]))

    async def left_and_joined(self) -> None:
        address, began = self.chance.choice(VISITED), self.now
        await self.kitchen.roster.remove(address)
        await self.kitchen.clock.sleep(self.chance.uniform(1, HOUR))
        await self.kitchen.roster.add(address)
        await self.kitchen.clock.sleep(PROMISE_S)
        self.outages.append((began, self.now))

    def sealed(self) -> bytes:
        return encrypted(SEALED, next(self.said), self.degrees())

    def plain(self) -> bytes:
        return plain(self.degrees(), packet_id=next(self.packets))

    def degrees(self) -> float:
        return self.chance.gauss(4.5, 0.1)

    def note(self) -> None:
        """Take what was told, so that the test itself remembers little."""
        for told in self.kitchen.all(ReadingTaken):
            self.read.setdefault(told.reading.address, array("d")).append(self.since_start(told))
        self.kitchen.told.clear()

    def since_start(self, told: ReadingTaken) -> float:
        return (told.reading.taken_at - self.kitchen.began).total_seconds()

    def undisturbed(self, times: Sequence[float]) -> Iterator[float]:
        """The gaps in which nothing was wrong."""
        for before, after in zip(times, [*times[1:], self.now], strict=True):
            if not any(began < after and before < ended + PROMISE_S for began, ended in self.outages):
                yield after - before


Fault = Callable[[Week], Coroutine[Any, Any, None]]
FAULTS: tuple[Fault, ...] = (
    Week.gone,
    Week.stuck,
    Week.deaf,
    Week.carried_away,
    Week.full_disk,
    Week.hostile_packets,
    Week.left_and_joined,
    Week.battery_changed,
    Week.does_not_start,
    Week.one_refuses,
)


async def a_day(week: Week) -> None:
    """Every kind of fault in a random order, with quiet times between; the agent is restarted in the middle."""
    kitchen, until = week.kitchen, week.now + DAY
    faults = week.chance.sample(FAULTS, len(FAULTS))
    for half, rest_until in ((faults[:5], week.now), (faults[5:], until)):
        async with kitchen.polling():
            for fault in half:
                await fault(week)
                week.seen[fault.__name__] = week.seen.get(fault.__name__, 0) + 1
                week.note()
                await kitchen.clock.sleep(week.chance.uniform(0.5, 1) * HOUR)
                await kitchen.store.batch()
            while week.now < rest_until:
                await kitchen.clock.sleep(HOUR)
                await kitchen.store.batch()
                week.note()
            week.note()
        await week.restart()


@pytest.mark.week
@pytest.mark.timeout(1800)
def test_a_week_of_bad_luck(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        random.seed(7)  # what the agent itself leaves to chance
        kitchen.radio = WatchedRadio({}, kitchen.clock, seed=7, loss=0.02)
        kitchen.radio.attempts = {}
        kitchen.radios = {"radio": kitchen.radio}
        kitchen.keys[SEALED] = KEY
        kitchen.poller = kitchen.new_poller()
        week = Week(kitchen, Random(7))
        await kitchen.join(*VISITED)
        kitchen.radio.add_broadcaster(PLAIN, week.plain)
        kitchen.radio.add_broadcaster(SEALED, week.sealed)
        for address in (PLAIN, SEALED):
            await kitchen.roster.add(address)
        sizes, files = [], []
        tracemalloc.start()
        for _ in range(7):
            await a_day(week)
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
            files.append(len(list(Path("/proc/self/fd").iterdir())))
        tracemalloc.stop()

        attempts = [gap for address in VISITED for gap in week.undisturbed(kitchen.radio.attempts[address])]
        readings = [gap for address in EVERYBODY for gap in week.undisturbed(week.read[address])]
        figures = (
            f"{week.now / DAY:.1f} days, {sum(week.seen.values())} faults seen, "
            f"{sum(map(len, kitchen.radio.attempts.values()))} visits, {sum(map(len, week.read.values()))} readings; "
            f"gaps: attempts at most {max(attempts):.0f} s, readings at most {max(readings):.0f} s "
            f"of {PROMISE_S:.0f}; kB in use at the end of each day: {[size // 1000 for size in sizes]}"
        )
        print(figures)
        assert week.seen == dict.fromkeys((fault.__name__ for fault in FAULTS), 7)
        assert len(attempts) > 7 * DAY / SETTINGS.period_s * len(VISITED) / 4, "quiet times were watched too"
        assert max(attempts) <= PROMISE_S + SETTINGS.slot_s, figures
        assert max(readings) <= 2 * PROMISE_S, figures
        # The test itself remembers 8 bytes of each visit and reading; each container's visits fill up in two days.
        assert files[-1] <= files[0], files
        assert sizes[-1] - sizes[2] < 300_000, figures

    play(story)
