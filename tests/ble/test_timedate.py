"""Whether the clock is right, asked of timedated over a real D-Bus where the kernel may not be asked."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dbus_fast import Variant
from dbus_fast.aio import MessageBus

from befresh_agent.adapters.system import system_clock
from befresh_agent.adapters.system.system_clock import AskingPace, SyncWatch, synchronised

from .bus import PrivateBus
from .objects import PROPERTIES, Objects, Refused

_QUICK = AskingPace(answer_s=5.0, wrong_s=0.05, right_s=0.05)
_PATH, _NAME = "/org/freedesktop/timedate1", "org.freedesktop.timedate1"


@pytest.fixture(autouse=True)
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox forbids to ask the kernel."""
    monkeypatch.setattr(system_clock, "kernel_says", lambda: None)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """Of timesyncd; it is not there."""
    return tmp_path / "synchronized"


@pytest.fixture
async def timedated(bus: PrivateBus) -> AsyncIterator[Objects]:
    """Whoever sets the clock (chrony here), timedated knows by the kernel."""
    connection = await MessageBus(bus_address=bus.address).connect()
    objects = Objects(connection)
    objects.add(_PATH, {_NAME: {"NTPSynchronized": Variant("b", False), "NTP": Variant("b", False)}})
    await connection.request_name(_NAME)
    yield objects
    objects.stop()
    connection.disconnect()


async def until(watch: SyncWatch, right: bool) -> None:
    async with asyncio.timeout(10):
        while watch() is not right:
            await asyncio.sleep(0.01)


async def test_whoever_sets_the_clock_is_believed_and_no_longer_once_it_stops(timedated: Objects, mark: Path) -> None:
    async with SyncWatch(mark, _QUICK) as watch:
        assert not watch()
        for right in (True, False, True):
            timedated.set(_PATH, _NAME, NTPSynchronized=Variant("b", right))
            await until(watch, right)
            assert await synchronised(mark) is right


async def test_a_service_that_starts_with_a_right_clock_knows_it_at_once(timedated: Objects, mark: Path) -> None:
    timedated.set(_PATH, _NAME, NTPSynchronized=Variant("b", True))
    async with SyncWatch(mark) as watch:
        assert watch()


@pytest.mark.parametrize("trouble", ["refused", "nobody", "no bus"])
async def test_where_nobody_answers_the_mark_of_timesyncd_counts(
    bus: PrivateBus, timedated: Objects, mark: Path, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: object) -> None:
        raise Refused("org.freedesktop.DBus.Error.AccessDenied")

    if trouble == "refused":
        timedated.methods[PROPERTIES, "Get"] = refuse  # type: ignore[assignment]  # it never answers otherwise
    elif trouble == "nobody":
        await timedated.bus.release_name(_NAME)
    else:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
    assert not await synchronised(mark)
    mark.touch()
    assert await synchronised(mark)


async def test_one_that_never_answers_holds_up_nothing(timedated: Objects, mark: Path) -> None:
    async def hang(_: object) -> None:
        await asyncio.Event().wait()

    timedated.methods[PROPERTIES, "Get"] = hang  # type: ignore[assignment]  # it never answers
    async with asyncio.timeout(5), SyncWatch(mark, AskingPace(answer_s=0.1)) as watch:
        assert not watch()
