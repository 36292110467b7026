"""One line of the doctor's table, what is examined, whether somebody uses it, and remedies that this system can follow.

Some Debian packages are in Raspberry Pi's archive only: on plain Debian there is nothing to install.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from befresh_agent.errors import DeviceError
from befresh_agent.runtime.subprocesses import ProgramResult, run_program
from befresh_agent.settings.model import Settings


class CheckState(StrEnum):
    OK = "ok"
    ABSENT = "not here"
    """Nobody expects it on this machine, such as pins on a laptop, or it is switched off."""
    WARNING = "warning"
    """It works; something should be done all the same."""
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of the table. Whatever is not all right has exactly one remedy."""

    name: str
    state: CheckState
    detail: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        return {"name": self.name, "state": str(self.state), "detail": self.detail, "remedy": self.remedy}


def ok(name: str, detail: str) -> CheckResult:
    return CheckResult(name, CheckState.OK, detail)


def absent(name: str, detail: str) -> CheckResult:
    return CheckResult(name, CheckState.ABSENT, detail)


def warning(name: str, detail: str, remedy: str) -> CheckResult:
    return CheckResult(name, CheckState.WARNING, detail, remedy)


def broken(name: str, detail: str, remedy: str) -> CheckResult:
    return CheckResult(name, CheckState.BROKEN, detail, remedy)


def lacking(name: str, trouble: DeviceError) -> CheckResult:
    """Something is broken because of that."""
    return broken(name, trouble.detail, trouble.remedy)


def worst(checks: Iterable[CheckResult]) -> CheckState:
    """The worst state among them; things that are not here are no trouble."""
    found = {check.state for check in checks}
    return next((state for state in (CheckState.BROKEN, CheckState.WARNING) if state in found), CheckState.OK)


@dataclass(frozen=True, slots=True)
class ExaminedMachine:
    """`root` is where the machine's /proc, /sys and /etc are found."""

    settings: Settings
    root: Path = Path("/")
    withheld: frozenset[str] = frozenset()
    """Secrets that the service gets and this user may not read."""

    def read(self, path: str) -> str | None:
        """The text of one of the system's files, such as `proc/meminfo`; None where it cannot be had."""
        try:
            return (self.root / path).read_text(encoding="utf-8", errors="replace").strip("\0\n ")
        except OSError:
            return None

    @property
    def model(self) -> str:
        """Which Raspberry Pi this is; empty where it is none."""
        model = self.read("proc/device-tree/model") or ""
        return model if "Raspberry Pi" in model else ""

    @property
    def is_pi(self) -> bool:
        """Whether the fridge's devices are expected here."""
        return bool(self.model)


async def install(package: str) -> str:
    """The remedy that this system can follow."""
    known = await run_program("apt-cache", "show", package)
    if known.code in {0, None}:  # known, or nobody can tell
        return f"sudo apt install {package}"
    return f"only Raspberry Pi OS has {package}; what plain Debian can do: docs/hardware.md"


def failed(name: str, answer: ProgramResult, remedy: str) -> CheckResult:
    """What to say of a program or library that did not do well; being slow is not being absent."""
    if answer.late:
        return warning(name, answer.trouble, "look again when this machine has less to do")
    return broken(name, answer.trouble, remedy)
