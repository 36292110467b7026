"""Data outlives releases: one with another sensor value is put on, taken back and put on again, over one database."""

import json
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from befresh_agent.domain.messages import Values
from tests.agent import newcomer
from tests.agent.program import SCENARIOS, started

ROOT = Path(__file__).parents[2]
BOXES = ["02:00:00:00:00:01", "02:00:00:00:00:02"]


class Release:
    """This one, or another whose package is in the folder `source`."""

    def __init__(self, source: Path | None = None) -> None:
        self._environment = {"PYTHONPATH": str(source)} if source else {}

    async def asked(self, *arguments: str) -> list[Any]:
        """What a command that must succeed says, line by line."""
        async with started(*arguments, "--dry-run", **self._environment) as program:
            assert await program.ended() == 0, "\n".join(program.lines)
            return [json.loads(line) for line in program.lines]

    async def runs(self, scenario: Path) -> str:
        """Play it to its end; every line that was said."""
        options = ("run", "--dry-run", "--scenario", str(scenario), "--exit-when-done")
        async with started(*options, **self._environment, COLUMNS="300") as program:
            assert await program.ended() == 0, "\n".join(program.lines)
            return "\n".join(program.lines)


def at(hour: int, folder: Path) -> Path:
    """The scenario, at that time of the day."""
    text = (SCENARIOS / "two-containers.toml").read_text(encoding="utf-8")
    made = folder / f"at-{hour}.toml"
    made.write_text(f"starts = {hour:02}:00:00\nroster = {BOXES}\n{text}", encoding="utf-8")
    return made


def rows(question: str) -> list[tuple[Any, ...]]:
    (file,) = Path(os.environ["XDG_STATE_HOME"]).rglob("agent.db")
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(question).fetchall()


def sent(messages: list[Any]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The readings of all messages, by container and minute."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for message in messages:
        for address, samples in message["body"].get("data", {}).items():
            for sample in samples:
                found.setdefault((address, sample["time"]), []).append(sample["data"])
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("unmeasured_programs")  # the copy's lines would count beside this tree's, nearly all as missed
async def test_a_release_with_another_sensor_value_comes_and_goes_and_comes(tmp_path: Path) -> None:
    old, new = Release(), Release(newcomer.make(tmp_path / "new"))
    kept = 0
    for number, (running, other) in enumerate([(old, new), (new, old), (old, new), (new, old)]):
        lines = await running.runs(at(6 + 2 * number, tmp_path))
        for trouble in ("crashed", "given up", "not be saved", "damaged", "is lost"):
            assert trouble not in lines, lines
        assert ("a newer release made the database" in lines) == (number == 2)
        before, kept = kept, rows("SELECT count(*) FROM history")[0][0]
        assert kept >= before + 6, "both containers were read all the time"
        for release in (running, other):
            (roster,) = await release.asked("containers", "list", "--json")
            assert [one["address"] for one in roster] == BOXES
            assert all(one["values"]["temperature"] is not None for one in roster)
            assert len(await release.asked("containers", "export", "--json")) == kept
        if number < 3:
            assert rows("SELECT count(*) FROM readings")[0][0] > 0, "some wait over the change of releases"
    await _is_complete(new, kept)


async def _is_complete(release: Release, kept: int) -> None:
    """Every reading was sent once or waits, and nothing that was measured is gone."""
    samples = [one for some in sent(await release.asked("outbox", "export")).values() for one in some]
    waiting = rows("SELECT count(*) FROM readings")[0][0]
    assert len(samples) + waiting == kept
    known = list(json.loads(Values(**dict.fromkeys(Values.model_fields)).to_bytes()))
    assert all(sample[name] is not None for sample in samples for name in known)
    assert {tuple(sample) for sample in samples} == {tuple(known), (*known, "ethylene")}
    measured = [sample["ethylene"] for sample in samples if "ethylene" in sample]
    assert None in measured, "taken by the old release, sent by the new one"
    assert any(measured)
    (history,) = rows("SELECT count(*), count(ethylene) FROM history")
    assert history[0] == kept
    assert 12 <= history[1] < kept, "the old release left the new values alone"


def test_the_recipe_names_every_file_that_was_touched() -> None:
    recipe = (ROOT / "docs" / "how-to" / "add-a-sensor-value.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\d+\. `([^`]+)`", recipe, re.MULTILINE))
    touched = {edit.file.relative_to(ROOT) for edit in newcomer.EDITS} | {newcomer.SCHEMA.relative_to(ROOT)}
    assert named == {str(path) for path in touched}
    for edit in newcomer.EDITS:
        assert edit.lines in recipe
    assert newcomer.MIGRATION in recipe
