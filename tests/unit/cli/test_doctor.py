import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from befresh_agent.cli.verbs import app


@pytest.fixture
def broken(tmp_path: Path) -> str:
    """Settings with which something is broken on any machine."""
    file = tmp_path / "config.toml"
    file.write_text('[fridge]\nid = 17\n[sound]\nplayer = ["/no/such/player"]\n')
    return str(file)


def test_a_table_with_a_remedy_for_each_failure(broken: str) -> None:
    result = CliRunner().invoke(app, ["doctor", "--config", broken])
    assert "✕ loudspeaker" in result.output
    assert "→ set sound.player to a command that exists" in result.output
    assert result.output.rstrip().splitlines()[-1].startswith("1 broken: loudspeaker")
    assert result.exit_code == 1


def test_nothing_broken_is_success() -> None:
    result = CliRunner().invoke(app, ["doctor"])
    assert "nothing broken," in result.output or "all is well" in result.output
    assert result.exit_code == 0


def test_as_json(broken: str) -> None:
    result = CliRunner().invoke(app, ["doctor", "--json", "--config", broken])
    told = json.loads(result.stdout)
    assert told["worst"] == "broken"
    assert {"name", "state", "detail", "remedy"} == set(told["checks"][0])
    assert result.exit_code == 1


def test_the_self_test() -> None:
    result = CliRunner().invoke(app, ["doctor", "--self-test", "--json"])
    assert json.loads(result.stdout)["worst"] == "ok"
    assert result.exit_code == 0


def test_a_self_test_with_nothing_but_wrong_settings_says_so_with_its_code(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[fridge]\ncolour = 'blue'\n")
    result = CliRunner().invoke(app, ["doctor", "--self-test", "--config", str(file)])
    assert "1 broken: settings" in result.output
    assert result.exit_code == 78


def test_the_archive(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--bundle", str(tmp_path / "support.tar.gz")])
    assert (tmp_path / "support.tar.gz").is_file()
    assert "look through it" in result.output
