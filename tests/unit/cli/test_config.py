"""`config`, and the exit codes of wrong usage and wrong settings."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from befresh_agent import __version__
from befresh_agent.cli.config import template
from befresh_agent.cli.guard import guarded
from befresh_agent.cli.verbs import app, start


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def ended(*arguments: str) -> int:
    """The exit code of the whole program."""
    return guarded(start, arguments)


def test_init_prints_or_writes_the_commented_default_and_never_overwrites(tmp_path: Path) -> None:
    assert run("config", "init") == (0, template())
    file = tmp_path / "new" / "config.toml"
    assert run("config", "init", str(file))[0] == 0
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("mine")
    assert run("config", "init", str(file))[0] == 1
    assert file.read_text() == "mine"


def test_check_and_show_tell_what_is_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[secrets]\nporcupine_key = "k-123"\n[fridge]\nid = 4\n')
    file.chmod(0o600)
    monkeypatch.setenv("KAFKA_SERVER", "broker:9092")
    assert run("config", "check", "--config", str(file))[0] == 0
    code, shown = run("config", "show", "--json", "--config", str(file))
    settings = json.loads(shown)
    assert code == 0
    assert (settings["fridge"]["id"], settings["kafka"]["server"]) == (4, "broker:9092")
    assert "k-123" not in shown
    table = run("config", "show", "--config", str(file))[1]
    assert "environment" in table
    assert "k-123" not in table


def test_brackets_in_a_value_are_shown_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEFRESH_CAMERA_SOURCE", "[/x]")
    code, shown = run("config", "show")
    assert code == 0
    assert "[/x]" in shown


def test_wrong_settings_end_with_78_and_name_file_key_value_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[containers]\nperiod_s = -1\n")
    assert ended("config", "check", "--config", str(file)) == 78
    said = capsys.readouterr().err
    for part in (str(file), "containers.period_s", "-1", "a number above 0"):
        assert part in said


def test_check_tells_everything_as_json_too(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[gpio]\ntrigger_pin = 24\n[camera]\nsource = '/dev/video97'\n")
    code, text = run("config", "check", "--json", "--config", str(file))
    answer = json.loads(text)
    assert (code, answer["ok"], answer["file"]) == (78, False, str(file))
    told = [(one["line"], one["key"], one["value"], one["severity"]) for one in answer["mistakes"]]
    assert told == [
        (2, "gpio.echo_pin", 24, "error"),
        (4, "camera.source", "/dev/video97", "missing"),
        (None, "fridge.id", None, "error"),
    ]
    assert all(one["source"] == str(file) and one["remedy"] for one in answer["mistakes"])


def test_all_defaults_are_not_good_as_run_would_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = run("config", "check")
    assert code == 78
    assert "fridge.id is not set" in text
    monkeypatch.setenv("REFRIGERATOR_ID", "17")
    assert run("config", "check") == (0, "good: no settings file; from the environment: REFRIGERATOR_ID\n")


def test_a_warning_leaves_the_settings_good(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[fridge]\nid = 17\n[kafka]\nusername = 'me'\n")
    code, text = run("config", "check", "--config", str(file))
    assert code == 0
    assert "! " in text
    assert f"good: {file}" in text


def test_a_fridge_without_a_number_cannot_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended("run") == 78
    assert "REFRIGERATOR_ID" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["dance"], ["run", "--speed", "3"], ["plan"], ["outbox", "name"], ["scan"], ["config", "show", "--x"]]
)
def test_wrong_usage_ends_with_2(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended(*arguments) == 2


@pytest.mark.parametrize("verb", ["run", "scan", "containers", "plan", "outbox", "status", "config"])
def test_every_verb_has_help(verb: str) -> None:
    code, text = run(verb, "--help")
    assert code == 0
    assert "Usage" in text


def test_version() -> None:
    assert run("--version") == (0, f"{__version__}\n")


def test_status_without_an_agent_says_so_with_1() -> None:
    code, text = run("status", "--json")
    assert code == 1
    assert json.loads(text)["ready"] is False
    assert run("status")[0] == 1
