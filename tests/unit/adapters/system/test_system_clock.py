import time
from pathlib import Path

import pytest

from befresh_agent.adapters.system import system_clock
from befresh_agent.adapters.system.system_clock import (
    SyncWatch,
    SystemClock,
    boot_id,
    kernel_error_us,
    kernel_says,
    synchronised,
)


def test_the_kernel_tells_how_wrong_the_clock_may_be() -> None:
    error_us = kernel_error_us()

    assert error_us is None or 0 <= error_us <= 16_000_000


@pytest.mark.parametrize(("error_us", "right"), [(0, True), (250_000, True), (16_000_000, False), (None, None)])
def test_a_clock_that_nobody_sets_is_not_synchronised(
    error_us: int | None, right: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_clock, "kernel_error_us", lambda: error_us)

    assert kernel_says() is right


async def test_where_the_kernel_may_be_asked_nobody_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_clock, "kernel_error_us", lambda: 0)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
    async with SyncWatch() as watch:
        assert watch()
        assert await synchronised()
        monkeypatch.setattr(system_clock, "kernel_error_us", lambda: 16_000_000)
        assert not watch()


def test_the_zone_follows_when_the_machine_s_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without that, a process keeps the zone that it began with."""
    localtime = tmp_path / "localtime"
    clock = SystemClock(localtime)
    try:
        for zone, offset in (("Asia/Seoul", 9), ("America/Bogota", -5), ("Asia/Seoul", 9), ("UTC", 0)):
            monkeypatch.setenv("TZ", zone)
            new = tmp_path / "new"
            new.write_text(zone)
            new.replace(localtime)
            assert clock.now().utcoffset().total_seconds() == offset * 3600  # type: ignore[union-attr]  # it is aware
        localtime.unlink()
        assert clock.now().utcoffset() is not None
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_run_of_the_machine_has_one_name() -> None:
    assert boot_id() == boot_id()
    assert len(boot_id()) == 36
