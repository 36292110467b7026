"""Setting up where memory is scarce: packages come a few at a time, and wait on the card instead of in memory."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = re.compile(r"^[A-Za-z0-9][^=]*==\S+", re.MULTILINE)


def test_a_lock_in_parts_is_the_lock(tmp_path: Path) -> None:
    script = f"me=setup; source scripts/pip.sh; in_parts requirements/run.lock {tmp_path}"
    subprocess.run(["bash", "-c", script], cwd=ROOT, check=True)
    parts = [path.read_text() for path in sorted(tmp_path.iterdir())]
    lock = (ROOT / "requirements" / "run.lock").read_text()
    assert [name for part in parts for name in PACKAGE.findall(part)] == PACKAGE.findall(lock)
    assert sum(part.count("--hash=") for part in parts) == lock.count("--hash=")
    assert max(len(PACKAGE.findall(part)) for part in parts) <= 8


def test_only_a_small_machine_takes_them_so(tmp_path: Path) -> None:
    small = "is_small && echo small || echo large"
    said = f"me=setup; source scripts/pip.sh; {small}; small_mb=99999999; {small}"
    done = subprocess.run(["bash", "-c", said], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == "large\nsmall\n"


def test_a_release_keeps_its_temporary_files_on_the_card() -> None:
    script = (ROOT / "scripts" / "setup.sh").read_text()
    assert "export TMPDIR=$PWD/.tmp" in script
    assert script.index("export TMPDIR") < script.index("install_locked")
