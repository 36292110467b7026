"""What config/backend makes of what fridges send: real brokers, Telegraf and store, and Grafana's queries."""

import asyncio
import json
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from befresh_agent.domain.quantities import Quantity
from tests.agent.program import exported, started
from tests.backend.engines import CONFIG, Backend, engine, waited_for
from tests.backend.grafana import alert_queries, dashboard_queries
from tests.delivery.bench import Bench, bench, kafka_settings, register

pytestmark = [pytest.mark.backend, pytest.mark.timeout(1200)]

DAY = Path(__file__).with_name("day.toml")
MEASUREMENTS = ("container", "food", "freshness", "heartbeat", "message")
GROUPS = ("befresh-bodies", "befresh-messages")
POISON = (
    b"",
    b"not json",
    b'{"refrigeratorId": 17, "data":',
    b"[]",
    b'{"refrigeratorId": 17, "foodList": 3}',
    bytes(50),
)
NO_DAY = json.dumps({"refrigeratorId": 17, "data": {"FB:89:EB:22:95:84": [{"at": "soon", "data": {}}]}}).encode()

Row = dict[str, Any]


def points(backend: Backend) -> dict[str, Row]:
    """Of every measurement how many values each field has, and their sums: stores with the same hold the same."""
    return {name: backend.ask(f'SELECT count(*), sum(*) FROM "{name}"')[0] for name in MEASUREMENTS}


async def until(what: Callable[[], object], told: str) -> None:
    await asyncio.to_thread(waited_for, what, told)


async def arrived(backend: Backend, outbox: list[Row]) -> None:
    """Until every one of these messages is a point, and every reading in them."""
    store = outbox[0]["headers"]["ce_storeid"]
    numbers = f'SELECT count("ce_sequence") FROM "message" WHERE "ce_storeid" = \'{store}\''
    await until(lambda: backend.number(numbers) == len(outbox), f"{len(outbox)} messages do not come")
    fridge = outbox[0]["key"]
    sent = sum(
        len(samples)
        for one in outbox
        if one["topic"] == "sensor-data-topic"
        for samples in one["body"]["data"].values()
    )
    there = f'SELECT count("humidity") FROM "container" WHERE "fridge" = \'{fridge}\''
    await until(lambda: backend.number(there) == sent, f"{sent} readings do not come")


@pytest.fixture(scope="module")
def day() -> dict[str, list[Row]]:
    """What the agent's own memory holds of the day it has lived through: `outbox` and `history`."""
    return {}


async def test_every_figure_of_a_day_is_the_agents_own(backend: Backend, day: dict[str, list[Row]]) -> None:
    options = ("run", "--dry-run", "--exit-when-done", "--scenario", str(DAY))
    async with started(*options, KAFKA_SERVER=backend.bootstrap()) as program:
        assert await program.ended(700) == 0, "\n".join(program.lines)
    async with started("containers", "export", "--json") as program:
        assert await program.ended() == 0
        day["history"] = [json.loads(line) for line in program.lines if line.startswith("{")]
    day["outbox"] = await exported()
    assert {one["topic"] for one in day["outbox"]} == {
        "food-regist",
        "food-removed",
        "sensor-data-topic",
        "container-freshness",
        "fridge-heartbeat",
    }
    await arrived(backend, day["outbox"])
    found = backend.ask('SELECT * FROM "container" WHERE "fridge" = \'12345678\'')
    told = {(one["qr_id"], one["time"]): {q: one[q.value] for q in Quantity} for one in found}
    own = {(one["container"], _ms(one["time"])): {q: one[q.traits.column] for q in Quantity} for one in day["history"]}
    last = max(moment for _, moment in told)
    assert told == {key: values for key, values in own.items() if key[1] <= last}
    assert len(told) > 10


def _ms(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp()) * 1000


def test_food_is_there_until_it_is_taken_out(backend: Backend, day: dict[str, list[Row]]) -> None:
    (registered,) = [one["body"]["foodList"] for one in day["outbox"] if one["topic"] == "food-regist"]
    rows = backend.ask('SELECT last("present"), "name", "use_by" FROM "food" GROUP BY "item_id"')
    last = {row["tags"]["item_id"]: (row["name"], row["last"]) for row in rows}
    assert last == {food["itemId"]: (food["name"], int(food["name"] != "우유")) for food in registered}
    days = {row["name"]: row["use_by"] for row in backend.ask('SELECT "name", "use_by" FROM "food" WHERE "use_by" > 0')}
    assert days == {"우유": _ms("2030-06-21T00:00:00+09:00"), "두부": _ms("2030-01-20T00:00:00+09:00")}


def test_every_query_of_the_dashboards_returns_rows(backend: Backend, day: dict[str, list[Row]]) -> None:
    began, ended = _span(day["outbox"])
    for query in dashboard_queries():
        assert backend.ask(query.between(began, ended, fridge="12345678")), query
        assert backend.ask(query.between(began, ended)), query


def test_every_alert_has_something_to_judge(backend: Backend, day: dict[str, list[Row]]) -> None:
    _, ended = _span(day["outbox"])
    for alert in alert_queries():
        now = ended + alert.ended_s * 1000
        assert alert.last(backend, now), alert.uid
        assert alert.firing(backend, now) == set(), alert.uid


def _span(outbox: list[Row]) -> tuple[int, int]:
    """When the first and the last of the messages were made, with some minutes around, in ms."""
    times = [_ms(one["headers"]["ce_time"]) for one in outbox]
    return min(times) - 600_000, max(times) + 600_000


def test_reading_everything_again_changes_nothing(backend: Backend) -> None:
    before = points(backend)
    backend.kill("telegraf")
    backend.forget_offsets(*GROUPS)
    backend.start_telegraf()
    waited_for(lambda: backend.all_read(*GROUPS), "not everything is read again")
    assert points(backend) == before


async def test_poison_stops_nothing(backend: Backend, tmp_path: Path) -> None:
    before = points(backend)
    producer = Producer({"bootstrap.servers": backend.bootstrap()})
    for topic, partitions in backend.topics().items():
        for partition in range(partitions):
            for body in (*POISON, NO_DAY):
                producer.produce(topic, body, key=b"17", partition=partition)
    assert producer.flush(60) == 0
    async with bench(tmp_path / "agent.db", kafka_settings(backend.bootstrap())) as desk:
        await delivered(desk, backend, "after the poison")
    assert points(backend)["container"] == before["container"]
    assert backend.running["telegraf"].poll() is None
    assert "Error in plugin" in backend.log_of("telegraf"), "it is told"


async def test_what_comes_while_the_store_is_away_is_there_afterwards(backend: Backend, tmp_path: Path) -> None:
    async with bench(tmp_path / "agent.db", kafka_settings(backend.bootstrap())) as desk:
        await delivered(desk, backend, "before")
        backend.kill("influxdb")
        for number in range(300):
            await register(desk.store, f"food {number}")
        await desk.drained(60)
        await asyncio.to_thread(backend.start_store)
        await delivered(desk, backend, "after")


async def test_one_broker_may_be_lost_and_two_are_waited_for(backend: Backend, tmp_path: Path) -> None:
    first, second, _ = backend.brokers
    async with bench(tmp_path / "agent.db", kafka_settings(backend.bootstrap())) as desk:
        await delivered(desk, backend, "with three")
        backend.kill(first)
        await delivered(desk, backend, "with two")
        backend.kill(second)
        await register(desk.store, "with one")
        await asyncio.sleep(8)
        assert (await desk.store.summary()).waiting == 1
        backend.start_broker(second)
        await delivered(desk, backend, "with two again")
        backend.start_broker(first)


async def delivered(desk: Bench, backend: Backend, name: str) -> None:
    """Register the food, and wait until it and all before it are points."""
    if not desk.tasks:
        desk.start()
    await register(desk.store, name)
    await desk.drained(120)
    entries = await desk.store.entries()
    store = dict(entries[0].message.headers)["ce_storeid"]
    query = f'SELECT count("present") FROM "food" WHERE "ce_storeid" = \'{store}\''
    await until(lambda: backend.number(query) == len(entries), f"{len(entries)} foods, {name}")
    query = f'SELECT count("ce_sequence") FROM "message" WHERE "ce_storeid" = \'{store}\''
    await until(lambda: backend.number(query) == len(entries), f"{len(entries)} messages, {name}")


def test_fridges_from_before_the_additions_are_understood(backend: Backend) -> None:
    """Bodies of schema 1 without any header: wall clock of FRIDGE_ZONE, foods by their names."""
    food = {
        "refrigeratorId": 3,
        "foodList": [{"name": "우유", "ftypeId": 2, "expirationDate": "2026-12-01"}, {"name": "배", "ftypeId": 3}],
    }
    values = {"temperature": 4.5, "humidity": 61, "gas": None, "nh3": None}
    box = "FB:89:EB:22:95:84"
    readings = {
        "execute_time": "2026-11-21",
        "refrigeratorId": 3,
        "data": {box: [{"time": "2026-11-21 09:30", "data": values}]},
    }
    backend.produce("food-regist", food)
    backend.produce("sensor-data-topic", readings)
    foods = 'SELECT count("present") FROM "food" WHERE "fridge" = \'3\''
    waited_for(lambda: backend.number(foods) == 2, "the foods do not come")
    waited_for(lambda: backend.ask('SELECT * FROM "container" WHERE "fridge" = \'3\''), "the reading does not come")
    (reading,) = backend.ask('SELECT * FROM "container" WHERE "fridge" = \'3\'')
    assert (reading["time"], reading["temperature"], reading["gas"]) == (_ms("2026-11-21T09:30:00+09:00"), 4.5, None)


def test_what_is_wrong_fires_its_alert(backend: Backend) -> None:
    """A fridge whose second message is missing, whose container is warm and which has fallen silent."""
    day, box = "2026-10-05", "FB:89:EB:22:95:84"
    for number, time in ((1, "08:00"), (3, "10:30"), (4, "11:00")):
        sample = {"time": f"{day} {time}", "at": f"{day}T{time}:00+09:00", "data": {"temperature": 9.5, "humidity": 61}}
        headers = {
            "ce_time": f"{day}T{time}:00.123+09:00",
            "ce_sequence": str(number),
            "ce_storeid": "s",
            "ce_type": "befresh.sensor.batch.v1",
        }
        backend.produce("sensor-data-topic", {"refrigeratorId": 9, "data": {box: [sample]}}, headers)
    beat = {
        "at": f"{day}T11:00:00+09:00",
        "refrigeratorId": 9,
        "version": "1",
        "uptimeSeconds": 1,
        "devices": {},
        "messagesDead": 1,
        "containersAbsent": 1,
    }
    backend.produce("fridge-heartbeat", beat)
    waited_for(
        lambda: backend.number('SELECT count("humidity") FROM "container" WHERE "fridge" = \'9\'') == 3, "readings"
    )
    waited_for(
        lambda: backend.number('SELECT count("ce_sequence") FROM "message" WHERE "fridge" = \'9\'') == 3, "messages"
    )
    waited_for(lambda: backend.ask('SELECT * FROM "heartbeat" WHERE "fridge" = \'9\''), "the heartbeat")
    at = {alert.uid: _ms(f"{day}T11:05:00+09:00") for alert in alert_queries()}
    at |= {"befresh-missing": _ms(f"{day}T23:00:00+09:00"), "befresh-silent": _ms(f"{day}T16:30:00+09:00")}
    for alert in alert_queries():
        assert [tags for tags in alert.firing(backend, at[alert.uid]) if "9" in tags], alert.uid


def test_every_dashboard_is_one_by_grafanas_own_types(tmp_path: Path) -> None:
    """Down to the options of each kind of panel; of queries the test above knows more."""
    boards = sorted((CONFIG / "grafana" / "dashboards").glob("*.json"))
    done = subprocess.run([engine("check-dashboards"), *boards], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    wrong = json.loads(boards[0].read_text())
    wrong["panels"][0]["fieldConfig"]["defaults"]["custom"] = {"lineWidht": 2}
    (tmp_path / "wrong.json").write_text(json.dumps(wrong))
    done = subprocess.run(
        [engine("check-dashboards"), tmp_path / "wrong.json"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "unexpected field 'lineWidht'" in done.stderr) == (1, True)


@pytest.mark.parametrize(("profile", "brokers"), [("three", 3), ("house", 1)])
def test_compose_takes_its_file(profile: str, brokers: int, tmp_path: Path) -> None:
    """By the library that `docker compose config` is made of."""
    command = [engine("compose-go"), "-format", "json", str(CONFIG / "compose.yaml")]
    done = subprocess.run(command, cwd=CONFIG, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    services = json.loads(done.stdout)["services"]
    started_with = {name for name, one in services.items() if profile in one.get("profiles", [profile])}
    assert sum(name.startswith("kafka") for name in started_with) == brokers
    for name in started_with:
        needed = {one for one, how in services[name].get("depends_on", {}).items() if how["required"]}
        assert needed <= started_with
