"""What the outbox costs: confirmation, drain of a month's backlog, bytes written, a week without a broker.

    PYTHONPATH=. python benchmarks/bench_outbox.py

Needs nothing but this machine: the broker is librdkafka's mock cluster, over TCP. Figures are in docs/delivery.md.
"""

import asyncio
import resource
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from befresh_agent.adapters.kafka.kafka_publisher import KafkaPublisher
from befresh_agent.delivery.relay import DeliveryRelay
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import DeliverySettings, KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore
from tests.delivery.bench import Bench, bench, kafka_settings, measure, register, take
from tests.delivery.mock_kafka import MockKafka
from tests.delivery.proxy import black_hole, captive_portal, proxy, unused_address
from tests.unit.storage.stand_ins import LeapingClock, until

MONTH = 30 * 48
DAY = 48


@dataclass
class Lag:
    """How late the event loop was, in milliseconds."""

    late: list[float] = field(default_factory=list)

    async def watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.002)
            self.late.append((time.perf_counter() - before - 0.002) * 1000)

    def text(self) -> str:
        p99 = quantiles(self.late, n=100, method="inclusive")[98]
        return f"loop lag p50 {median(self.late):.1f}, p99 {p99:.1f}, max {max(self.late):.1f} ms"


@asynccontextmanager
async def lag() -> AsyncIterator[Lag]:
    seen = Lag()
    watcher = asyncio.create_task(seen.watch())
    try:
        yield seen
    finally:
        watcher.cancel()


def written() -> int:
    """Bytes this process has handed to files and sockets."""
    lines = Path("/proc/self/io").read_text(encoding="utf-8").splitlines()
    return int(dict(line.split(": ") for line in lines)["wchar"])


async def confirmation(folder: Path) -> None:
    """A registration while nothing that answers stands in the broker's place."""
    for name, place in {"refused": None, "black hole": black_hole, "captive portal": captive_portal}.items():
        if place is None:
            await _confirm(folder / name, name, unused_address())
        else:
            async with place() as address:
                await _confirm(folder / name, name, address)


async def _confirm(path: Path, name: str, address: str) -> None:
    took = []
    async with bench(path, kafka_settings(address)) as desk:
        desk.start()
        for n in range(200):
            before = time.perf_counter()
            await register(desk.store, f"food {n}")
            took.append((time.perf_counter() - before) * 1000)
            await asyncio.sleep(0.005)
    print(f"confirmed with the broker {name}: p50 {median(took):.1f}, max {max(took):.1f} ms")


async def drain(path: Path) -> None:
    """A month without the broker, and then it is back."""
    with MockKafka() as broker:
        async with bench(path, kafka_settings(broker.bootstrap)) as desk:
            await measure(desk.store, MONTH, readings=12)
            before = time.perf_counter()
            async with lag() as seen:
                desk.start()
                await desk.drained(60)
            took = time.perf_counter() - before
        print(f"{MONTH} batches drained in {took:.2f} s, {MONTH / took:.0f} a second; {seen.text()}")


async def stopping(path: Path) -> None:
    """The orderly end in the middle of an outage, with the deadlines of the settings."""
    with MockKafka() as broker:
        async with bench(path, KafkaSettings(server=broker.bootstrap)) as desk:
            desk.start()
            await register(desk.store, "warm")
            await desk.drained()
            broker.down()
            await register(desk.store, "waits")
            await asyncio.sleep(1)
            before = time.perf_counter()
            await desk.relay.stop(4)
            print(f"stopped in an outage in {time.perf_counter() - before:.1f} s")


async def moving(path: Path) -> None:
    """The broker moves to another address while a message is under way to the old one."""
    with MockKafka() as broker:
        async with proxy(broker.bootstrap) as entrance, proxy(broker.bootstrap) as old, proxy(broker.bootstrap) as new:
            broker.advertise("127.0.0.1", old.port)
            settings = kafka_settings(entrance.address)
            async with bench(path, settings) as desk:
                desk.start()
                await register(desk.store, "before")
                await desk.drained()
                broker.advertise("127.0.0.1", new.port)
                old.black_hole = True
                before = time.perf_counter()
                await register(desk.store, "after")
                await desk.drained()
                took = time.perf_counter() - before
            print(f"broker moved: delivered after {took:.1f} s (delivery deadline {settings.delivery_timeout_s:g} s)")


async def wear(path: Path) -> None:
    """Bytes written in a message's life, and in a day with four containers and five sessions."""
    async with bench(path, kafka_settings(unused_address())) as desk:
        await measure(desk.store, DAY, readings=12)  # past the first pages
        await mark_all(desk)
        total = 0
        for _ in range(DAY):
            await take(desk.store, 12)
            before = written()
            await desk.store.batch()
            await mark_all(desk)
            total += written() - before
        before = written()
        await desk.store.prune(-1, 30)
        print(f"a batch queued, delivered, forgotten: {(total + written() - before) / DAY / 1024:.1f} KB")
        before = written()
        for half_hour in range(DAY):
            await measure(desk.store, 1, readings=12)
            if half_hour % 10 == 0:
                await register(desk.store, "사과", "우유", "김치")
            await mark_all(desk)
        await desk.store.prune(-1, 30)
        print(f"a day of four containers: {(written() - before) / 1e6:.1f} MB")


async def mark_all(desk: Bench) -> None:
    waiting = await desk.store.entries([MessageState.WAITING])
    await desk.store.mark([entry.message.seq for entry in waiting], MessageState.DELIVERED)


async def week(path: Path) -> None:
    """A week without a broker, by a clock that leaps over the pauses; the attempts are real."""
    settings, clock, events = kafka_settings(unused_address()), LeapingClock(), EventBus()
    async with Database(path) as database, KafkaPublisher(settings, fridge_id=17) as publisher:
        store = OutboxStore(database, fridge_id=17, topics=settings, clock=clock, events=events)
        await register(store, "waits")
        relay = DeliveryRelay(store, publisher, DeliverySettings(), clock=clock, events=events)
        task = asyncio.create_task(relay.run())
        sizes = []
        for day in range(1, 8):
            await until(lambda day=day: clock.passed >= day * 86400)  # type: ignore[misc]  # bound now
            sizes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        task.cancel()
    print(f"a week without a broker: {len(clock.slept)} pauses, peak memory after each day {sizes} MB")


async def main() -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        for number, part in enumerate((confirmation, drain, stopping, moving, wear, week)):
            place = Path(folder, str(number))
            place.mkdir()
            await part(place if part is confirmation else place / "agent.db")


if __name__ == "__main__":
    asyncio.run(main())
