"""Thousands of real producers before a real Apache Kafka: connecting, quotas, an outage, and whether anything is lost.

    PYTHONPATH=. python benchmarks/real_fleet.py [FRIDGES]

Needs Java 17 and Maven; at most ten minutes. Broker and producers share this machine: what they take from each other is
in the figures, which are in docs/fleet.md, beside what `benchmarks/fleet.py` says on paper.
"""

import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from statistics import quantiles

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition
from confluent_kafka.admin import NewTopic

from befresh_agent.domain.pacing import phase_of
from benchmarks.fleet import first_try_after
from benchmarks.fleet_producers import TOPIC, Delivery, Stage, half_hour, work
from tests.kafka.broker import Kafka, class_path

FRIDGES = 2000
PROCESSES = 8
PARTITIONS = 24
QUOTA = 200_000
"""Bytes a second and producer, as docs/fleet.md advises."""
TIGHT_QUOTA = 300
CONNECT_S, RAGE_S, OUTAGE_S = 60.0, 20.0, 90.0


@dataclass
class Fleet:
    """The fridges, some hundred in each process."""

    processes: list[tuple[BaseProcess, Connection]] = field(default_factory=list)

    def add(self, server: str, numbers: Sequence[int]) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, server, numbers), daemon=True)
        process.start()
        self.processes.append((process, ours))

    def begin(self, stage: Stage) -> float:
        """Everybody's, in a moment; which one of the clock that never jumps."""
        began = time.monotonic() + 2
        for _, pipe in self.processes:
            pipe.send((stage, began))
        return began

    def finish(self) -> list[Delivery]:
        return [one for _, pipe in self.processes for one in pipe.recv()]

    def end(self) -> set[str]:
        """The ids of everything that was acknowledged."""
        for _, pipe in self.processes:
            pipe.send(None)
        found = set().union(*(pipe.recv() for _, pipe in self.processes))
        for process, _ in self.processes:
            process.join(30)
        return found


def broker_figures(kafka: Kafka) -> str:
    assert kafka.process is not None
    status = Path(f"/proc/{kafka.process.pid}/status").read_text(encoding="utf-8")
    rss = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return f"broker {rss / 1024:.0f} MB resident, {connections(kafka)} connections"


def connections(kafka: Kafka) -> int:
    """Established ones, at the broker's end."""
    local = f":{kafka.ports['PLAINTEXT']:04X}"
    rows = [row.split() for file in ("tcp", "tcp6") for row in Path("/proc/net", file).read_text("ascii").splitlines()]
    return sum(row[1].endswith(local) and row[3] == "01" for row in rows)


def told(name: str, began: float, done: Sequence[Delivery]) -> None:
    waited = sorted(one.done - one.due for one in done)
    percent = quantiles(waited, n=100, method="inclusive") if len(waited) > 1 else waited * 99
    messages, took = sum(one.messages for one in done), max(one.done for one in done) - began
    print(
        f"{name}: {messages} messages in {took:.1f} s ({messages / took:.0f} a second); due to acknowledged p50"
        f" {percent[49]:.3f}, p99 {percent[98]:.3f}, longest {waited[-1]:.3f} s; {sum(one.tries > 1 for one in done)}"
        f" of {len(done)} deliveries took more than one try",
        flush=True,
    )


def played(name: str, kafka: Kafka, fleet: Fleet, stage: Stage) -> None:
    began = fleet.begin(stage)
    told(name, began, fleet.finish())
    print(f"    then {broker_figures(kafka)}", flush=True)


def outage(kafka: Kafka, fleet: Fleet, numbers: Sequence[int]) -> None:
    """The broker is killed; every fridge has a message within two minutes, and the broker comes back after them."""
    kafka.kill()
    began = fleet.begin(Stage(interval_s=OUTAGE_S))
    time.sleep(began + OUTAGE_S - time.monotonic())
    kafka.start()
    back = time.monotonic()
    done = fleet.finish()
    told("outage", began, done)
    seconds = Counter(int(one.done - back) for one in done if one.done > back)
    print(f"    broker gone for {back - began:.0f} s; then {broker_figures(kafka)}")
    print(f"    measured: {_wave(seconds)}")
    chance = random.Random(17)
    paper = (first_try_after(back - began, phase_of(number, OUTAGE_S), chance) for number in numbers)
    print(f"    on paper: {_wave(Counter(int(second) for second in paper))}", flush=True)


def _wave(seconds: Counter[int]) -> str:
    within = sum(seconds[second] for second in range(60))
    busiest = max(seconds.values())
    return f"back within {max(seconds)} s, {within} of {seconds.total()} in the first minute, {busiest} in a second"


def _id(message: Message) -> str:
    found = dict(message.headers() or {})["ce_id"]
    assert isinstance(found, bytes)
    return found.decode()


def kept(kafka: Kafka) -> Counter[str]:
    """How often each id is on the broker, read by another library."""
    reader = Consumer({"bootstrap.servers": kafka.address(), "group.id": "count", "enable.auto.commit": False})
    places = [TopicPartition(TOPIC, number, OFFSET_BEGINNING) for number in range(PARTITIONS)]
    left = sum(reader.get_watermark_offsets(place, timeout=30)[1] for place in places)
    reader.assign(places)
    found: Counter[str] = Counter()
    while left:
        batch = reader.consume(min(left, 5000), timeout=30)
        assert batch, f"{left} do not come"
        left -= len(batch)
        found.update(_id(message) for message in batch)
    reader.close()
    return found


def make_topic(kafka: Kafka) -> None:
    admin = kafka.admin()  # gone with the end of this: in an outage it would complain
    admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])[TOPIC].result(60)


@contextmanager
def running_broker() -> Iterator[Kafka]:
    with tempfile.TemporaryDirectory() as folder:
        kafka = Kafka(Path(folder), class_path(Path(folder)))
        kafka.prepare({})
        kafka.start()
        try:
            make_topic(kafka)
            yield kafka
        finally:
            kafka.kill()


def main(fridges: int) -> None:
    began, numbers = time.monotonic(), range(1, fridges + 1)
    with running_broker() as kafka:
        kafka.limit_producers(QUOTA)
        fleet, mad = Fleet(), Fleet()
        for process in range(PROCESSES):
            fleet.add(kafka.address(), numbers[process::PROCESSES])
        mad.add(kafka.address(), [0])
        print(
            f"{fridges} fridges in {PROCESSES} processes, {len(half_hour(1))} bytes a message; {broker_figures(kafka)}"
        )
        played("connect and deliver one", kafka, fleet, Stage(interval_s=CONNECT_S))
        played("a hundred thousand fridges' pace", kafka, fleet, Stage(interval_s=fridges / 55.6, rounds=1))
        played("a day's backlog of everybody at once", kafka, fleet, Stage(batch=48))
        mad.begin(Stage(rounds=10_000, batch=8, body_bytes=90_000, until_s=RAGE_S))
        played("the same pace beside a fridge gone mad", kafka, fleet, Stage(interval_s=RAGE_S))
        raged = mad.finish()
        told("    the mad one, 90,000 bytes a message", raged[0].due, raged)
        kafka.limit_producers(TIGHT_QUOTA)
        played(
            f"a quota of {TIGHT_QUOTA} bytes a second, 16 messages three times", kafka, fleet, Stage(batch=16, rounds=3)
        )
        kafka.limit_producers(QUOTA)
        outage(kafka, fleet, numbers)
        sent, there = fleet.end() | mad.end(), kept(kafka)
        missing, twice = len(sent - there.keys()), sum(count > 1 for count in there.values())
        print(f"acknowledged {len(sent)}, of them missing {missing}; on the broker {there.total()}, {twice} twice")
    print(f"{time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FRIDGES)
