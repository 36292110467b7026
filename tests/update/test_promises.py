"""What the updater promises by its form: needs nothing but Python, and agrees with the installer and the settings."""

import ast
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from befresh_agent import places
from befresh_agent.cli.update import UPDATER
from befresh_agent.configuration import SYSTEM_FILE
from befresh_agent.settings import UpdateSettings
from befresh_update.errors import FAILED, WrongSettings
from befresh_update.layout import SELF_TEST, SERVICE, SERVICE_USER, Layout
from befresh_update.program import ProgramFailed, run
from befresh_update.wishes import CHANNELS, Wishes, read

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "updater").rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_it_needs_nothing_beside_pythons_own_library(module: Path) -> None:
    tree = ast.walk(ast.parse(module.read_text()))
    names = [name.name for node in tree if isinstance(node, ast.Import) for name in node.names]
    tree = ast.walk(ast.parse(module.read_text()))
    names += [node.module or "." for node in tree if isinstance(node, ast.ImportFrom)]
    assert {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"befresh_update"} == set()


def test_settings_are_those_of_the_agent() -> None:
    """The updater reads the section by itself, as it must work without the agent."""
    assert Wishes() == Wishes(**UpdateSettings().model_dump())
    assert {field.name for field in fields(Wishes)} == set(UpdateSettings.model_fields)
    assert UpdateSettings.model_fields["channel"].annotation.__args__ == CHANNELS  # type: ignore[union-attr]


def test_the_installer_and_the_agent_mean_the_same_places() -> None:
    layout = Layout()
    script = (ROOT / "scripts" / "install.sh").read_text()
    said = dict(re.findall(r"^(opt|etc|data|user)=(\S+)$", script, re.MULTILINE))
    assert said == {
        "opt": str(layout.home),
        "etc": str(layout.settings.parent),
        "data": str(layout.data),
        "user": SERVICE_USER,
    }
    assert (layout.settings, layout.data) == (SYSTEM_FILE, places.SYSTEM_STATE)
    assert layout.runtime == Path("/run") / places.NAME
    assert layout.updater / "befresh-update" == UPDATER
    assert (ROOT / "systemd" / SERVICE).exists()


def test_a_program_that_fails_is_a_failed_update_whatever_its_code() -> None:
    """2 is for wrong usage, 78 for wrong settings: git and pip must not speak for the updater."""
    with pytest.raises(ProgramFailed) as raised:
        run(["sh", "-c", "echo why >&2; exit 2"], what="pip")
    assert (str(raised.value), raised.value.code, raised.value.ended_with) == ("pip: why", FAILED, 2)


def test_what_cron_systemd_and_the_self_test_start_exists() -> None:
    """Every word they use is one that the program takes."""
    units = [
        ROOT / "systemd" / name for name in ("cron", "befresh-agent-update.service", "befresh-agent-recover.service")
    ]
    calls = [line for unit in units for line in re.findall(r"/updater/befresh-update (.+)", unit.read_text())]
    assert len(calls) == 3
    for call in calls:
        done = subprocess.run([ROOT / "updater" / "befresh-update", *call.split(), "--help"], capture_output=True)
        assert done.returncode == 0, done.stderr
    done = subprocess.run([sys.executable, "-m", "befresh_agent", *SELF_TEST, "--help"], capture_output=True)
    assert done.returncode == 0, done.stderr


def test_the_command_says_where_there_is_nothing_to_update() -> None:
    assert not UPDATER.exists()
    done = subprocess.run([sys.executable, "-m", "befresh_agent", "update"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "git pull" in done.stderr


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ("[update]\nchannel = 3\n", "update.channel = 3: give a str"),
        ('[update]\nchannel = "stable"\n', "give one of auto, tags, branch"),
        ("[update]\nchanel = 3\n", "there is no such setting"),
        ("[update\n", "config.toml"),
        ('[update]\norigin = "--upload-pack=sh"\n', "does not begin with a dash"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, settings: str, why: str) -> None:
    layout = Layout(tmp_path)
    layout.settings.parent.mkdir(parents=True)
    layout.settings.write_text(settings)
    with pytest.raises(WrongSettings, match=why):
        read(layout)
