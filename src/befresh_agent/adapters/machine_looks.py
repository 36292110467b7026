"""Looks at the machine for troubles that no stage would notice. In: files of the system. Out: a trouble, or None."""

import hashlib
import json
import shutil
import time
from functools import partial
from pathlib import Path

from befresh_agent.domain.trouble import Look, Trouble

OUTCOME = Path("opt/befresh-agent/state/outcome")
"""How the last update ended, as the updater notes it (updater/befresh_update/journal.py)."""
_GOOD, _LATER = 0, 75
_TOO_LONG_S = 35 * 86400
_LITTLE_MB = 200


def looks(state: Path, root: Path = Path("/")) -> tuple[Look, ...]:
    """All of them; `state` is where the agent keeps its data."""
    return partial(updates, root), partial(power, root), partial(disk, state)


def updates(root: Path) -> Trouble | None:
    """The last update failed, or none has done well for weeks."""
    try:
        told = json.loads((root / OUTCOME).read_text(encoding="utf-8"))
        code, line, at, good_at = told["code"], str(told["line"]), float(told["at"]), float(told.get("good_at") or 0)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if code not in (_GOOD, _LATER):
        return Trouble("updates", f"the last update failed: {line}", "sudo befresh-agent update")
    if good_at and time.time() - max(good_at, at) > _TOO_LONG_S:
        return Trouble("updates", "no update was looked for since weeks", "sudo befresh-agent update --status")
    return None


def power(root: Path) -> Trouble | None:
    """The commonest cause of whatever goes wrong on a Pi."""
    bits = throttled(root) or 0
    if not (bits | bits >> SINCE_START) & UNDERVOLTAGE:
        return None
    when = "right now" if bits & UNDERVOLTAGE else "at times since the start"
    return Trouble("power", f"too little voltage {when}", "use the official power supply and a short cable")


def disk(state: Path) -> Trouble | None:
    try:
        free = shutil.disk_usage(state).free // 2**20
    except OSError:
        return None
    return Trouble("disk", f"{free} MB are free on {state}", "make room") if free < _LITTLE_MB else None


_NAMES = ("proc/device-tree/serial-number", "sys/firmware/devicetree/base/serial-number", "etc/machine-id")
"""A Pi's processor has a number of its own; elsewhere the installation has."""


def machine_mark(root: Path = Path("/")) -> str:
    """Empty where nothing tells one machine from another."""
    for name in _NAMES:
        try:
            number = (root / name).read_text(encoding="ascii", errors="replace").strip("\0\n ")
        except OSError:
            continue
        if number.strip("0"):
            return hashlib.sha256(f"befresh-agent {number}".encode()).hexdigest()[:16]
    return ""


UNDERVOLTAGE, SLOWED, HOT = 0x1, 0x2 | 0x4, 0x8


SINCE_START = 16
"""The same bits, so much higher: it happened since the start."""


_FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"


def throttled(root: Path = Path("/")) -> int | None:
    """Its bits; None where nobody tells."""
    if (text := _read(root / _FIRMWARE)) is not None:
        return hexadecimal(text)
    for sensor in root.glob("sys/class/hwmon/hwmon*"):
        if _read(sensor / "name") == "rpi_volt":
            return UNDERVOLTAGE if _read(sensor / "in0_lcrit_alarm") == "1" else 0
    return None


def hexadecimal(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0\n ")
    except OSError:
        return None
