"""The self-test: good here as it is, and it notices each part that is not."""

import sys
from pathlib import Path

import pytest

from befresh_agent.doctor import self_test as self_tests
from befresh_agent.doctor.check import State, worst
from befresh_agent.doctor.self_test import self_test


async def test_without_any_device_all_is_well(home: Path) -> None:
    before = set(home.rglob("*"))
    checks = await self_test()
    assert [check.name for check in checks] == ["settings", "vision", "wake word", "names", "outbox"]
    assert worst(checks) is State.OK, checks
    assert set(home.rglob("*")) == before  # nothing but its own folder was written


async def test_processes_that_cannot_start_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    states = {check.name: check.state for check in await self_test()}
    assert states["vision"] is states["wake word"] is states["names"] is State.BROKEN
    assert states["outbox"] is State.OK


async def test_settings_that_are_not_understood_are_noticed(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[fridge]\ncolour = 'blue'\n")
    settings = (await self_test(file))[0]
    assert (settings.name, settings.state) == ("settings", State.BROKEN)


async def test_a_part_that_hangs_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_tests, "_LIMIT", 0)
    checks = await self_test()
    assert {check.state for check in checks[1:]} == {State.BROKEN}


async def test_a_wrong_reading_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("befresh_agent.doctor.trials.vision._SHOWN", {"milk.jpg": "2031-01-01"})
    vision = (await self_test())[1]
    assert (vision.state, "2030-03-15 was read" in vision.detail) == (State.BROKEN, True)
