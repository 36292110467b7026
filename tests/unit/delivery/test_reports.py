import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from befresh_agent.assembly.hardware import CoreServices
from befresh_agent.assembly.reports import FreshnessComposer, HeartbeatComposer, report_services
from befresh_agent.delivery.batcher import ReportService
from befresh_agent.domain.events import Event, NotKept
from befresh_agent.domain.message_parts import halves
from befresh_agent.domain.message_schemas import schemas
from befresh_agent.domain.messages import FOOD_TYPE, FRESHNESS_TYPE, HEARTBEAT_TYPE, SENSOR_TYPE
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.errors import InvalidValue
from befresh_agent.history.records import HistoryRecords
from befresh_agent.page.tabs.container_days import container_days
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings, Settings
from befresh_agent.storage import history, retention
from befresh_agent.storage.database import Database
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore
from tests.unit.storage.stand_ins import BOX, LeapingClock

TOPICS = KafkaSettings(freshness_topic="container-freshness", heartbeat_topic="beat")


class Status:
    async def snapshot(self) -> dict[str, Any]:
        return {
            "devices": {"camera": {"state": "lost"}},
            "containers": [{"age_s": 61.4, "absent": False}, {"age_s": None, "absent": True}],
            "outbox": {"waiting": 2, "oldest_s": 5, "dead": 0},
        }


@pytest.fixture
def ground(database: Database, clock: LeapingClock, events: EventBus, tmp_path: Path) -> CoreServices:
    store = OutboxStore(database, fridge_id=17, topics=TOPICS, clock=clock, events=events)
    parts = {"database": database, "clock": clock, "events": events, "store": store, "fridge_id": 17}
    settings, hardware = Settings(kafka=TOPICS), SimpleNamespace(state=tmp_path)
    records = HistoryRecords(history.ReadingHistory(database), settings.containers, clock, fridge_id=17)
    return cast(CoreServices, SimpleNamespace(**parts, settings=settings, hardware=hardware, records=records))


async def fill(ground: CoreServices, food: str) -> None:
    def work(connection: Any) -> None:
        began = ground.clock.now() - timedelta(days=2)
        for number in range(2 * 144 + 1):
            history.add(connection, Reading(BOX, began + timedelta(minutes=10 * number), Measurement(6.5)))
        connection.execute(
            "INSERT INTO items (id, session, kind, name, address, registered_at) VALUES ('i', 's', 1, ?, ?, ?)",
            (food, BOX, began.isoformat()),
        )

    await ground.database.run(work)


def check(name: str, body: bytes) -> Any:
    value = json.loads(body)
    Draft202012Validator(schemas()[f"{name}.schema.json"], format_checker=FormatChecker()).validate(value)
    return value


async def test_the_figures_are_those_of_the_page(ground: CoreServices) -> None:
    await fill(ground, "고등어")
    composer = FreshnessComposer(ground)
    composed = await composer.body()
    assert composed is not None
    told = check("container-freshness", composed[0])["data"][BOX]
    records = composer._records
    shown = container_days((await records.heat())[BOX], (await records.history.contents())[BOX])
    heat = told["heat"]
    assert (told["name"], told["air"], heat["state"]) == ("고등어", "unmeasured", "estimated")
    assert (heat["usedDays"], heat["knownDays"], heat["usedShare"]) == (shown.used_days, None, None)
    assert heat["usedDays"] == pytest.approx(2 * (16.5 / 15) ** 2, abs=0.02)
    assert halves(composed[0]) is None


async def test_nothing_is_told_of_no_container_and_no_figure_of_unknown_food(ground: CoreServices) -> None:
    assert await FreshnessComposer(ground).body() is None
    await fill(ground, "김치")
    composed = await FreshnessComposer(ground).body()
    assert composed is not None
    heat = check("container-freshness", composed[0])["data"][BOX]["heat"]
    assert (heat.pop("state"), set(heat.values())) == ("unknown-food", {None})


async def test_a_heartbeat_tells_how_the_fridge_is_doing(ground: CoreServices) -> None:
    composed = await HeartbeatComposer(ground, cast(Any, Status())).body()
    assert composed is not None
    beat = check("fridge-heartbeat", composed[0])
    assert (beat["containers"], beat["containersAbsent"], beat["oldestReadingSeconds"]) == (2, 1, 61)
    assert (beat["devices"], beat["messagesWaiting"], beat["refrigeratorId"]) == ({"camera": "lost"}, 2, 17)
    assert beat["freeDiskMegabytes"] > 0


async def test_both_go_through_the_outbox_where_they_have_a_topic(ground: CoreServices) -> None:
    await fill(ground, "고등어")
    for service in report_services(ground, cast(Any, Status())):
        await service.report()
    assert list(ground.store.topics) == [FOOD_TYPE, SENSOR_TYPE, FRESHNESS_TYPE, HEARTBEAT_TYPE]
    for kind in (FRESHNESS_TYPE, HEARTBEAT_TYPE):
        (message,) = await ground.store.peek(kind)
        assert (message.topic, message.key) == (ground.store.topics[kind], "17")
        assert dict(message.headers)["ce_type"] == kind


async def test_without_a_topic_there_is_no_service(ground: CoreServices) -> None:
    off = cast(CoreServices, SimpleNamespace(**{**vars(ground), "settings": Settings()}))
    assert report_services(off, cast(Any, Status())) == []


async def test_heartbeats_are_given_up_first_and_food_never(ground: CoreServices) -> None:
    await ground.store.report(FRESHNESS_TYPE, b"{}", 1)
    await ground.store.report(HEARTBEAT_TYPE, b"{}", 1)
    left = []
    for _ in range(3):
        await ground.database.run(retention.make_room)
        left.append([entry.message.topic for entry in await ground.store.entries()])
    assert left == [["container-freshness"], [], []]


async def test_what_waits_of_a_kind_that_was_switched_off_holds_nothing_up(
    ground: CoreServices, clock: LeapingClock, events: EventBus
) -> None:
    await ground.store.report(HEARTBEAT_TYPE, b"{}", 1)
    later = OutboxStore(ground.database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events)
    await later.recover()
    assert [entry.state for entry in await later.entries()] == [MessageState.JOURNAL]


async def test_a_report_that_cannot_be_made_is_told(ground: CoreServices, told: list[Event]) -> None:
    async def compose() -> tuple[bytes, int]:
        raise InvalidValue("no number")

    service = ReportService(
        ground.store, HEARTBEAT_TYPE, compose, interval_s=60, fridge_id=17, clock=ground.clock, events=ground.events
    )
    await service.report()
    assert [type(event) for event in told] == [NotKept]
