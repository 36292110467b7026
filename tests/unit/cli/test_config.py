"""`config`, and the exit codes of wrong usage and wrong settings."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from befresh_agent import __version__
from befresh_agent.cli.config_template import template
from befresh_agent.cli.main import app, main


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def ended(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """The exit code of the whole program."""
    monkeypatch.setattr("sys.argv", ["befresh-agent", *arguments])
    with pytest.raises(SystemExit) as ending:
        main()
    return ending.value.code


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
    assert ended(monkeypatch, "config", "check", "--config", str(file)) == 78
    said = capsys.readouterr().err
    for part in (str(file), "containers.period_s", "-1", "greater than 0"):
        assert part in said


def test_a_fridge_without_a_number_cannot_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "run") == 78
    assert "REFRIGERATOR_ID" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["dance"], ["run", "--speed", "3"], ["plan"], ["outbox", "name"], ["scan"], ["config", "show", "--x"]]
)
def test_wrong_usage_ends_with_2(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended(monkeypatch, *arguments) == 2


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
