"""Notices by the real Apprise to a server on loopback: over power cuts, leaping clocks, receivers that are away."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from befresh_agent.adapters.notify.apprise_sender import AppriseSender
from befresh_agent.domain.events import DeviceState
from befresh_agent.home.notice_service import DEVICE, NoticeService, NoticeSources, NoticeWishes
from befresh_agent.home.rules.notice_rules import WARM_S, AlarmCondition
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.runtime.sealed_log import verify
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage import sealed_rows
from befresh_agent.storage.database import Database
from befresh_agent.storage.sealed_rows import SealedLog, SealKey
from befresh_agent.storage.store import OutboxStore
from tests.receiver import Receiver

MINUTE, HOUR = 60.0, 3600.0
WARM = {"warm A": AlarmCondition(True, WARM_S, "김치통: 너무 따뜻합니다")}


@dataclass
class TwoClocks:
    """The wall clock leaps when it is told to, the other never does."""

    wall: datetime = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    ran_s: float = 0.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.ran_s

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)

    def pass_by(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.ran_s += seconds


@dataclass
class Kitchen:
    """Everything around the service, which may die at any time."""

    folder: Path
    urls: list[str]
    clock: TwoClocks = field(default_factory=TwoClocks)
    stands: Mapping[str, AlarmCondition] = field(default_factory=dict)
    due: str = "우유: 오늘까지"
    synced: bool = True
    seal: SealedLog | None = None
    devices: DeviceRegistry = field(init=False)

    def __post_init__(self) -> None:
        self.devices = DeviceRegistry(EventBus(), self.clock)

    @contextlib.asynccontextmanager
    async def service(self) -> AsyncIterator[NoticeService]:
        """From one start to the next power cut."""

        async def conditions() -> Mapping[str, AlarmCondition]:
            return self.stands

        async def digest() -> str:
            return self.due

        wishes = NoticeWishes(title="digest", alarm_title="alarm", digest_hour=18)
        async with Database(self.folder / "agent.db") as database:
            topics, events = KafkaSettings(), EventBus()
            store = OutboxStore(database, fridge_id=17, topics=topics, clock=self.clock, events=events, seal=self.seal)
            sources = NoticeSources(
                conditions=conditions, digest=digest, clock_synced=lambda: self.synced, note_seen=store.note_seen
            )
            yield NoticeService(
                sources, wishes, AppriseSender(self.urls), database=database, clock=self.clock, devices=self.devices
            )

    async def minutes(self, service: NoticeService, count: int) -> None:
        for _ in range(count):
            await service.look()
            self.clock.pass_by(MINUTE)


@pytest.fixture
def receivers() -> Iterator[list[Receiver]]:
    found = [Receiver(), Receiver()]
    yield found
    for one in found:
        one.close()


@pytest.fixture
def kitchen(tmp_path: Path, receivers: list[Receiver]) -> Kitchen:
    return Kitchen(tmp_path, [one.url for one in receivers])


@pytest.mark.slow
async def test_a_day_with_power_cuts_has_one_digest_and_each_alarm_once(
    kitchen: Kitchen, receivers: list[Receiver]
) -> None:
    chance = random.Random(7)
    kitchen.stands = WARM
    left = 10 * 60
    while left > 0:
        async with kitchen.service() as service:
            count = min(left, chance.randrange(25, 90))
            await kitchen.minutes(service, count)
            left -= count
    for one in receivers:
        titles = Counter(title for title, _ in one.got)
        assert titles["digest"] == 1
        assert 1 <= titles["alarm"] <= 3  # ten hours
        assert set(one.got) == {("digest", "우유: 오늘까지"), ("alarm", "김치통: 너무 따뜻합니다")}


async def test_killed_at_any_moment_nothing_is_lost_and_nothing_comes_twice(
    kitchen: Kitchen, receivers: list[Receiver]
) -> None:
    """The look is broken off at ever later moments; only while a receiver was answering may it be told once more."""
    kitchen.clock.pass_by(7 * HOUR)
    for steps in range(60):
        async with kitchen.service() as service:
            look = asyncio.ensure_future(service.look())
            for _ in range(steps):
                await asyncio.sleep(0)
            answering = any(one.got for one in receivers) and not look.done()
            look.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await look
        if answering:
            break
    async with kitchen.service() as service:
        kitchen.clock.pass_by(HOUR)
        await service.look()
        await service.look()
    for one in receivers:
        assert 1 <= len(one.got) <= 2


async def test_a_clock_that_leaps_makes_no_alarm_earlier_and_no_second_digest(
    kitchen: Kitchen, receivers: list[Receiver]
) -> None:
    kitchen.stands, chance = WARM, random.Random(3)
    async with kitchen.service() as service:
        for _ in range(29):
            kitchen.clock.wall += timedelta(hours=chance.randrange(-3, 3))
            kitchen.synced = kitchen.clock.wall.date() == datetime(2026, 11, 21, tzinfo=UTC).date()
            await kitchen.minutes(service, 1)
        assert [title for title, _ in receivers[0].got if title == "alarm"] == []
        kitchen.clock.wall, kitchen.synced = datetime(2026, 11, 21, 18, 30, tzinfo=UTC), True
        await kitchen.minutes(service, 10)
        for hours in (-2, 3, -1, 2):
            kitchen.clock.wall += timedelta(hours=hours)
            await kitchen.minutes(service, 2)
    assert Counter(title for title, _ in receivers[0].got) == {"digest": 1, "alarm": 1}


async def test_before_the_clock_is_right_there_is_no_digest(kitchen: Kitchen, receivers: list[Receiver]) -> None:
    kitchen.synced = False
    kitchen.clock.pass_by(8 * HOUR)
    async with kitchen.service() as service:
        await kitchen.minutes(service, 5)
        assert receivers[0].got == []
        kitchen.synced = True
        await kitchen.minutes(service, 5)
    assert [title for title, _ in receivers[0].got] == ["digest"]


async def test_who_was_away_is_told_later_and_the_others_not_again(kitchen: Kitchen, receivers: list[Receiver]) -> None:
    here, away = receivers
    away.away = True
    kitchen.clock.pass_by(7 * HOUR)
    async with kitchen.service() as service:
        await kitchen.minutes(service, 10)
        states = {seen.device: (seen.state, seen.detail) for seen, _ in kitchen.devices.states()}
        assert states[DEVICE][0] is DeviceState.LOST
        assert "127.0.0.1" not in states[DEVICE][1]  # an address is a secret
        assert (len(here.got), len(away.got)) == (1, 0)
        away.away = False
    async with kitchen.service() as service:
        await kitchen.minutes(service, 40)
        states = {seen.device: (seen.state, seen.detail) for seen, _ in kitchen.devices.states()}
        assert states[DEVICE][0] is DeviceState.READY
    assert (len(here.got), len(away.got)) == (1, 1)


async def test_a_day_without_anything_due_has_no_digest_and_no_late_one(
    kitchen: Kitchen, receivers: list[Receiver]
) -> None:
    kitchen.due = ""
    kitchen.clock.pass_by(7 * HOUR)
    async with kitchen.service() as service:
        await kitchen.minutes(service, 5)
        kitchen.due = "두부: 오늘까지"
        await kitchen.minutes(service, 5)
    assert receivers[0].got == []


async def test_what_somebody_has_seen_stays_seen_over_a_power_cut(kitchen: Kitchen, receivers: list[Receiver]) -> None:
    kitchen.stands, kitchen.due = WARM, ""
    async with kitchen.service() as service:
        await kitchen.minutes(service, 32)
        assert service.open_alarms == {"warm A": "김치통: 너무 따뜻합니다"}
        await service.acknowledge("warm A")
        assert service.open_alarms == {}
    async with kitchen.service() as service:
        await kitchen.minutes(service, 300)
    assert len(receivers[0].got) == 1


async def test_who_has_seen_an_alarm_is_sealed_once(kitchen: Kitchen, tmp_path: Path) -> None:
    kitchen.stands, kitchen.due = WARM, ""
    kitchen.seal = seal = SealedLog(SealKey(tmp_path), allowed=(0, 10), gap_s=1800)
    async with kitchen.service() as service:
        await service.acknowledge("warm A", "김")  # nobody was told of it yet
        await kitchen.minutes(service, 32)
        await service.acknowledge("warm B", "김")
        for _ in range(2):
            await service.acknowledge("warm A", " 김 ")
    async with Database(tmp_path / "agent.db") as database:
        (row,) = await database.run(lambda connection: list(sealed_rows.rows(connection)))
        lines = await database.run(lambda connection: list(seal.export(connection, kitchen.clock.now())))
    assert (row["kind"], row["data"]) == (
        "acknowledgement",
        {"alarm": "warm A", "text": "김치통: 너무 따뜻합니다", "who": "김"},
    )
    assert verify(lines, seal.key.public).bad_line is None
