"""The installed command: as whom it runs what."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.machines import path_with, program

WRAPPER = Path(__file__).parents[2] / "systemd" / "befresh-agent"


@pytest.mark.parametrize(
    ("user", "words", "runs_as"),
    [
        ("0", "status", "befresh"),
        ("0", "doctor", "befresh"),
        ("0", "doctor --self-test", "befresh"),
        ("0", "doctor --bundle /tmp/x", "itself"),  # only root may read the whole log
        ("0", "doctor --json --bundle=/tmp/x", "itself"),
        ("0", "update --check", "itself"),
        ("0", "config show", "itself"),
        ("1000", "doctor --bundle /tmp/x", "itself"),
        ("1000", "status", "itself"),
    ],
)
def test_root_hands_over_what_is_the_services(tmp_path: Path, user: str, words: str, runs_as: str) -> None:
    tools = tmp_path / "bin"
    program(tools, "agent", 'echo "itself $*"')
    program(tools, "id", f"echo {user}")
    program(tools, "setpriv", 'case "$*" in *--reuid=befresh*--regid=befresh*--init-groups*) echo "befresh $*" ;; esac')
    wrapper = tmp_path / "befresh-agent"
    wrapper.write_text(
        WRAPPER.read_text().replace("/opt/befresh-agent/current/.venv/bin/befresh-agent", str(tools / "agent"))
    )
    environment = os.environ | {"PATH": path_with(tools)}
    done = subprocess.run(
        ["sh", str(wrapper), *words.split()], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[0] == runs_as
    assert done.stdout.strip().endswith(words)
