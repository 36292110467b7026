"""The whole examination, on this machine and on machines made of files."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from befresh_agent.doctor.check import CheckResult, CheckState, ExaminedMachine, ok, worst
from befresh_agent.doctor.checkup import CheckSubject, checkup, on_a_thread
from tests.machines import PI, machine

DEVICES = {"camera", "pins", "microphone", "loudspeaker", "bluetooth", "power"}


def named(checks: Iterable[CheckResult]) -> dict[str, CheckResult]:
    return {check.name: check for check in checks}


async def test_on_a_laptop_missing_devices_are_not_here_rather_than_broken(tmp_path: Path) -> None:
    checks = await checkup(root=machine(tmp_path))
    assert [check for check in checks if check.state is CheckState.BROKEN] == []
    assert {name for name, check in named(checks).items() if check.state is CheckState.ABSENT} >= DEVICES


async def test_on_a_pi_they_are_broken(tmp_path: Path) -> None:
    bare = {name: text for name, text in PI.items() if "model" in name}
    checks = named(await checkup(root=machine(tmp_path, bare)))
    assert {name for name, check in checks.items() if check.state is CheckState.BROKEN} >= DEVICES - {"power"}
    assert "Raspberry Pi 5" in checks["machine"].detail


async def test_whatever_is_wrong_has_one_remedy_and_nothing_else_has_any(tmp_path: Path) -> None:
    checks = await checkup(root=machine(tmp_path, {"proc/device-tree/model": "Raspberry Pi 3"}))
    for check in checks:
        wrong = check.state in (CheckState.BROKEN, CheckState.WARNING)
        assert bool(check.remedy) == wrong, check
        assert "\n" not in check.detail + check.remedy


async def test_wrong_settings_are_one_line_and_the_rest_is_examined(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[fridge]\nid = -4\n")
    checks = named(await checkup(file, machine(tmp_path / "root")))
    assert checks["settings"].state is CheckState.BROKEN
    assert "fridge.id" in checks["settings"].detail
    assert checks["Python"].state is CheckState.OK


@pytest.mark.parametrize(
    ("text", "state"), [("", CheckState.BROKEN), ("[fridge]\nid = 17\n", CheckState.OK)], ids=["no fridge", "complete"]
)
async def test_settings_for_a_service_name_the_fridge(tmp_path: Path, text: str, state: CheckState) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    assert named(await checkup(file, machine(tmp_path / "root")))["settings"].state is state


async def test_a_check_that_hangs_or_fails_does_not_spoil_the_others(tmp_path: Path) -> None:
    async def hang(_: ExaminedMachine) -> list[CheckResult]:
        await asyncio.Event().wait()
        return []

    async def fail(_: ExaminedMachine) -> list[CheckResult]:
        raise RuntimeError("out of paper")

    async def fine(_: ExaminedMachine) -> list[CheckResult]:
        return [ok("fine", "indeed")]

    examinations = (CheckSubject("hangs", hang, 0.2), CheckSubject("fails", fail), CheckSubject("fine", fine))
    began = time.monotonic()
    checks = named(await checkup(root=machine(tmp_path), examinations=examinations))
    assert time.monotonic() - began < 5
    assert checks["hangs"].state is checks["fails"].state is CheckState.BROKEN
    assert "out of paper" in checks["fails"].detail
    assert checks["fine"].state is CheckState.OK


async def test_a_file_system_that_hangs_does_not_hold_it_up(tmp_path: Path) -> None:
    def stuck(_: ExaminedMachine) -> list[CheckResult]:
        time.sleep(30)
        return []

    began = time.monotonic()
    hanging = (CheckSubject("stuck", on_a_thread(stuck), 0.2),)
    checks = named(await checkup(root=machine(tmp_path), examinations=hanging))
    assert time.monotonic() - began < 5
    assert checks["stuck"].state is CheckState.BROKEN


def test_the_worst_state_speaks_for_all() -> None:
    states = (CheckState.OK, CheckState.ABSENT, CheckState.WARNING, CheckState.BROKEN)
    checks = [CheckResult("one", state, "") for state in states]
    assert [worst(checks[:number]) for number in (0, 2, 3, 4)] == [
        CheckState.OK,
        CheckState.OK,
        CheckState.WARNING,
        CheckState.BROKEN,
    ]
