"""What runs here: the agent, Python, the system, the machine."""

import platform
import struct
import sys

from befresh_agent import __version__
from befresh_agent.doctor.check import Check, broken, ok
from befresh_agent.doctor.patient import Patient

_OLDEST, _NEWEST = (3, 11), (3, 13)


def versions(patient: Patient) -> list[Check]:
    python = platform.python_version()
    system = f"{_release(patient)}, Linux {platform.release()}, {platform.machine()}"
    machine = patient.model or "not a Raspberry Pi"
    return [
        ok("version", f"befresh-agent {__version__} in {sys.prefix}"),
        _python(python),
        _machine(f"{machine}, {system}"),
    ]


def _python(version: str) -> Check:
    if not _OLDEST <= sys.version_info[:2] <= _NEWEST:
        return broken("Python", f"{version} is not 3.11, 3.12 or 3.13", "run scripts/install.sh again")
    return ok("Python", version)


def _machine(detail: str) -> Check:
    if struct.calcsize("P") < 8:
        return broken("machine", f"{detail}: a 32-bit system", "install the 64-bit Raspberry Pi OS")
    return ok("machine", detail)


def _release(patient: Patient) -> str:
    lines = (patient.read("etc/os-release") or "").splitlines()
    names = (line.partition("=")[2].strip('"') for line in lines if line.startswith("PRETTY_NAME="))
    return next(names, "unknown system")
