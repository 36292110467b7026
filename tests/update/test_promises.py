"""What the updater promises by its form: needs nothing but Python, and agrees with the installer and the settings."""

import ast
import re
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest

from befresh_agent.cli.update import UPDATER
from befresh_agent.settings import paths
from befresh_agent.settings.model import UpdateSettings
from befresh_agent.settings.paths import SYSTEM_FILE
from befresh_update.errors import FAILED, WrongSettings
from befresh_update.journal import Journal, Outcome
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


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ('{"at": 9.5, "code": 0, "line": "", "good_at": 9.5}', Outcome(9.5, 0, "", 9.5)),
        ('{"at": 9, "code": 1, "line": "x", "good_at": 4, "took_s": 3}', Outcome(9, 1, "x", 4)),
        ('{"at": 9, "code": 1}', Outcome(9, 1, "", 0)),
        ('{"at": 9, "code": 1, "line": 7, "good_at": "x"}', Outcome(9, 1, "", 0)),
        ('{"code": 1}', None),
        ('{"at": 1e300, "code": 1}', None),
        ("[1]", None),
        ("[" * 100_000, None),
        ("", None),
    ],
)
def test_how_the_last_run_ended_is_read_as_far_as_it_is_understood(
    tmp_path: Path, said: str, outcome: Outcome | None
) -> None:
    (tmp_path / "outcome").write_text(said, encoding="utf-8")
    assert Journal(tmp_path).outcome == outcome


def test_settings_are_those_of_the_agent() -> None:
    """The updater reads the section by itself, as it must work without the agent."""
    assert Wishes() == Wishes(**UpdateSettings().model_dump())
    assert {field.name for field in fields(Wishes)} == set(UpdateSettings.model_fields)


def test_fridges_are_spread_over_the_rings_by_their_numbers(tmp_path: Path) -> None:
    def ring(text: str) -> int:
        layout = Layout(tmp_path)
        layout.settings.parent.mkdir(parents=True, exist_ok=True)
        layout.settings.write_text(text)
        return read(layout)[0].ring

    for first in (1, 90_000):
        counts = Counter(ring(f"[fridge]\nid = {number}") for number in range(first, first + 1000))
        assert (len(counts), min(counts.values()), max(counts.values())) == (100, 9, 11)
    assert ring("") == ring("[update]\nenabled = true") == 99
    assert ring("[fridge]\nid = 17\n[update]\nring = 0") == 0
    with pytest.raises(WrongSettings, match=r"update\.ring = 100"):
        ring("[update]\nring = 100")
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
    assert (layout.settings, layout.data) == (SYSTEM_FILE, paths.SYSTEM_STATE)
    assert layout.runtime == Path("/run") / paths.PROGRAM_NAME
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
