"""A new card in two commands; the old one, and one that was copied, say so."""

import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from befresh_agent.adapters.machine_looks import machine_mark
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.cli import backup as verbs
from befresh_agent.domain.container import Address
from befresh_agent.errors import BefreshError
from befresh_agent.storage import identity
from befresh_agent.storage.database import Database
from befresh_agent.storage.roster import ContainerRoster

KIMCHI = Address("FB:89:EB:22:95:84")
app = typer.Typer()
for verb in (verbs.backup, verbs.restore, verbs.reset):
    app.command()(verb)


def run(*words: object) -> Result:
    return CliRunner().invoke(app, list(map(str, words)))


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state of a fridge with a container."""
    put_in(tmp_path / "old", monkeypatch)
    asyncio.run(joined(tmp_path / "old"))
    (tmp_path / "old" / "page-token").write_text("key\n")
    (tmp_path / "old" / "log-key").write_text("seal\n")
    return tmp_path / "old"


def put_in(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state.mkdir(exist_ok=True)
    monkeypatch.setenv("STATE_DIRECTORY", str(state))


async def joined(state: Path) -> None:
    async with Database(state / "agent.db") as database:
        await ContainerRoster(database, SystemClock()).add(KIMCHI)


def ask(state: Path, question: str) -> str:
    with closing(sqlite3.connect(state / "agent.db")) as connection:
        return str(connection.execute(question).fetchone()[0])


STORE = "SELECT value FROM meta WHERE key = 'store_id'"


def test_a_new_card_is_the_fridge_and_the_old_one_is_not_any_more(
    card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, new = tmp_path / "kept", tmp_path / "new"
    assert run("backup", kept, "--hand-over").exit_code == 0
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    put_in(new, monkeypatch)
    assert run("restore", kept).exit_code == 0
    assert ask(new, "SELECT address FROM containers") == KIMCHI
    assert (new / "page-token").read_text() == "key\n"
    assert (new / "log-key").read_text() == "seal\n"
    assert stat.S_IMODE((new / "log-key").stat().st_mode) == 0o600

    async def start(state: Path) -> tuple[bool, str]:
        async with Database(state / "agent.db") as database:
            renewed = await database.run(lambda connection: identity.settle(connection, "machine"))
            return renewed, await database.run(identity.superseded_at)

    assert asyncio.run(start(new)) == (True, "")
    assert asyncio.run(start(card))[1]
    assert ask(new, STORE) != ask(card, STORE)
    monkeypatch.setenv("STATE_DIRECTORY", str(card))
    assert run("backup", "--take-back").exit_code == 0
    assert asyncio.run(start(card))[1] == ""


def test_what_was_registered_is_not_lost_by_mistake(card: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    run("backup", kept)
    assert isinstance(run("backup", kept).exception, BefreshError)
    refused = run("restore", kept)
    assert "--replace" in str(refused.exception)
    assert run("restore", kept, "--replace").exit_code == 0
    assert (card / "agent.db.before").exists()
    assert isinstance(run("reset").exception, BefreshError)
    assert run("reset", "--yes").exit_code == 0
    assert list(card.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"\x1f\x8bnonsense", b"SQLite format 3"])
def test_what_is_no_backup_changes_nothing(card: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kept").write_bytes(content)
    before = (card / "agent.db").read_bytes()
    assert isinstance(run("restore", tmp_path / "kept", "--replace").exception, BefreshError)
    assert (card / "agent.db").read_bytes() == before


async def test_a_copied_card_becomes_a_store_of_its_own(tmp_path: Path) -> None:
    async with Database(tmp_path / "agent.db") as database:
        settled = [
            await database.run(lambda connection, mark=mark: identity.settle(connection, mark))  # type: ignore[misc]
            for mark in ("a pi", "a pi", "another pi", "", "another pi")
        ]
    assert settled == [False, False, True, False, False]


def test_a_pi_is_known_by_its_processor_and_another_machine_by_its_installation(tmp_path: Path) -> None:
    assert machine_mark(tmp_path) == ""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/machine-id").write_text("0123\n")
    by_installation = machine_mark(tmp_path)
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/serial-number").write_text("10000000abcd\0")
    assert len({by_installation, machine_mark(tmp_path), ""}) == 3
