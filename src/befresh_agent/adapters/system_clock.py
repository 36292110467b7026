"""The real clock, and whether somebody sets it right. A Pi has no clock that runs while it is off."""

import asyncio
import ctypes
import time
from datetime import datetime
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
_CLUELESS_US = 16_000_000
"""The kernel's error bound grows up to this where nobody sets the clock."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now().astimezone()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class _Timex(ctypes.Structure):
    """The beginning of the kernel's `struct timex`; no mode set: it is only asked."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_byte * 256),
    )


def kernel_error_us() -> int | None:
    """By how many microseconds the clock may be wrong at most; None where the kernel may not be asked."""
    timex = _Timex()
    # The sandbox of a systemd service (ProtectClock) forbids the call.
    if ctypes.CDLL(None).adjtimex(ctypes.byref(timex)) < 0:
        return None
    return int(timex.maxerror)


def synchronised() -> bool:
    """Whether NTP keeps the clock right: by the kernel's error bound, as timedatectl does, else by timesyncd's mark."""
    error_us = kernel_error_us()
    return _SYNCHRONISED.exists() if error_us is None else error_us < _CLUELESS_US


def boot_id() -> str:
    """Which run of the machine this is; empty where the kernel does not tell."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
