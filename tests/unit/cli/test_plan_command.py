import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.cli.plan import plan
from befresh_agent.domain.container import Address
from befresh_agent.domain.visits import VisitRecord
from befresh_agent.errors import InvalidValue
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.roster import ContainerRoster
from befresh_agent.storage.store import OutboxStore


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(plan)
    return CliRunner().invoke(app, list(arguments))


def planned(*arguments: str) -> dict[str, float | dict[str, float]]:
    result: dict[str, float | dict[str, float]] = json.loads(run(*arguments, "--json").stdout)
    return result


def test_the_figures_are_one_json_object() -> None:
    figures = planned("--containers", "60", "--dead", "15", "--hours", "48")

    assert set(figures) == {"containers", "dead", "hours", "healthy_gap_min", "radio_busy"}
    assert (figures["containers"], figures["dead"], figures["hours"]) == (60, 15, 48)


@pytest.mark.unmeasured  # which makes it four times as slow; others go through the same lines
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("containers", "dead", "mean", "p95", "most"), [(60, 15, 11, 13, 20), (100, 25, 18, 21, 30), (10, 0, 10.1, 11, 11)]
)
def test_healthy_containers_are_read_often_enough(
    containers: int, dead: int, mean: float, p95: float, most: float, seed: int
) -> None:
    gaps = planned("--containers", str(containers), "--dead", str(dead), "--seed", str(seed))["healthy_gap_min"]

    assert isinstance(gaps, dict)
    assert gaps["mean"] <= mean
    assert gaps["p95"] <= p95
    assert gaps["max"] <= most


def test_ten_containers_leave_the_radio_alone_most_of_the_time() -> None:
    busy = planned("--containers", "10")["radio_busy"]

    assert isinstance(busy, float)
    assert busy <= 0.3


def test_the_same_seed_gives_the_same_figures() -> None:
    arguments = ("--containers", "30", "--dead", "3", "--hours", "5", "--seed", "7")

    assert planned(*arguments) == planned(*arguments)


def test_all_dead_have_no_gaps() -> None:
    assert planned("--containers", "3", "--dead", "3")["healthy_gap_min"] is None


def test_more_dead_than_there_are_is_wrong_usage() -> None:
    assert run("--containers", "3", "--dead", "4").exit_code == 2


def test_people_get_a_table() -> None:
    assert "minutes between readings" in run("--containers", "10").output


def test_without_a_number_and_a_history_it_is_wrong_usage() -> None:
    result = run()

    assert result.exit_code == 2
    assert "--from-history" in result.output


@pytest.fixture
def fridge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEFRESH_AGENT_STATE_DIR", str(tmp_path))
    return tmp_path / "agent.db"


def measure(file: Path, living: int, dead: int, seconds: float, *, failing: int = 0, times: int = 20) -> None:
    """What a fridge remembers after so many visits of each container; of the living ones so many failed."""

    async def fill() -> None:
        async with Database(file) as database:
            store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=SystemClock(), events=EventBus())
            for number in range(living + dead):
                address = Address(f"02:00:00:00:00:{number:02X}")
                await ContainerRoster(database, SystemClock()).add(address)
                began = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
                alive = number < living
                visits = [
                    VisitRecord(address, began + timedelta(minutes=10 * n), seconds if alive else 5, alive, None)
                    for n in range(times)
                ]
                if alive:
                    visits[:failing] = [VisitRecord(address, began, seconds, False, None)] * failing
                await store.keep_visits(visits)

    asyncio.run(fill())


def test_this_fridge_s_own_visits_and_containers_are_taken(fridge: Path) -> None:
    measure(fridge, living=20, dead=2, seconds=3.0)

    figures = json.loads(run("--from-history", "--json").stdout)

    assert (figures["containers"], figures["dead"]) == (22, 2)
    assert figures["measured"] == {"visits": 400, "success_rate": 1.0, "visit_s": 3.0}
    assert figures["radio_busy"] == pytest.approx(20 * 3 / 600, abs=0.04)
    assert "400 of this fridge" in run("--from-history").output


def test_slow_visits_make_readings_older(fridge: Path) -> None:
    measure(fridge, living=20, dead=0, seconds=45.0)

    figures = json.loads(run("--from-history", "--json").stdout)

    assert figures["healthy_gap_min"]["mean"] == pytest.approx(15, abs=0.5)


def test_visits_that_fail_cost_time_too(fridge: Path) -> None:
    measure(fridge, living=20, dead=0, seconds=20.0, failing=10)

    figures = json.loads(run("--from-history", "--json").stdout)

    assert figures["measured"]["success_rate"] == 0.5
    assert figures["healthy_gap_min"]["mean"] > 12


@pytest.mark.unmeasured  # which makes it four times as slow; others go through the same lines
def test_more_containers_may_be_tried_with_the_same_visits(fridge: Path) -> None:
    measure(fridge, living=20, dead=2, seconds=3.0)

    figures = json.loads(run("--from-history", "--containers", "100", "--json").stdout)

    assert (figures["containers"], figures["dead"]) == (100, 0)


def test_a_fridge_that_has_measured_too_little_says_so(fridge: Path) -> None:
    measure(fridge, living=1, dead=3, seconds=3.0, times=5)

    error = run("--from-history").exception
    assert isinstance(error, InvalidValue)
    assert "only 5 visits were measured so far" in str(error)
