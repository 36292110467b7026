"""Where the agent keeps its memory: room, and how worn the card is."""

import os
from pathlib import Path

from befresh_agent.doctor.check import Check, absent, broken, ok, warning
from befresh_agent.doctor.patient import Patient
from befresh_agent.places import state_dir

_TIGHT_MB = 500
_WEAR = {1: "normal", 2: "warning", 3: "urgent"}
"""`pre_eol_info` of an eMMC or a card that tells it (JEDEC JESD84)."""


def disk(patient: Patient) -> list[Check]:
    folder = _existing(state_dir(patient.settings.agent))
    return [_room(patient, folder), _wear(patient), _file_systems(patient)]


def _existing(folder: Path) -> Path:
    """The folder, or where it will be made."""
    return next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))


def _room(patient: Patient, folder: Path) -> Check:
    name, most_mb = "disk", patient.settings.delivery.size_mb
    seen = os.statvfs(folder)
    free_mb = seen.f_bavail * seen.f_frsize // 1_000_000
    if seen.f_flag & os.ST_RDONLY:
        return broken(name, f"{folder} is read-only", "switch the overlay file system off (raspi-config), then restart")
    if not os.access(folder, os.W_OK):
        return broken(name, f"{folder} is closed to this user", "run as the service's user: sudo befresh-agent doctor")
    if free_mb < most_mb:
        return broken(name, f"{free_mb} MB free at {folder}", "sudo apt clean; sudo journalctl --vacuum-size=50M")
    if free_mb < _TIGHT_MB:
        return warning(name, f"{free_mb} MB free at {folder}", "sudo apt clean; sudo journalctl --vacuum-size=50M")
    return ok(name, f"{free_mb / 1000:.1f} GB free at {folder}")


def _wear(patient: Patient) -> Check:
    """As the storage tells it; most SD cards do not."""
    name = "card wear"
    for card in sorted(patient.root.glob("sys/block/mmcblk[0-9]/device")):
        where = str(card.relative_to(patient.root))
        used, phase = _number(patient.read(f"{where}/life_time")), _number(patient.read(f"{where}/pre_eol_info"))
        if used is None and phase is None:
            continue
        detail = f"at most {min((used or 0) * 10, 100)} % of its life used"
        if (used or 0) >= 10 or phase == 3:
            return broken(name, detail, "copy it to a new card now")
        if (used or 0) >= 8 or phase == 2:
            return warning(name, detail, "copy it to a new card soon")
        return ok(name, detail)
    return absent(name, "the storage does not tell")


def _number(text: str | None) -> int | None:
    """The larger of the numbers in a line such as `0x01 0x02`."""
    try:
        return max(int(part, 16) for part in (text or "").split())
    except ValueError:
        return None


def _file_systems(patient: Patient) -> Check:
    """Errors that ext4 has counted since it was last checked."""
    bad = [
        path.parent.name
        for path in sorted(patient.root.glob("sys/fs/ext4/*/errors_count"))
        if (patient.read(str(path.relative_to(patient.root))) or "0") != "0"
    ]
    if bad:
        remedy = "make a backup, add `fsck.mode=force fsck.repair=yes` to /boot/firmware/cmdline.txt once, and restart"
        return broken("file system", f"errors on {', '.join(bad)}", remedy)
    return ok("file system", "no errors counted")
