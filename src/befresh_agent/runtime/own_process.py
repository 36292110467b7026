"""The very process that runs: how much memory it has, and that it ends with its parent."""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def end_with_parent(how: signal.Signals = signal.SIGKILL) -> None:
    """From now on. More exactly: when the parent's thread ends that started this program."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, how)


def trim_memory() -> None:
    """Give to the system what the C library keeps of what was freed: pieces that are too small stay otherwise."""
    with suppress(OSError, AttributeError):  # not every C library has it
        ctypes.CDLL(None).malloc_trim(0)


def die_with(parent: int) -> None:
    """The same for a program that knows its parent's number: at once when that is gone already."""
    end_with_parent()
    if os.getppid() != parent:
        sys.exit()


def resident_mb() -> float:
    """All that is in memory, and 0 where the kernel does not say: there is no /proc in a bare root."""
    return _pages()[0] * os.sysconf("SC_PAGE_SIZE") / 1e6


def own_mb() -> float:
    """Without what other processes have, too, such as libraries; 0 where the kernel does not say."""
    resident, shared = _pages()
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _pages() -> tuple[int, int]:
    try:
        resident, shared = map(int, Path("/proc/self/statm").read_text(encoding="utf-8").split()[1:3])
    except OSError:
        return 0, 0
    return resident, shared
