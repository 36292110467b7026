import json

import pytest
import typer
from typer.testing import CliRunner, Result

from befresh_agent.cli.plan import plan


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(plan)
    return CliRunner().invoke(app, list(arguments))


def planned(*arguments: str) -> dict[str, float | dict[str, float]]:
    result: dict[str, float | dict[str, float]] = json.loads(run(*arguments, "--json").output)
    return result


def test_the_figures_are_one_json_object() -> None:
    figures = planned("--containers", "60", "--dead", "15", "--hours", "48")

    assert set(figures) == {"containers", "dead", "hours", "healthy_gap_min", "radio_busy"}
    assert (figures["containers"], figures["dead"], figures["hours"]) == (60, 15, 48)


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
