"""What the doctor says of the agent's database."""

from pathlib import Path

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.doctor.check import CheckState, ExaminedMachine
from befresh_agent.doctor.checks.storage_check import memory
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings, Settings
from befresh_agent.settings.paths import database_file
from befresh_agent.storage.database import Database
from befresh_agent.storage.store import OutboxStore


def patient(state: Path) -> ExaminedMachine:
    return ExaminedMachine(Settings.model_validate({"agent": {"state_dir": state}}))


async def test_before_the_first_run_there_is_none(tmp_path: Path) -> None:
    (check,) = await memory(patient(tmp_path / "state"))
    assert check.state is CheckState.ABSENT
    assert not (tmp_path / "state").exists()


async def test_what_waits_for_a_person_beside_a_running_agent(tmp_path: Path) -> None:
    clock = SystemClock()
    async with Database(database_file(tmp_path)) as database:
        store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=EventBus())
        await store.recover()
        await store.add("evening", FoodItem("1", FoodType.GENERAL, "사과", clock.now()))
        await store.add("evening", FoodItem("2", FoodType.GENERAL, None, clock.now()))
        await store.settle("evening")
        (message,) = [entry.message for entry in await store.entries()]
        while not await store.refuse(message, "too large"):
            pass
        checks = {check.name: check for check in await memory(patient(tmp_path))}
    assert {name: check.state for name, check in checks.items()} == {
        "memory": CheckState.OK,
        "messages": CheckState.WARNING,
        "foods": CheckState.WARNING,
    }
    assert "outbox name" in checks["foods"].remedy


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    database_file(tmp_path).write_bytes(b"this is not what it should be" * 100)
    (check,) = await memory(patient(tmp_path))
    assert (check.state, bool(check.remedy)) == (CheckState.BROKEN, True)
