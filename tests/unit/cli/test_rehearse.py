"""What surrounds a dry run: what is looked at, what is left from the last one, what to type next."""

import io
import sys
import wave
from pathlib import Path

import pytest
import typer
from rich.console import Console

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.cli import dry_run_opening, printer
from befresh_agent.cli.dry_run_opening import LeftBehind, begin_anew, left_behind, page_at, tell_what_was_left
from befresh_agent.cli.printer import OwnCommands, SentencePrinter
from befresh_agent.cli.run import check_camera, check_microphone
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.errors import StoreBusy, StoreError
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore

PICTURES = Path("config/scenarios/pictures")


@pytest.mark.parametrize("source", ["picamera2", str(PICTURES), str(PICTURES / "milk.jpg")])
def test_what_shows_a_picture_is_a_camera(source: str) -> None:
    check_camera(source, devices=True)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("/nope.jpg", "no such file"),
        ("README.md", "not a picture"),
        ("src", "the folder is empty"),
        ("docs", "there is no picture in this folder"),
        ("/dev/video77", "there is no camera /dev/video77"),
        ("/dev/null", "there is no camera /dev/null"),
    ],
)
def test_a_camera_that_shows_nothing_is_wrong_usage_with_the_remedy(source: str, why: str) -> None:
    with pytest.raises(typer.BadParameter, match=rf"{why}.*give a picture, a folder of pictures, or a camera"):
        check_camera(source, devices=True)


def test_a_pi_may_get_its_camera_later() -> None:
    check_camera("/dev/video77", devices=False)


def test_a_recording_is_a_microphone(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "kitchen.wav"), "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(bytes(320))
    for source in ("arecord", "pyaudio", str(tmp_path / "kitchen.wav")):
        check_microphone(source)


@pytest.mark.parametrize(
    ("source", "why"), [("nope.wav", "no such file"), ("src", "a folder"), ("README.md", "not a recording")]
)
def test_a_microphone_that_hears_nothing_is_wrong_usage_with_the_remedy(source: str, why: str) -> None:
    with pytest.raises(typer.BadParameter, match=f"{source}: {why}.*give a WAV file"):
        check_microphone(source)


async def remembered(file: Path, state: MessageState, world: str = "simulated") -> None:
    """A fridge that has queued one message, and kept or sent it."""
    async with Database(file, world=world) as database:
        store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=SystemClock(), events=EventBus())
        await store.recover()
        await store.add("s", FoodItem("1", FoodType.GENERAL, "사과", SystemClock().now()))
        await store.settle("s")
        await store.mark([1], state)


async def test_what_an_earlier_run_left_is_counted_and_thrown_away_on_demand(tmp_path: Path) -> None:
    file = tmp_path / "agent.db"
    assert await left_behind(file) == LeftBehind(0, 0)
    await remembered(file, MessageState.JOURNAL)
    assert await left_behind(file) == LeftBehind(1, 0)
    assert await begin_anew(file) == LeftBehind(0, 0)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("agent.db")] == []


async def test_what_still_waits_to_be_sent_is_never_thrown_away(tmp_path: Path) -> None:
    file = tmp_path / "agent.db"
    await remembered(file, MessageState.WAITING)
    assert await begin_anew(file) == LeftBehind(1, 1)
    assert await left_behind(file) == LeftBehind(1, 1)


async def test_neither_is_a_real_fridge_nor_one_that_is_running(tmp_path: Path) -> None:
    real, busy = tmp_path / "real" / "agent.db", tmp_path / "busy" / "agent.db"
    await remembered(real, MessageState.JOURNAL, world="real")
    with pytest.raises(StoreError, match="real fridge"):
        await begin_anew(real)
    async with Database(busy, world="simulated"):
        with pytest.raises(StoreBusy):
            await begin_anew(busy)
    assert real.exists()
    assert busy.exists()


def told(left: LeftBehind, *, fresh: bool) -> str:
    file = io.StringIO()
    tell_what_was_left(SentencePrinter(Console(file=file), "en"), left, OwnCommands("befresh-agent"), fresh=fresh)
    return file.getvalue()


def test_a_fridge_that_goes_on_says_so_and_how_to_begin_anew() -> None:
    assert told(LeftBehind(0, 0), fresh=False) == ""
    assert "goes on from earlier runs, with 1 message" in told(LeftBehind(1, 0), fresh=False)
    assert "befresh-agent run --dry-run --fresh" in told(LeftBehind(1, 0), fresh=False)
    assert "2 messages of the last run still wait" in told(LeftBehind(5, 2), fresh=True)


def test_the_page_is_named_where_it_is_and_another_port_than_the_usual_is_told() -> None:
    assert len(page_at("http://127.0.0.1:8480/", 8480, by_hand=False)) == 1
    assert len(page_at("http://127.0.0.1:3000/", 0, by_hand=False)) == 1
    opened, port, how_to_end = page_at("http://127.0.0.1:3000/", 8480, by_hand=True)
    assert opened.endswith("http://127.0.0.1:3000/play")
    assert "8480 is taken by another program, so it is 3000" in port
    assert "Ctrl-C" in how_to_end


def test_commands_are_shown_as_they_must_be_typed_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(printer, "SYSTEM_STATE", tmp_path / "none")
    monkeypatch.setattr(sys, "argv", [str(tmp_path / ".venv/bin/befresh-agent")])
    commands = printer.own_commands(None, {})
    assert commands("outbox list") == ".venv/bin/befresh-agent outbox list"
    assert commands.run("play", "run --by-hand") == ".venv/bin/befresh-agent run --by-hand"
    assert printer.own_commands(None, {"MAKELEVEL": "1"}).run("play", "run") == "make play"
    monkeypatch.setattr(printer, "SYSTEM_STATE", tmp_path)
    with_settings = printer.own_commands(Path("my fridge.toml"), {})("status")
    assert with_settings == ".venv/bin/befresh-agent status --config 'my fridge.toml' --dry-run"
    monkeypatch.setattr(sys, "argv", [str(Path(dry_run_opening.__file__).parents[1] / "__main__.py")])
    assert printer.own_commands(None, {})("status").split()[1:4] == ["-m", "befresh_agent", "status"]
