"""The shipped scenarios, played by the whole program against a broker that speaks Kafka's protocol."""

import json
from importlib import resources

import pytest
from jsonschema import Draft202012Validator

from tests.agent.program import exported, scenario, started
from tests.delivery.consumers import as_before
from tests.delivery.mock_kafka import MockKafka
from tests.delivery.reader import Record, read_all


def conforms(schema: str, value: object) -> None:
    published = resources.files("befresh_agent").joinpath("schemas", f"{schema}.schema.json").read_text()
    Draft202012Validator(json.loads(published)).validate(value)


async def test_the_demo_delivers_both_bodies_to_the_broker() -> None:
    with MockKafka() as broker:
        async with started("run", "--dry-run", "--exit-when-done", KAFKA_SERVER=broker.bootstrap) as program:
            assert await program.ended() == 0, "\n".join(program.lines)
        food, sensors = await read_all(broker.bootstrap)
    assert json.loads(food.body)["refrigeratorId"] == 17
    assert as_before(json.loads(food.body)["foodList"]) == [
        {"name": "김치", "ftypeId": 1, "qrId": "FB:89:EB:22:95:84"},
        {"name": "우유", "ftypeId": 2, "expirationDate": "2030-03-15"},
        {"name": "두부", "ftypeId": 2, "expirationDate": "2030-01-20"},
        {"name": "사과", "ftypeId": 3},
    ]
    assert len(json.loads(sensors.body)["data"]) == 4
    conforms("food-regist", json.loads(food.body))
    conforms("sensor-data", json.loads(sensors.body))
    for record in (food, sensors):
        assert record.key == "17"
        conforms("headers", record.headers)
    assert any("everything the scenario expects was delivered" in line for line in program.lines)
    await _the_outbox_tells_the_same([food, sensors])


async def _the_outbox_tells_the_same(records: list[Record]) -> None:
    told = await exported()
    assert [one["state"] for one in told] == ["delivered", "delivered"]
    for record in records:
        (same,) = [one for one in told if one["id"] == record.id]
        assert same["headers"] == record.headers
        assert json.dumps(same["body"], ensure_ascii=False, separators=(",", ":")).encode() == record.body


async def test_a_bad_evening_still_ends_well() -> None:
    async with started("run", "--dry-run", "--exit-when-done", "--scenario", "trouble") as program:
        assert await program.ended() == 0, "\n".join(program.lines)
    text = "\n".join(program.lines)
    for happened in ("camera is lost", "not a container's code", "taken back 배"):
        assert happened in text
    bodies = [one["body"] for one in await exported()]
    foods = [as_before(body["foodList"]) for body in bodies if "foodList" in body]
    assert foods == [[{"name": "사과", "ftypeId": 3}]]


@pytest.mark.usefixtures("unmeasured_programs")  # measuring doubles the time; others go the same ways
async def test_without_bluetooth_registering_and_delivering_go_on() -> None:
    async with started(*scenario("no-bluetooth"), "--exit-when-done") as program:
        assert await program.ended() == 0, "\n".join(program.lines)
    text = "\n".join(program.lines)
    lost, sent, back = (
        text.index(news) for news in ("radio is lost", "delivered to the journal", "radio is ready again")
    )
    assert lost < sent < back
    bodies = [one["body"] for one in await exported()]
    (foods,) = (body["foodList"] for body in bodies if "foodList" in body)
    assert [(food["name"], food["ftypeId"]) for food in foods] == [("김치", 1), ("사과", 3)]
    read = {address for body in bodies if "data" in body for address in body["data"]}
    assert read == {"FB:89:EB:22:95:84", "C4:5D:83:10:2A:01", "C4:5D:83:10:2A:02"}


async def test_a_scenario_that_fails_says_so_and_ends_with_1() -> None:
    async with started(
        "run", "--dry-run", "--exit-when-done", "--scenario", "tests/agent/scenarios/impossible.toml"
    ) as program:
        assert await program.ended() == 1
    assert any(line.startswith("✕ the person gave up: waited") for line in program.lines)


@pytest.mark.usefixtures("unmeasured_programs")  # measuring doubles the time; others go the same ways
async def test_the_demo_is_told_in_korean_and_goes_on_or_begins_anew() -> None:
    demo = ("run", "--dry-run", "--exit-when-done", "--speed", "4")
    async with started(*demo, LANGUAGE="", LC_ALL="", LANG="ko_KR.UTF-8") as program:
        assert await program.ended() == 0, "\n".join(program.lines)
    text = "\n".join(program.lines)
    for told in (
        "우유갑을 카메라 앞에 듭니다.",
        "♪ 지금 음식 이름을 말하세요.",
        "240배 빠르게",
        "등록한 것",
        "✓ 이야기대로 모두",
    ):
        assert told in text
    assert len(await exported()) == 2
    async with started(*scenario("nothing"), "--exit-when-done") as program:
        assert await program.ended() == 0
    assert "This fridge goes on from earlier runs, with 2 messages in its outbox." in program.lines
    assert not any("✓" in line for line in program.lines), "nothing was registered: that is no success"
    async with started(*scenario("nothing"), "--exit-when-done", "--fresh") as program:
        assert await program.ended() == 0
    assert await exported() == []


@pytest.mark.parametrize(
    ("option", "source"),
    [
        ("--camera", "/nope.jpg"),
        ("--camera", "README.md"),
        ("--camera", "src"),
        ("--camera", "/dev/null"),
        ("--microphone", "nope.wav"),
        ("--microphone", "README.md"),
    ],
)
async def test_what_cannot_be_looked_at_or_heard_is_refused_at_once(option: str, source: str) -> None:
    async with started("run", "--dry-run", "--exit-when-done", option, source, COLUMNS="300") as program:
        assert await program.ended() == 2
    assert any(source in line and "give a" in line for line in program.lines)


@pytest.mark.usefixtures("unmeasured_programs")  # measuring doubles the time; others go the same ways
async def test_a_picture_of_ones_own_is_registered_and_the_run_ends_by_itself() -> None:
    picture = "config/scenarios/pictures/milk.jpg"
    async with started("run", "--dry-run", "--exit-when-done", "--camera", picture) as program:
        assert await program.ended() == 0, "\n".join(program.lines)
    (food,) = (body["foodList"] for body in [one["body"] for one in await exported()] if "foodList" in body)
    assert [one["expirationDate"] for one in food] == ["2030-03-15"]
