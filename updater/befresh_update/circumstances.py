"""What a failure may be due to that is not the release's own doing: settings, a signal, memory, the disk.

In: how something failed, and the machine before and after it. Out: the excuse in words, empty when there is none.
A release that has an excuse is told of and tried again. Only one that has none, while the one before it is well, is
condemned.
"""

import os
import signal
import tempfile
from collections.abc import Iterable
from pathlib import Path

from befresh_update.errors import WRONG_SETTINGS, Prevented, Unfit
from befresh_update.layout import Layout
from befresh_update.program import ProgramFailed

SETTINGS = "the settings are wrong (see: sudo befresh-agent config check)"
ENDED = "it was ended from outside, as when memory runs out"
_FROM_OUTSIDE = (signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGTERM)
_FULL = ("No space left on device", "disk is full", "Disk quota exceeded", "Read-only file system")
_NO_MEMORY = ("MemoryError", "Cannot allocate memory", "Resource temporarily unavailable")
_LITTLE = 8 * 1024 * 1024
"""Bytes: with less room than that anything may fail."""


class Circumstances:
    """The machine as it was before a release was tried."""

    def __init__(self, layout: Layout, data: Path) -> None:
        self._counters = layout.root / "proc/vmstat"
        self._places = (layout.home, data, Path(tempfile.gettempdir()))
        self._killed = _killed_for_memory(self._counters)

    def excuse(self, failed: Exception) -> str:
        """Why the release is not to blame for this, by what can be seen now."""
        if isinstance(failed, Prevented):
            return str(failed)
        if not isinstance(failed, Unfit | ProgramFailed):
            return "that was not its doing"
        if isinstance(failed, ProgramFailed) and (why := _by_its_end(failed.ended_with)):
            return why
        said = f"{failed}\n{failed.said if isinstance(failed, ProgramFailed) else ''}"
        if _any(_NO_MEMORY, said) or _killed_for_memory(self._counters) > self._killed:
            return "memory ran out"
        if _any(_FULL, said):
            return "the disk is full"
        return next((f"the disk is full: {place}" for place in self._places if _is_full(place)), "")

    @property
    def full(self) -> bool:
        """Whether there is no room even for what is built already."""
        return any(map(_is_full, self._places))


def _by_its_end(code: int | None) -> str:
    """A shell reports a signal as 128 and its number."""
    if code == WRONG_SETTINGS:
        return SETTINGS
    return ENDED if code is not None and any(code in {-n, 128 + n} for n in _FROM_OUTSIDE) else ""


def _any(words: Iterable[str], said: str) -> bool:
    return any(word in said for word in words)


def _killed_for_memory(counters: Path) -> int:
    """So many processes has the kernel ended for want of memory, of whichever control group."""
    try:
        facts = dict(line.split() for line in counters.read_text(encoding="utf-8").splitlines())
        return int(facts["oom_kill"])
    except (OSError, ValueError, KeyError):
        return 0


def _is_full(place: Path) -> bool:
    try:
        disk = os.statvfs(place)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LITTLE or (disk.f_files > 0 and disk.f_favail == 0)
