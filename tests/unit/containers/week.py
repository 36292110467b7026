"""What goes wrong in a kitchen within a week, and whether it shows in the state and is gone from it when it is over.

In: containers, two adapters of which the second one is not always there, a disk and a clock. Out: faults to await.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from random import Random

from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import BroadcastUnreadable, ContainerLost, ReadingTaken
from befresh_agent.domain.events import DeviceChanged, DeviceState, Event, NotKept
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.radio_recovery import RecoveryAction
from befresh_agent.errors import RadioTransient
from befresh_agent.settings.model import ContainerSettings
from befresh_agent.simulation.simulated_radio import RadioFault
from tests.bthome import KEY, encrypted, plain

from .conftest import Kitchen, fleet
from .unkind_adapter import Answer, BluetoothService, UnkindAdapter

MINUTE, HOUR = 60.0, 3600.0
SETTINGS = ContainerSettings()
VISITED = fleet(14)
HUNG = VISITED[-1]
"""Nothing happens to it but that its sensors hang, for days."""
PLAIN, SEALED = (Address(f"54:48:E6:8F:80:0{n}") for n in range(2))
VICTIMS, EVERYBODY = (*VISITED[:-1], PLAIN, SEALED), (*VISITED, PLAIN, SEALED)
PROMISE_S = (len(VISITED) + 1) * SETTINGS.slot_s
"""What everybody was promised: an attempt this often, listening being one more container's turn."""
PATIENCE_S = (SETTINGS.silent_rounds + 2) * SETTINGS.period_s
LEAPS = (timedelta(minutes=20), timedelta(days=40), timedelta(days=400), timedelta(days=30 * 365))
HELP = (frozenset(RecoveryAction), frozenset({RecoveryAction.RELOAD}), frozenset[RecoveryAction]())
ANSWERS = ("org.bluez.Error.NotReady", "org.bluez.Error.Failed", "org.freedesktop.DBus.Error.NoReply")


class WatchedAdapter(UnkindAdapter):
    """Notes when who was tried."""

    attempts: "dict[Address, array[float]]"

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        self.attempts.setdefault(address, array("d")).append(self._clock.monotonic())
        return await super().visit(address, find_s=find_s, limit_s=limit_s)


class Week:
    def __init__(self, kitchen: Kitchen, chance: Random) -> None:
        self.kitchen, self.chance = kitchen, chance
        self.attempts: dict[Address, array[float]] = {}
        self.read: dict[Address, array[float]] = {}
        self.taken = 0
        self.outages: list[tuple[float, float]] = []
        """When somebody could not be tried or read, whatever the rotation did."""
        self.seen: Counter[str] = Counter()
        """How often each kind of fault came, and was visible."""
        self.counted_from = 0.0
        """When the encrypted container's battery was changed."""
        self.service = BluetoothService(kitchen.clock)
        self.adapters = [WatchedAdapter(kitchen.clock, self.service, seed, loss=0.02) for seed in (7, 8)]
        for adapter in self.adapters:
            adapter.attempts = self.attempts
            for address in VISITED:
                adapter.add(address, "kimchi")
            adapter.add_broadcaster(PLAIN, self.plain)
            adapter.add_broadcaster(SEALED, self.sealed)
        kitchen.keys[SEALED] = KEY
        kitchen.events.subscribe(self.listen)
        self.start(1)

    def start(self, adapters: int) -> None:
        """The agent is started, with one adapter or with two."""
        self.kitchen.radios = {f"radio hci{n}": one for n, one in enumerate(self.adapters[:adapters])}
        self.kitchen.poller = self.kitchen.new_poller()

    @property
    def now(self) -> float:
        return self.kitchen.clock.monotonic()

    def listen(self, event: Event) -> None:
        if isinstance(event, ReadingTaken):
            self.taken += 1
            self.read.setdefault(event.reading.address, array("d")).append(self.now)

    def plain(self) -> bytes:
        number = int(self.now / 10)
        return plain(4.5 + number * 7 % 31 / 100, packet_id=number)

    def sealed(self) -> bytes:
        number = int(self.now - self.counted_from)
        return encrypted(SEALED, number, 4.5 + number * 7 % 31 / 100)

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

    def lost(self) -> set[str]:
        return {seen.device for seen, _ in self.kitchen.devices.states() if seen.state is DeviceState.LOST}

    def told_lost(self) -> dict[str, str]:
        """Which devices were lost since the last fault, and why."""
        changes = self.kitchen.all(DeviceChanged)
        return {told.device: told.detail for told in changes if told.state is DeviceState.LOST}

    # Everything that has to do with Bluetooth

    async def no_radio(self, fault: RadioFault) -> None:
        """What takes all adapters along, such as bluetoothd."""
        began = self.now
        await self.go_bad(self.adapters, fault, lambda: bool(self.told_lost()))
        self.outages.append((began, self.now))

    async def go_bad(self, adapters: Iterable[UnkindAdapter], fault: RadioFault, seen: Callable[[], bool]) -> None:
        adapters = tuple(adapters)
        for adapter in adapters:
            adapter.fault = fault
        await self.visible(seen, PATIENCE_S, fault)
        # A remedy may have helped already; otherwise somebody does at last.
        await self.kitchen.clock.sleep(self.chance.uniform(1, 2 * HOUR))
        for adapter in adapters:
            adapter.fault = None
        await self.visible(lambda: not self.lost(), PATIENCE_S, f"{fault} is over")

    # One of two adapters: to the containers nothing happens, so that none of this is an outage

    def one_of_two(self) -> tuple[str, UnkindAdapter]:
        number = self.chance.randrange(2)
        return f"radio hci{number}", self.adapters[number]

    async def one_is_deaf(self) -> None:
        name, adapter = self.one_of_two()
        adapter.cured_by = self.chance.choice(HELP)
        await self.go_bad([adapter], RadioFault.DEAF, lambda: "another adapter" in self.told_lost().get(name, ""))
        adapter.cured_by = None
        assert not self.kitchen.all(ContainerLost)

    async def one_fails(self) -> None:
        name, adapter = self.one_of_two()
        fault = self.chance.choice([fault for fault in RadioFault if fault is not RadioFault.DEAF])
        await self.go_bad([adapter], fault, lambda: name in self.told_lost())
        assert not self.kitchen.all(ContainerLost)

    async def one_moves(self) -> None:
        """hci0 becomes hci2, hci3, hci4: it is gone for seconds, again and again."""
        _, adapter = self.one_of_two()
        for _ in range(4):
            adapter.fault = RadioFault.GONE
            await self.kitchen.clock.sleep(self.chance.uniform(1, MINUTE))
            adapter.fault = None
            await self.kitchen.clock.sleep(self.chance.uniform(1, 10 * MINUTE))
        await self.visible(lambda: not self.lost(), PATIENCE_S, "the last move is over")
        assert not self.kitchen.all(ContainerLost)

    async def one_hears_little(self) -> None:
        _, adapter = self.one_of_two()
        adapter.hears = self.chance.uniform(0.05, 0.4)
        await self.kitchen.clock.sleep(self.chance.uniform(1, 2) * HOUR)
        adapter.hears = 1.0
        await self.visible(lambda: not self.lost(), PATIENCE_S, "it hears again")
        await self.visible(lambda: not any(map(self.absent, VISITED)), PATIENCE_S, "everybody is there")

    # One container

    async def carried_away(self) -> None:
        address, began = self.chance.choice(VICTIMS), self.now
        for adapter in self.adapters:
            adapter.away(address)
        await self.visible(lambda: self.absent(address), 8 * PROMISE_S, f"{address} is away")
        await self.kitchen.clock.sleep(self.chance.uniform(1, 6 * HOUR))
        for adapter in self.adapters:
            adapter.back(address)
        await self.visible(lambda: not self.absent(address), 16 * PROMISE_S, f"{address} is back")
        self.read[address].append(self.now)
        self.outages.append((began, self.now))

    async def hostile_packets(self) -> None:
        began = self.now
        garbage = [self.chance.randbytes(self.chance.randrange(30)) for _ in range(50)]
        garbage += [encrypted(SEALED, 2**31, key=bytes(16)), plain(60.0), b"\x41\x00"]
        self.says(SEALED, lambda: self.chance.choice(garbage))
        await self.visible(lambda: bool(self.trouble(SEALED)), 3 * PROMISE_S, "a stranger's packets")
        self.says(SEALED, self.sealed)
        await self.visible(lambda: not self.trouble(SEALED), 3 * PROMISE_S, "they are over")
        assert len(self.kitchen.all(BroadcastUnreadable)) <= 8
        self.outages.append((began, self.now))

    async def old_packets(self) -> None:
        """Somebody recorded what it said, and plays that later, in its stead."""
        record = [encrypted(SEALED, int(self.now - self.counted_from) - n, 30.0) for n in range(200)]
        await self.kitchen.clock.sleep(2 * SETTINGS.period_s)
        began = self.now
        self.says(SEALED, lambda: self.chance.choice(record))
        await self.visible(lambda: "went back" in self.trouble(SEALED), 3 * PROMISE_S, "old packets")
        self.says(SEALED, self.sealed)
        await self.visible(lambda: not self.trouble(SEALED), 3 * PROMISE_S, "they are over")
        taken = [told.reading for told in self.kitchen.all(ReadingTaken) if told.reading.address == SEALED]
        assert all((one.values.temperature or 0.0) < 10 for one in taken), "an old one was believed"
        self.outages.append((began, self.now))

    def says(self, address: Address, what: Callable[[], bytes]) -> None:
        for adapter in self.adapters:
            adapter.add_broadcaster(address, what)

    async def battery_changed(self) -> None:
        began = self.now
        self.counted_from = self.now
        await self.visible(lambda: "anew" in self.trouble(SEALED), 3 * PROMISE_S, "a counter that begins anew")
        await self.visible(lambda: not self.trouble(SEALED), 8 * PROMISE_S, "it is believed again")
        self.outages.append((began, self.now))

    async def nonsense(self, answer: Answer, word: str) -> None:
        """A container tells what cannot be true."""
        address, began = self.chance.choice(VISITED[:-1]), self.now
        self.service.answers[address] = answer
        await self.visible(lambda: word in self.trouble(address), 3 * PROMISE_S, f"{address}: {word}")
        del self.service.answers[address]
        await self.visible(lambda: not self.trouble(address), 3 * PROMISE_S, f"{address} works")
        self.outages.append((began, self.now))

    async def one_refuses(self) -> None:
        address, began, why = self.chance.choice(VISITED[:-1]), self.now, self.chance.choice(ANSWERS)

        def refuse(_: Measurement) -> Measurement:
            raise RadioTransient(f"{address}: {why}")

        self.service.answers[address] = refuse
        await self.visible(lambda: self.absent(address), 8 * PROMISE_S, f"{address} refuses")
        del self.service.answers[address]
        await self.visible(lambda: not self.absent(address), 16 * PROMISE_S, f"{address} is back")
        self.outages.append((began, self.now))

    async def left_and_joined(self) -> None:
        address, began = self.chance.choice(VISITED[:-1]), self.now
        await self.kitchen.roster.remove(address)
        await self.kitchen.clock.sleep(self.chance.uniform(1, HOUR))
        await self.kitchen.roster.add(address)
        await self.kitchen.clock.sleep(PROMISE_S)
        self.outages.append((began, self.now))

    # The fridge itself

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

    async def wrong_clock(self) -> None:
        """It leaps while the agent runs, believed or not, and stays so; some time later it is right again."""
        kitchen, leap = self.kitchen, self.chance.choice(LEAPS) * self.chance.choice((1, -1))
        before = await self.remembered()
        kitchen.clock_synced = self.chance.random() < 0.5
        kitchen.clock._start += leap
        await self.turn_over()
        await kitchen.clock.sleep(self.chance.uniform(0.5, 1.5) * HOUR)
        await self.turn_over()
        kitchen.clock._start -= leap
        kitchen.clock_synced = True
        await self.turn_over()
        assert await self.remembered() >= before

    async def clock_leaps(self) -> None:
        """Minutes to decades, both ways, at a turn of the batcher each: nothing is forgotten."""
        before = await self.remembered()
        for leap in LEAPS:
            for sign in (1, -1):
                self.kitchen.clock._start += sign * leap
                await self.turn_over()
                self.kitchen.clock._start -= sign * leap
        assert await self.remembered() >= before

    async def turn_over(self) -> None:
        await self.kitchen.store.batch()
        await self.kitchen.store.prune(30, 30)

    async def remembered(self) -> int:
        return await self.kitchen.database.run(lambda c: int(c.execute("SELECT count(*) FROM history").fetchone()[0]))

    async def on_their_way(self) -> int:
        """Readings in messages, and those that none has taken yet."""
        counts = "SELECT (SELECT count(*) FROM readings) + (SELECT coalesce(sum(items), 0) FROM outbox)"
        return await self.kitchen.database.run(lambda c: int(c.execute(counts).fetchone()[0]))

    def undisturbed(self, times: Sequence[float]) -> Iterator[float]:
        """The gaps in which nothing was wrong that concerns the containers."""
        for before, after in zip(times, [*times[1:], self.now], strict=True):
            if not any(began < after and before < ended + PROMISE_S for began, ended in self.outages):
                yield after - before
