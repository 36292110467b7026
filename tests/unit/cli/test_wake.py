import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from befresh_agent.cli.verbs import app
from befresh_agent.errors import DeviceError
from befresh_agent.settings.device_sections import VoiceSettings
from tests.spoken import quiet, spoken, wav_file


@pytest.fixture
def recordings(tmp_path: Path) -> list[str]:
    phrase = spoken(VoiceSettings().phrase, "ko+m4", 140, 55)
    return [str(wav_file(tmp_path / "phrase.wav", phrase)), str(wav_file(tmp_path / "silence.wav", quiet(2)))]


def test_it_says_where_the_phrase_is_heard(recordings: list[str]) -> None:
    result = CliRunner().invoke(app, ["wake", *recordings])
    phrase, silence = result.output.splitlines()
    assert "phrase.wav: heard at " in phrase
    assert "silence.wav: not heard" in silence
    assert result.exit_code == 0


def test_as_json(recordings: list[str]) -> None:
    result = CliRunner().invoke(app, ["wake", "--json", *recordings])
    phrase, silence = [json.loads(line) for line in result.output.splitlines()]
    assert len(phrase["heard_at"]) == 1
    assert silence["heard_at"] == []
    assert silence["seconds"] == pytest.approx(2, abs=0.1)
    assert 0 < phrase["cpu_share"] < 1


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound")
    result = CliRunner().invoke(app, ["wake", str(tmp_path / "text.wav")])
    assert isinstance(result.exception, DeviceError)


def test_nobody_to_try(recordings: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEFRESH_VOICE_WAKE", "none")
    result = CliRunner().invoke(app, ["wake", *recordings])
    assert isinstance(result.exception, DeviceError)
