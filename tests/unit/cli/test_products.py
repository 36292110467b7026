"""`befresh-agent products`: a list is taken over beside the agent, and what was named here stays."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.cli.verbs import app
from befresh_agent.domain.food import FoodItem, FoodType, uuid7
from befresh_agent.errors import InvalidValue
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.loader import load_settings
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.settings.paths import database_file, state_dir
from befresh_agent.storage.database import Database
from befresh_agent.storage.store import OutboxStore

MILK, TOFU = "08801234567893", "09506000134352"
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def named() -> None:
    """An agent has run here, and milk was bought twice."""

    async def work() -> None:
        async with Database(database_file(state_dir(load_settings(None).settings.agent))) as database:
            clock, events = SystemClock(), EventBus()
            store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events)
            milk = FoodItem("", FoodType.PACKAGED, "우유", NOW, None, date(2026, 12, 1), MILK)
            for _ in range(2):
                await store.add("s", replace(milk, id=uuid7(NOW)))
            await store.settle("s")

    asyncio.run(work())


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["products", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_list_is_imported_beside_what_was_named_here(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(f"gtin,name\n{MILK[1:]},서울 우유\n{TOFU},부침 두부\n1,무\n", encoding="utf-8-sig")
    assert json.loads(run("import", str(file), "--json")) == {
        "imported": 1,
        "refused": [{"number": 4, "why": "'1' is no product number"}],
    }
    (milk,) = json.loads(run("list", "--json"))
    assert (milk["name"], milk["usual_days"]) == ("우유", 10)
    assert "부침 두부" in run("list", "--imported")
    assert run("forget") == "forgotten: 1\n"
    assert run("list", "--imported") == "no products\n"
    assert "우유" in run("list")


def test_what_is_no_list_is_refused_by_name(tmp_path: Path) -> None:
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(b"\xff\xd8\xff")
    for file in (tmp_path / "nowhere.csv", tmp_path, picture):
        with pytest.raises(InvalidValue, match=str(file)):
            run("import", str(file))
    empty = tmp_path / "empty.csv"
    empty.write_text("gtin,name\n")
    assert CliRunner().invoke(app, ["products", "import", str(empty)]).exit_code == 1
