import asyncio
import csv
import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from befresh_agent.cli import containers
from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.errors import BefreshError, InvalidValue, StoreError
from befresh_agent.storage import history
from befresh_agent.storage.database import Database

KIMCHI = Address("FB:89:EB:22:95:84")
TODAY = datetime.now().astimezone().replace(hour=0, minute=30, second=0, microsecond=0)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(containers.app, list(arguments))


@pytest.fixture
def remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent kept three readings a day for a week."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))

    def work(connection: sqlite3.Connection) -> None:
        for days in range(7):
            for minutes in (0, 10, 20):
                at = TODAY - timedelta(days=days) + timedelta(minutes=minutes)
                history.add(connection, Reading(KIMCHI, at, Measurement(4.5, 61, 1009.8, 537, 101_700, 0)))

    async def keep() -> None:
        async with Database(tmp_path / "agent.db") as database:
            await database.run(work)

    asyncio.run(keep())


@pytest.mark.usefixtures("remembered")
def test_everything_is_exported_for_a_spreadsheet(tmp_path: Path) -> None:
    file = tmp_path / "readings.csv"
    assert run("export", "--csv", "--output", str(file)).exit_code == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbfcontainer,")
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert len(rows) == 21
    assert {row["container"] for row in rows} == {KIMCHI}
    assert rows[-1]["time"] == (TODAY + timedelta(minutes=20)).isoformat()


@pytest.mark.usefixtures("remembered")
def test_a_part_of_it_is_printed_for_a_program() -> None:
    day = (TODAY - timedelta(days=2)).strftime("%Y-%m-%d")
    result = run("export", "--json", "--since", day, "--until", day, KIMCHI)
    assert [json.loads(line)["gas_ohm"] for line in result.output.splitlines()] == [101_700] * 3


@pytest.mark.usefixtures("remembered")
def test_the_sheet_of_a_day_is_written(tmp_path: Path) -> None:
    file = tmp_path / "sheet.html"
    day = (TODAY - timedelta(days=1)).strftime("%Y-%m-%d")
    assert run("sheet", "--day", day, "--language", "ko", "--output", str(file)).exit_code == 0
    assert "용기 일일 기록" in file.read_text()
    assert day in file.read_text()
    assert "Daily record of a container" in run("sheet", KIMCHI, "--language", "en").output


@pytest.mark.usefixtures("remembered")
def test_a_file_that_cannot_be_written_is_named() -> None:
    error = run("sheet", "--output", "/nowhere/sheet.html").exception
    assert isinstance(error, BefreshError)
    assert str(error) == "/nowhere/sheet.html: there is no folder /nowhere; make it first"


def test_before_the_agent_ever_ran_there_is_nothing_to_export() -> None:
    assert isinstance(run("export").exception, StoreError)


@pytest.mark.usefixtures("remembered")
def test_a_container_that_nobody_remembers() -> None:
    assert isinstance(run("export", "kimchi").exception, InvalidValue)
    assert run("export", KIMCHI[:4]).output == run("export", KIMCHI).output != ""


@pytest.mark.usefixtures("remembered")
@pytest.mark.parametrize("arguments", [("sheet", "--day", "yesterday"), ("export", "--since", "x")])
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
