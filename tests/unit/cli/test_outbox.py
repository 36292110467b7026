import asyncio
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.cli.outbox import app
from befresh_agent.domain.container import Address
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.domain.wire_types import compact
from befresh_agent.errors import BefreshError, InvalidValue, SettingsError, StoreError
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.loader import load_settings
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.settings.paths import database_file, state_dir
from befresh_agent.storage.database import Database
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore
from tests.unit.storage.stand_ins import refused

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
run = CliRunner()


async def fill() -> list[bytes]:
    """What an agent left behind: a delivered registration, an unnamed milk, a dead batch; the bodies."""
    file = database_file(state_dir(load_settings().settings.agent))
    async with Database(file) as database:
        store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=SystemClock(), events=EventBus())
        await store.recover()
        await store.add("s", FoodItem("kimchi", FoodType.CONTAINER, "김치", AT, address=Address("FB:89:EB:22:95:84")))
        await store.add("s", FoodItem("milk", FoodType.PACKAGED, None, AT, expires_on=date(2026, 12, 1)))
        await store.settle("s")
        await store.keep_reading(Reading(Address("FB:89:EB:22:95:84"), AT, Measurement(4.5, 61, 1e16, 537, 101700, 0)))
        await store.batch()
        await store.mark([1], MessageState.DELIVERED)
        for _ in range(3):
            await refused(store, 2, "too large")
        return [entry.message.body for entry in await store.entries()]


@pytest.fixture
def bodies() -> list[bytes]:
    return asyncio.run(fill())


def out(*arguments: str) -> str:
    result = run.invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_export_is_the_body_byte_for_byte(bodies: list[bytes]) -> None:
    lines = [json.loads(line) for line in out("export").splitlines()]
    assert [list(line) for line in lines] == [
        ["seq", "id", "topic", "key", "headers", "body", "state", "created", "delivered"]
    ] * 2
    assert [compact(line["body"]) for line in lines] == bodies
    assert [line["state"] for line in lines] == ["delivered", "dead"]
    assert lines[0]["delivered"] > lines[0]["created"]
    assert lines[1]["delivered"] is None
    assert lines[0]["headers"]["ce_id"] == lines[0]["id"]
    assert lines[0]["key"] == "17"


def test_export_can_be_narrowed_and_written_to_a_file(bodies: list[bytes], tmp_path: Path) -> None:
    assert [json.loads(line)["seq"] for line in out("export", "--state", "dead").splitlines()] == [2]
    assert [json.loads(line)["seq"] for line in out("export", "--after", "1").splitlines()] == [2]
    out("export", "-o", str(tmp_path / "all.jsonl"))
    text = (tmp_path / "all.jsonl").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 2
    assert "김치" in text


def test_list_shows_messages_and_what_waits_for_a_name(bodies: list[bytes]) -> None:
    overview = json.loads(out("list", "--json"))
    assert [(one["seq"], one["state"], one["items"]) for one in overview["messages"]] == [
        (1, "delivered", 1),
        (2, "dead", 1),
    ]
    assert overview["unnamed"] == [
        {
            "id": "milk",
            "ftypeId": 2,
            "registered": "2026-11-21T09:30:00+00:00",
            "qrId": None,
            "expirationDate": "2026-12-01",
        }
    ]
    assert [one["seq"] for one in json.loads(out("list", "--limit", "1", "--json"))["messages"]] == [2]
    assert "milk" in out("list")


def test_show_tells_one_message_in_full(bodies: list[bytes]) -> None:
    shown = json.loads(out("show", "2"))
    assert compact(shown["body"]) == bodies[1]
    assert (shown["attempts"], shown["last_error"]) == (3, "too large")
    assert json.loads(out("show", shown["id"]))["seq"] == 2
    for nobody in ("9", "99999999999999999999", "0", "-", "x", "９"):
        with pytest.raises(InvalidValue, match=f"(no message|messages begin with) {nobody}"):
            out("show", "--", nobody)


def test_retry_revives_the_dead(bodies: list[bytes]) -> None:
    living = run.invoke(app, ["retry", "1"])
    assert (living.exit_code, "message 1 is not dead: delivered" in living.output) == (1, True)
    with pytest.raises(InvalidValue, match="no message 99"):
        out("retry", "2", "99")
    assert json.loads(out("retry", "--json")) == {"retried": [2]}
    assert json.loads(out("show", "2"))["state"] == "waiting"
    assert run.invoke(app, ["retry"]).exit_code == 1


def test_name_turns_an_item_into_a_message(bodies: list[bytes]) -> None:
    for nobody, why in (("cheese", "no item cheese"), ("", "no item"), ("kimchi", "has its name already: 김치")):
        with pytest.raises(BefreshError, match=why):
            out("name", nobody, "우유")
    for bad in ("", " \t", "\x1b", "우" * 101):
        with pytest.raises(InvalidValue, match="a name"):
            out("name", "milk", bad)
    assert json.loads(out("name", "MI", " 우\x1b유\n", "--json")) == {"item": "milk", "name": "우유", "seq": 3}
    assert json.loads(out("show", "3"))["body"] == {
        "refrigeratorId": 17,
        "foodList": [{"itemId": "milk", "name": "우유", "ftypeId": 2, "expirationDate": "2026-12-01"}],
    }
    with pytest.raises(StoreError, match="has its name already"):
        out("name", "milk", "우유")


def test_the_journal_can_be_sent_once_there_is_a_broker(bodies: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(to_journal())
    with pytest.raises(SettingsError) as refusal:
        out("send")
    assert refusal.value.mistakes[0].key == "kafka.server"
    monkeypatch.setenv("KAFKA_SERVER", "127.0.0.1:9092")
    assert json.loads(out("send", "--since", "2999-01-01", "--json")) == {"waiting": []}
    assert json.loads(out("send", "--since", "2000-01-01 00:00", "--json")) == {"waiting": [1, 2]}
    assert "0 messages" in out("send")
    assert [json.loads(line)["state"] for line in out("export").splitlines()] == ["waiting", "waiting"]


async def to_journal() -> None:
    file = database_file(state_dir(load_settings().settings.agent))
    async with Database(file) as database:
        store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=SystemClock(), events=EventBus())
        await store.mark([1, 2], MessageState.JOURNAL)


def test_without_a_database_it_says_so() -> None:
    with pytest.raises(StoreError, match="no agent has run"):
        out("list")
