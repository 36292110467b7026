"""The commands on an installed fridge, for the person who logs in: the state is another user's."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

NOBODY = 65534
DROPPED = """
import encodings.ascii, encodings.idna, os, sys
from importlib import import_module
from befresh_agent.cli.verbs import VERBS, start
from befresh_agent.cli.guard import guarded
for verb in VERBS.values():
    import_module("befresh_agent.cli." + verb.module)
if os.geteuid() == 0:
    os.setuid(65534)
sys.argv = ["befresh-agent", *sys.argv[1:]]
os._exit(guarded(start, sys.argv[1:]))
"""


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[Path]:
    """A state directory that root keeps for itself; root's home, where the tests are not root's."""
    if os.geteuid() != 0:
        yield Path("/root")
        return
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    for place in (tmp_path, *tmp_path.parents[:-1]):
        place.chmod(place.stat().st_mode | 0o055)
    folder.chmod(0o700)
    yield folder


def as_somebody_else(foreign: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {
        "BEFRESH_AGENT_STATE_DIR": str(foreign),
        "BEFRESH_AGENT_RUNTIME_DIR": str(foreign),
        "XDG_CONFIG_HOME": "/",
        "BEFRESH_FRIDGE_ID": "17",
        "BEFRESH_PAGE_HOST": "0.0.0.0",
    }
    command = [sys.executable, "-c", DROPPED, *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=100)


@pytest.mark.parametrize(
    "words",
    [
        "run",
        "status",
        "page",
        "page --qr",
        "page --new-token",
        "outbox list",
        "outbox show 1",
        "outbox retry",
        "outbox export",
        "outbox name 01a2 x",
        "containers list",
        "containers add FB:89:EB:22:95:84",
        "containers remove kimchi",
        "containers read kimchi",
        "containers export",
        "containers sheet",
        "plan --from-history",
    ],
)
def test_it_says_whose_it_is_and_what_to_do(foreign: Path, words: str) -> None:
    done = as_somebody_else(foreign, *words.split())
    assert done.returncode == 1, done
    (line,) = done.stderr.splitlines()
    assert f"befresh-agent: {foreign}" in line
    assert "belongs to root; do it as root, or set agent.state_dir" in line


@pytest.mark.slow
def test_doctor_has_no_remedy_that_would_frighten(foreign: Path) -> None:
    done = as_somebody_else(foreign, "doctor", "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    for name in ("memory", "disk", "agent"):
        assert checks[name]["detail"].endswith("belongs to root"), checks[name]
        assert checks[name]["remedy"].startswith("do it as root"), checks[name]
