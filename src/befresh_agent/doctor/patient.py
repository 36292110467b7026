"""Who is examined: a machine and the settings of its agent."""

from dataclasses import dataclass
from pathlib import Path

from befresh_agent.settings import Settings


@dataclass(frozen=True, slots=True)
class Patient:
    """`root` is where the machine's /proc, /sys and /etc are found."""

    settings: Settings
    root: Path = Path("/")

    def read(self, path: str) -> str | None:
        """The text of one of the system's files, such as `proc/meminfo`; None where it cannot be had."""
        try:
            return (self.root / path).read_text(errors="replace").strip("\0\n ")
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
