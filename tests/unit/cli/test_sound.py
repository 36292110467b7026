"""`befresh-agent sound`, on a sound card made of files."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from befresh_agent.cli.sound import app
from tests.alsa import sound_card
from tests.spoken import quiet, spoken

RUN = CliRunner()


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(sound_card(tmp_path)))
    monkeypatch.setenv("BEFRESH_VOICE_MICROPHONE", "arecord")
    return tmp_path


def test_what_is_said_is_measured_and_played_back(card: Path) -> None:
    (card / "mic.raw").write_bytes(spoken("사과") + quiet(3))
    done = RUN.invoke(app, ["test", "--seconds", "1"])
    assert done.exit_code == 0, done.output
    assert "█" in done.output
    assert len((card / "speaker.raw").read_bytes()) >= 31_000


def test_a_microphone_that_hears_nothing_is_told_with_what_to_turn(card: Path) -> None:
    (card / "mic.raw").write_bytes(bytes(64_000))
    done = RUN.invoke(app, ["test", "--seconds", "0.5", "--json"])
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["rms_db"] < -70
    assert "alsamixer" in told["verdict"]


def test_each_level_is_a_line_for_the_page(card: Path) -> None:
    (card / "mic.raw").write_bytes(spoken("사과") + quiet(3))
    lines = RUN.invoke(app, ["test", "--seconds", "1", "--json", "--steps"]).stdout.splitlines()
    *steps, last = map(json.loads, lines)
    assert [one["step"] for one in steps] == ["level"] * (len(steps) - 1) + ["playing"]
    assert len(steps) > 8
    assert {"rms_db", "peak_db", "verdict"} == set(last)


def test_the_cards_are_listed() -> None:
    done = RUN.invoke(app, ["list", "--json"])
    assert set(json.loads(done.stdout)) == {"capture", "playback"}
