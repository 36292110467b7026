"""A whole lesson as somebody gives it: recordings in, and the fridge listens. The voices are espeak-ng's."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from befresh_agent.cli.verbs import app
from befresh_agent.errors import InvalidValue
from tests.spoken import quiet, spoken, wav_file

PHRASE = "열려라 참깨"
WAYS = ((130, 45), (140, 50), (150, 55), (140, 60), (155, 40))


def said(text: str, speed: int = 145, pitch: int = 52) -> bytes:
    return quiet(1.5) + spoken(text, "ko+m4", speed, pitch) + quiet(0.8)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


def wake(state: Path, *words: str) -> Result:
    return CliRunner().invoke(
        app, ["wake", *words], env={"BEFRESH_AGENT_STATE_DIR": str(state), "BEFRESH_VOICE_WAKE": "taught"}
    )


@pytest.fixture(scope="module")
def lesson(state: Path) -> list[dict[str, object]]:
    """Three recordings, one of them with three sayings, and one in which nobody speaks."""
    files = [
        wav_file(state / "a.wav", said(PHRASE, *WAYS[0])),
        wav_file(state / "b.wav", said(PHRASE, *WAYS[1])),
        wav_file(state / "c.wav", b"".join(said(PHRASE, *way) for way in WAYS[2:])),
        wav_file(state / "silence.wav", quiet(2)),
    ]
    result = wake(state, "learn", "--json", "--name", "민아", "--input", *map(str, files))
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_each_saying_is_judged(lesson: list[dict[str, object]]) -> None:
    assert [one["verdict"] for one in lesson[:-1]] == [*["good"] * 5, "too quiet"]
    assert lesson[-1]["step"] == "taught"
    assert lesson[-1]["sayings"] == 5


def test_the_phrase_is_heard_afterwards_and_another_is_not(state: Path, lesson: list[dict[str, object]]) -> None:
    phrase = wav_file(state / "phrase.wav", said(PHRASE))
    other = wav_file(state / "other.wav", said("오늘 저녁 뭐 먹을까"))
    heard, missed = [
        json.loads(line) for line in wake(state, "test", "--json", str(phrase), str(other)).output.splitlines()
    ]
    assert len(heard["heard_at"]) == 1
    assert missed["heard_at"] == []
    assert heard["cpu_share"] < 0.5


def test_who_taught_is_listed_and_can_take_it_back(state: Path, lesson: list[dict[str, object]]) -> None:
    (listed,) = json.loads(wake(state, "list", "--json").output)
    assert (listed["name"], listed["recordings"]) == ("민아", 5)
    assert "민아" in wake(state, "list").output
    assert "5 recordings of 민아 are deleted" in wake(state, "forget", "--recordings", "민아").output
    assert "no longer listens" in wake(state, "undo", "민아").output
    assert "nobody has taught" in wake(state, "list").output


def test_too_few_sayings_are_told(tmp_path: Path) -> None:
    file = wav_file(tmp_path / "one.wav", said(PHRASE))
    result = wake(tmp_path, "learn", "--input", str(file))
    assert isinstance(result.exception, InvalidValue)
    assert "too few" in str(result.exception)
    assert not (tmp_path / "wake").exists()
