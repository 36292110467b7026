"""Plain Debian on a Pi has no package for some of the hardware: what the installer says of it."""

import subprocess
from pathlib import Path

import pytest

from tests.machines import path_with, program

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("python", "architecture", "there", "lacks"),
    [
        ("3.13", "arm64", "", "the Pi's own camera"),
        ("3.11", "arm64", "", "the Pi's own camera"),
        ("3.13", "arm64", "python3-picamera2 python3-rpi-lgpio python3-lgpio", ""),
        ("3.13", "amd64", "", ""),
    ],
    ids=["plain Debian 13", "plain Debian 12", "Raspberry Pi OS 13", "a PC"],
)
def test_what_plain_debian_lacks_is_one_line(
    tmp_path: Path, python: str, architecture: str, there: str, lacks: str
) -> None:
    program(tmp_path, "python", f"exit {int(python < '3.12')}")
    program(tmp_path, "apt-cache", f'case " {there} " in *" $2 "*) ;; *) exit 100 ;; esac')
    program(tmp_path, "dpkg", f"echo {architecture}")
    program(tmp_path, "dpkg-query", "exit 1")
    script = f"me=install PYTHON={tmp_path}/python; source scripts/debian.sh; source scripts/install/machine.sh"
    done = subprocess.run(
        ["bash", "-c", f"{script}; say_what_plain_debian_lacks; echo would install: $(from_raspberry_pi)"],
        cwd=ROOT,
        env={"PATH": path_with(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    said = f"install: only Raspberry Pi OS has the package for {lacks}; what works here: docs/hardware.md"
    assert done.stdout.splitlines() == [*([said] if lacks else []), f"would install: {there}".rstrip()]
