"""Every verb with bad input, on a narrow terminal and in a pipe: `scripts/bad_input.py` finds nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "bad_input.py"


@pytest.mark.slow
@pytest.mark.timeout(900)  # half a minute where nobody else works
@pytest.mark.usefixtures("unmeasured_programs")
def test_no_traceback_and_no_id_cut() -> None:
    tried = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, timeout=800, check=False)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    commands = int(tried.stdout.splitlines()[-1].split()[0])
    assert commands > 300, "it goes through them all"
