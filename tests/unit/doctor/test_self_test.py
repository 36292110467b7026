"""The self-test: good here as it is, and it notices each part that is not."""

import sys
from pathlib import Path

import pytest

from befresh_agent.doctor.check import CheckState, worst
from befresh_agent.doctor.self_test import self_test
from befresh_agent.doctor.trials import vision
from befresh_agent.errors import BefreshError


async def test_without_any_device_all_is_well(home: Path) -> None:
    before = set(home.rglob("*"))
    checks = await self_test()
    assert [check.name for check in checks] == ["settings", "vision", "wake word", "names", "outbox"]
    assert worst(checks) is CheckState.OK, checks
    assert set(home.rglob("*")) == before  # nothing but its own folder was written


async def test_processes_that_cannot_start_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    states = {check.name: check.state for check in await self_test()}
    assert states["vision"] is states["wake word"] is states["names"] is CheckState.BROKEN
    assert states["outbox"] is CheckState.OK


async def test_settings_that_are_not_understood_are_noticed(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[fridge]\ncolour = 'blue'\n")
    settings = (await self_test(file))[0]
    assert (settings.name, settings.state) == ("settings", CheckState.BROKEN)


async def test_a_part_that_hangs_is_bounded() -> None:
    checks = await self_test(limit=0)
    assert {check.state for check in checks[1:]} == {CheckState.BROKEN}


async def test_a_wrong_reading_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(BefreshError, match=r"2030-03-15 was read in milk\.jpg, not 2031-01-01"):
        await vision(tmp_path, hang_s=15, shown={"milk.jpg": "2031-01-01"})
