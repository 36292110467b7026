"""Updates at the real paths: root updates, and the service's user runs what it made. To be tested by root only."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.update.machine import PATIENCE_S
from tests.update.real_user import PLAYS, PYTHON
from tests.update.upstream import ROOT

pytestmark = pytest.mark.timeout(600)
OF_ITS_OWN = ("/opt", "/home", "/run", "/srv", "/var/lib", "/var/log", "/usr/local/bin")
ALONE = f"""set -e
cp -a /etc "$1/etc"
mount --bind "$1/etc" /etc
for folder in {" ".join(OF_ITS_OWN)}; do mount -t tmpfs -o mode=755 tmpfs $folder; done
exec "$2" -m tests.update.real_user "$1" "$3"
"""
SUITABLE = "import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"


@pytest.fixture
def folder(place: Path) -> Path:
    """On the machine's memory, and empty."""
    folder = place / "p"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


@pytest.mark.parametrize("play", PLAYS)
def test_as_root_with_a_user_of_its_own(folder: Path, play: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("who owns what after an update is NOT TESTED: that takes root")
    if subprocess.run([PYTHON, "-c", SUITABLE], capture_output=True).returncode:
        pytest.skip(f"who owns what after an update is NOT TESTED: {PYTHON} is no Python 3.11 to 3.13 with venv")
    if subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("who owns what after an update is NOT TESTED: this machine does not let us mount anything")
    command = ["unshare", "--mount", "sh", "-c", ALONE, "sh", str(folder), sys.executable, play]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'updater'}"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, timeout=PATIENCE_S, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
