"""Where the agent keeps its data: room, how worn the card is, whether the database can be read, what waits for a
person.
"""

import os
from pathlib import Path

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.doctor.check import CheckResult, ExaminedMachine, absent, broken, ok, warning
from befresh_agent.errors import BelongsToAnother, StoreError
from befresh_agent.ports.storage import OutboxStatus
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.runtime.remedies import closed
from befresh_agent.settings.paths import database_file, state_dir
from befresh_agent.storage.database import Database
from befresh_agent.storage.store import OutboxStore

_TIGHT_MB = 500

_WORN_SOON, _WORN_NOW = 2, 3
"""`pre_eol_info` of an eMMC or a card that tells it (JEDEC JESD84)."""


def disk(patient: ExaminedMachine) -> list[CheckResult]:
    folder = _existing(state_dir(patient.settings.agent))
    return [_room(patient, folder), _wear(patient), _file_systems(patient)]


def _existing(folder: Path) -> Path:
    """The folder, or where it will be made."""
    return next((place for place in (folder, *folder.parents) if os.path.exists(place)), Path("/"))  # noqa: PTH110


def _room(patient: ExaminedMachine, folder: Path) -> CheckResult:
    name, most_mb = "disk", patient.settings.delivery.size_mb
    seen = os.statvfs(folder)
    free_mb = seen.f_bavail * seen.f_frsize // 1_000_000
    if seen.f_flag & os.ST_RDONLY:
        return broken(name, f"{folder} is read-only", "switch the overlay file system off (raspi-config), then restart")
    if not os.access(folder, os.W_OK):
        another = closed(folder)
        return broken(name, another.detail, another.remedy)
    if free_mb < most_mb:
        return broken(name, f"{free_mb} MB free at {folder}", "sudo apt clean; sudo journalctl --vacuum-size=50M")
    if free_mb < _TIGHT_MB:
        return warning(name, f"{free_mb} MB free at {folder}", "sudo apt clean; sudo journalctl --vacuum-size=50M")
    return ok(name, f"{free_mb / 1000:.1f} GB free at {folder}")


def _wear(patient: ExaminedMachine) -> CheckResult:
    """As the storage tells it; most SD cards do not."""
    name = "card wear"
    for card in sorted(patient.root.glob("sys/block/mmcblk[0-9]/device")):
        where = str(card.relative_to(patient.root))
        used, phase = _number(patient.read(f"{where}/life_time")), _number(patient.read(f"{where}/pre_eol_info"))
        if used is None and phase is None:
            continue
        detail = f"at most {min((used or 0) * 10, 100)} % of its life used"
        if (used or 0) >= 10 or phase == _WORN_NOW:
            return broken(name, detail, "copy it to a new card now")
        if (used or 0) >= 8 or phase == _WORN_SOON:
            return warning(name, detail, "copy it to a new card soon")
        return ok(name, detail)
    return absent(name, "the storage does not tell")


def _number(text: str | None) -> int | None:
    """The larger of the numbers in a line such as `0x01 0x02`."""
    try:
        return max(int(part, 16) for part in (text or "").split())
    except ValueError:
        return None


def _file_systems(patient: ExaminedMachine) -> CheckResult:
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


_DATABASE = "memory"


async def memory(patient: ExaminedMachine) -> list[CheckResult]:
    file = database_file(state_dir(patient.settings.agent))
    try:
        summary = await _summary(patient, file)
    except FileNotFoundError:
        return [absent(_DATABASE, "no agent has run yet")]
    except BelongsToAnother as error:
        return [broken(_DATABASE, error.detail, error.remedy)]
    except StoreError as error:
        return [broken(_DATABASE, str(error), "restart the agent: it repairs its database, or sets it aside")]
    return [ok(_DATABASE, f"{summary.waiting} messages wait in {file}"), *_for_a_person(summary)]


async def _summary(patient: ExaminedMachine, file: Path) -> OutboxStatus:
    if not _is_there(file):
        raise FileNotFoundError(file)
    settings = patient.settings
    async with Database(file, size_mb=settings.delivery.size_mb, owner=False) as database:
        store = OutboxStore(database, fridge_id=None, topics=settings.kafka, clock=SystemClock(), events=EventBus())
        return await store.summary()


def _is_there(file: Path) -> bool:
    try:
        return file.exists()
    except PermissionError as error:
        raise closed(file) from error


def _for_a_person(summary: OutboxStatus) -> list[CheckResult]:
    found = []
    if summary.dead:
        remedy = "see why with `befresh-agent outbox list`, then `befresh-agent outbox retry`"
        found.append(warning("messages", f"{summary.dead} were refused by the broker", remedy))
    if summary.unnamed:
        found.append(warning("foods", f"{summary.unnamed} without a name", "befresh-agent outbox name ID NAME"))
    return found
