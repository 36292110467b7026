"""The real clock, and whether anything keeps it right: timesyncd, chrony, ntpsec, a GPS receiver.

A Pi has no clock that runs while it is off. The kernel knows by its error bound; a service that may not ask it
(ProtectClock) asks systemd-timedated over D-Bus.
"""

import asyncio
import contextlib
import ctypes
import time
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from befresh_agent.runtime.event_loop import within

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

_LOCALTIME = Path("/etc/localtime")
"""What the machine's time zone is, for whoever has none of its own."""

_CLUELESS_US = 16_000_000
"""The kernel's error bound grows up to this where nobody sets the clock."""


class SystemClock:
    """A process keeps the time zone that it began with; this one follows when the machine's is set."""

    def __init__(self, localtime: Path = _LOCALTIME) -> None:
        self._localtime = localtime
        self._zone: tuple[int, ...] | None = None

    def now(self) -> datetime:
        if (zone := _identity(self._localtime)) != self._zone:
            self._zone = zone
            time.tzset()
        return datetime.now().astimezone()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class NoonClock(SystemClock):
    """A clock on which it is always noon of one day."""

    def __init__(self, day: date) -> None:
        super().__init__()
        self._day = day

    def now(self) -> datetime:
        return datetime(self._day.year, self._day.month, self._day.day, 12).astimezone()


class _KernelTimex(ctypes.Structure):
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
    timex = _KernelTimex()
    # The sandbox of a systemd service (ProtectClock) forbids the call.
    if ctypes.CDLL(None).adjtimex(ctypes.byref(timex)) < 0:
        return None
    return int(timex.maxerror)


def kernel_says() -> bool | None:
    """Whether somebody keeps the clock right, by the kernel's error bound as timedatectl does; None if it is silent."""
    error_us = kernel_error_us()
    return None if error_us is None else error_us < _CLUELESS_US


def _identity(file: Path) -> tuple[int, ...] | None:
    """Another one whenever the file is another."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns


def boot_id() -> str:
    """Which run of the machine this is; empty where the kernel does not tell."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


MARK = Path("/run/systemd/timesync/synchronized")
"""timesyncd's own mark, for where nobody answers."""


@dataclass(frozen=True, slots=True)
class AskingPace:
    """Seconds: how long an answer may take, and the pause before the clock is asked again."""

    answer_s: float = 5.0
    wrong_s: float = 20.0
    right_s: float = 300.0
    """Once the clock is right it is asked rarely: timedated is started for it."""


_PACE = AskingPace()


class SyncWatch:
    """An async context manager; called, it tells whether the clock is known to be right."""

    def __init__(self, mark: Path = MARK, pace: AskingPace = _PACE) -> None:
        self._mark = mark
        self._pace = pace
        self._known = False
        self._asking: asyncio.Task[None] | None = None

    def __call__(self) -> bool:
        said = kernel_says()
        return self._known if said is None else said

    async def __aenter__(self) -> Self:
        if kernel_says() is None:
            self._known = await self._ask()
            self._asking = asyncio.create_task(self._ask_on())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._asking is not None:
            self._asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._asking

    async def _ask_on(self) -> None:
        while True:
            await asyncio.sleep(self._pace.right_s if self._known else self._pace.wrong_s)
            self._known = await self._ask()

    async def _ask(self) -> bool:
        return await _asked(self._mark, self._pace.answer_s)


async def synchronised(mark: Path = MARK) -> bool:
    """Whether the clock is known to be right, asked now."""
    said = kernel_says()
    return await _asked(mark, _PACE.answer_s) if said is None else said


async def _asked(mark: Path, answer_s: float) -> bool:
    """What timedated says; where it does not answer, what timesyncd has marked."""
    try:
        async with within(answer_s):
            return bool(await _property("NTPSynchronized"))
    except Exception:  # noqa: BLE001  # dbus-fast fails in many types; without it, or without a bus, the mark is left
        return _is_there(mark)


def _is_there(mark: Path) -> bool:
    return mark.exists()


async def _property(name: str) -> Any:
    from dbus_fast import BusType, Message, MessageType
    from dbus_fast.aio import MessageBus

    timedate = "org.freedesktop.timedate1"
    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        await bus.connect()
        question = Message(
            destination=timedate,
            path="/org/freedesktop/timedate1",
            interface="org.freedesktop.DBus.Properties",
            member="Get",
            signature="ss",
            body=[timedate, name],
        )
        reply = await bus.call(question)
        if reply is None or reply.message_type is MessageType.ERROR:
            raise OSError(reply and reply.error_name)
        return reply.body[0].value
    finally:
        bus.disconnect()
