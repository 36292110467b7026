import asyncio
import base64
import csv
import hashlib
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import ReadingTaken
from befresh_agent.domain.quantities import Measurement, shown
from befresh_agent.domain.reading import Reading
from befresh_agent.domain.visits import ContainerHealth
from befresh_agent.runtime.event_loop import within
from befresh_agent.storage import history
from befresh_agent.storage.roster import ContainerRoster
from tests.unit.history.kitchen import Measure, food, inert
from tests.unit.page.conftest import BOX, Kitchen

FISH = Address("02:00:00:00:00:0F")


def now() -> datetime:
    """Asked for when it is needed: a long run of tests may begin an hour or a day earlier."""
    return datetime.now().astimezone()


def health(address: Address, last: Reading | None = None) -> ContainerHealth:
    return ContainerHealth(address, last, 60.0 if last else None, last is None, 12, 0.75, 9.0, -66, 12, 108.0)


def past(address: Address, measure: Measure, days: int = 3) -> list[Reading]:
    last = now()
    times = (last - timedelta(minutes=10 * (days * 144 - number)) for number in range(days * 144))
    return [Reading(address, at, measure(600 * number)) for number, at in enumerate(times)]


async def remember(kitchen: Kitchen, readings: Iterable[Reading]) -> None:
    def work(connection: sqlite3.Connection) -> None:
        for one in readings:
            history.add(connection, one)

    await kitchen.database.run(work)


@pytest.fixture
async def two(kitchen: Kitchen) -> Kitchen:
    """A fridge with something inert, and fish that turns."""
    for address, measure in ((BOX, inert(1)), (FISH, food("fish", 1))):
        readings = past(address, measure)
        await remember(kitchen, readings)
        kitchen.seen.health.append(health(address, readings[-1]))
        await ContainerRoster(kitchen.database, kitchen.clock).add(address)
    kitchen.events.emit(ReadingTaken(readings[-1], 4.0))
    async with within(90):
        while (await kitchen.json(f"/api/v1/containers/{FISH}"))["trend"]["state"] != "rising":
            await asyncio.sleep(0.02)
    return kitchen


async def test_the_container_that_turns_stands_first(two: Kitchen) -> None:
    found = await two.json("/api/v1/containers")
    assert [(one["address"], one["trend"]["state"]) for one in found] == [(FISH, "rising"), (BOX, "steady")]
    assert found[0]["signal_dbm"] == -66
    assert {change["quantity"] for change in found[0]["trend"]["changes"] if change["rising"]} == {"gas", "nh3"}
    page = (await two.browser.get("/containers")).text
    assert page.index(f"/containers/{FISH}") < page.index(f"/containers/{BOX}")


async def test_its_food_is_the_first_to_be_eaten(two: Kitchen) -> None:
    await two.register("사과")
    await two.register("고등어", box=FISH)
    statement = "UPDATE items SET registered_at = ? WHERE name = '고등어'"
    await two.database.run(lambda c: c.execute(statement, ((now() - timedelta(days=3)).isoformat(),)))
    assert [one["name"] for one in (await two.json("/api/v1/foods"))["items"]] == ["고등어", "사과"]


async def test_a_container_is_called_by_its_name_else_by_its_food(two: Kitchen) -> None:
    await two.register("고등어", box=FISH)
    assert "<h1>고등어</h1>" in (await two.browser.get(f"/containers/{FISH}")).text
    renamed = await two.browser.patch(f"/api/v1/containers/{FISH}", json={"name": " 맨 위 칸 "})
    assert renamed.json() | {"name": "맨 위 칸", "food": "고등어"} == renamed.json()
    assert "<h1>맨 위 칸</h1>" in (await two.browser.get(f"/containers/{FISH}")).text
    form = await two.browser.post(f"/containers/{FISH}", data={"name": ""})
    assert form.headers["location"].startswith(f"/containers/{FISH}?said=saved")
    assert (await two.json(f"/api/v1/containers/{FISH}"))["name"] is None


async def test_a_container_with_a_new_battery_counts_anew(two: Kitchen) -> None:
    counted = "UPDATE containers SET broadcasts = 1, counter = 154500, counter_highest = 154500"
    for how in (f"/api/v1/containers/{FISH}/renew", f"/containers/{FISH}/renew"):
        await two.database.run(lambda c: c.execute(counted))
        assert (await two.browser.post(how)).status_code in (204, 303)
        counters = await two.database.run(
            lambda c: dict(map(tuple, c.execute("SELECT address, counter FROM containers").fetchall()))
        )
        assert counters == {FISH: None, BOX: 154_500}
    assert (await two.browser.post("/api/v1/containers/00:00:00:00:00:00/renew")).status_code == 404


async def test_a_name_that_is_too_long_is_refused(two: Kitchen) -> None:
    assert (await two.browser.patch(f"/api/v1/containers/{FISH}", json={"name": "x" * 200})).status_code == 422
    form = await two.browser.post(f"/containers/{FISH}", data={"name": "x" * 200})
    assert "That did not work" in (await two.browser.get(form.headers["location"])).text


@pytest.mark.parametrize("window", ["1h", "24h", "7d"])
async def test_charts_are_part_of_the_page(two: Kitchen, window: str) -> None:
    answer = await two.browser.get(f"/containers/{FISH}?span={window}")
    assert answer.status_code == 200
    assert answer.text.count('<svg class="chart"') == len(shown()) >= 4
    assert "<style" not in answer.text
    assert len(answer.content) < 60_000
    curves = await two.json(f"/api/v1/containers/{FISH}/history?span={window}")
    assert {name: len(points) > 4 for name, points in curves["curves"].items()} == dict.fromkeys(shown(), True)


async def test_a_card_shows_the_last_day_as_a_curve(two: Kitchen) -> None:
    page = (await two.browser.get("/containers")).text
    assert page.count('<svg class="spark"') == 2
    assert 'aria-label="Temperature, 24 hours: from ' in page


async def test_the_sheet_is_allowed_its_own_style_and_nothing_else(two: Kitchen) -> None:
    day = (now() - timedelta(days=1)).date().isoformat()
    answer = await two.browser.get(f"/containers/sheet?day={day}&container={FISH}", headers={"accept-language": "ko"})
    assert day in answer.text
    policy = answer.headers["content-security-policy"]
    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


async def test_labels_can_be_printed_from_the_page(two: Kitchen) -> None:
    answer = await two.browser.get("/containers/labels?copies=2")
    assert answer.text.count("<svg") == 4
    assert answer.text.count(FISH) == 2
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]
    assert (await two.browser.get("/containers/labels?container=nobody")).status_code == 422


async def test_readings_are_a_table(two: Kitchen) -> None:
    answer = await two.browser.get(f"/api/v1/readings.csv?container={FISH}")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert len(rows) == 3 * 144
    today = now().date().isoformat()
    some = await two.browser.get(f"/api/v1/readings.csv?first={today}&last={today}&container={FISH}")
    assert 1 <= len(some.text.splitlines()) <= 145
    backwards = await two.browser.get("/api/v1/readings.csv?first=2026-02-02&last=2026-02-01")
    assert backwards.status_code == 422


async def test_reading_now_and_taking_away(two: Kitchen) -> None:
    assert (await two.browser.post(f"/api/v1/containers/{FISH}/read")).status_code == 202
    assert (await two.browser.post(f"/containers/{BOX}/read")).status_code == 303
    assert two.seen.hurried == [FISH, BOX]
    assert (await two.browser.delete(f"/api/v1/containers/{FISH}")).status_code == 204
    assert (await two.browser.post(f"/containers/{BOX}/forget")).headers["location"] == "/containers?said=forgotten"
    left = await two.database.run(lambda c: c.execute("SELECT count(*) FROM containers").fetchone()[0])
    assert left == 0


async def test_a_container_that_was_never_read_says_so(kitchen: Kitchen) -> None:
    assert "There is no container yet" in (await kitchen.browser.get("/containers")).text
    await ContainerRoster(kitchen.database, kitchen.clock).add(BOX)
    kitchen.seen.health.append(health(BOX))
    found = await kitchen.json(f"/api/v1/containers/{BOX}")
    assert (found["last_at"], found["values"], found["trend"]["state"]) == (None, None, "learning")
    for page in ("/containers", f"/containers/{BOX}"):
        text = (await kitchen.browser.get(page)).text
        assert "never read" in text
        assert "does not answer" in text


async def test_values_that_were_not_read_are_shown_as_such(kitchen: Kitchen) -> None:
    last = Reading(BOX, now(), Measurement(4.5))
    await remember(kitchen, [last])
    await ContainerRoster(kitchen.database, kitchen.clock).add(BOX)
    kitchen.seen.health.append(health(BOX, last))
    assert (await kitchen.browser.get(f"/containers/{BOX}")).text.count("<dd>–</dd>") == len(shown()) - 1


async def test_a_container_that_is_none_of_ours_is_missing(kitchen: Kitchen) -> None:
    for path in ("", "/history"):
        assert (await kitchen.browser.get(f"/api/v1/containers/{BOX}{path}")).status_code == 404
    assert (await kitchen.browser.get(f"/containers/{BOX}")).status_code == 404
    assert (await kitchen.browser.post("/containers/nonsense/read")).status_code == 404


async def test_date_air_and_heat_stand_side_by_side(two: Kitchen) -> None:
    await two.register("훈제연어", box=BOX)
    put_in = (now() - timedelta(days=3, minutes=-20)).isoformat()
    await two.database.run(lambda c: c.execute("UPDATE items SET registered_at = ? WHERE address = ?", (put_in, BOX)))
    days = (await two.json(f"/api/v1/containers/{BOX}"))["days"]
    assert (days["heat"], days["model"], days["use_by"]) == ("estimated", "smoked-salmon", None)
    assert 1 < days["used_days"] < 5
    assert "ln RRS" in days["citation"]
    figure, *doubts = days["said"]["en"]
    listed, page = [(await two.browser.get(path)).text for path in ("/containers", f"/containers/{BOX}")]
    assert f"{days['used_days']:.1f} days at 5 °C" in figure
    assert figure in listed
    assert figure in page
    assert all(doubt in page for doubt in doubts)
    korean = await two.browser.get(f"/containers/{BOX}", headers={"accept-language": "ko"})
    assert "safe" not in figure + page
    assert korean.status_code == 200


async def test_who_did_what_goes_into_the_sealed_log(kitchen: Kitchen) -> None:
    await ContainerRoster(kitchen.database, kitchen.clock).add(BOX)
    assert f'action="/containers/{BOX}/action"' in (await kitchen.browser.get(f"/containers/{BOX}")).text
    form = {"who": "김", "what": "문을 닫음"}
    answer = await kitchen.browser.post(f"/containers/{BOX}/action", data=form)
    assert (answer.status_code, kitchen.seen.actions) == (303, [(BOX, "김", "문을 닫음")])


async def test_who_has_seen_an_alarm_goes_with_it(kitchen: Kitchen) -> None:
    kitchen.seen.alarms["warm A"] = "김치통: 너무 따뜻합니다"
    assert 'name="who"' in (await kitchen.browser.get("/")).text
    answer = await kitchen.browser.post("/alarms/seen", data={"key": "warm A", "who": "김"})
    assert answer.status_code == 303
    answer = await kitchen.browser.post("/api/v1/today/alarms/warm A/acknowledge", params={"who": "이"})
    assert answer.status_code == 204
    assert kitchen.seen.acknowledged == [("warm A", "김"), ("warm A", "이")]
