"""The whole examination, on this machine and on machines made of files."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from befresh_agent.doctor import checkup as checkups
from befresh_agent.doctor.check import Check, State, ok, worst
from befresh_agent.doctor.checkup import Examination, checkup
from befresh_agent.doctor.patient import Patient
from tests.machines import PI, machine

DEVICES = {"camera", "pins", "microphone", "loudspeaker", "bluetooth", "power"}


def named(checks: Iterable[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


async def test_on_a_laptop_missing_devices_are_not_here_rather_than_broken(tmp_path: Path) -> None:
    checks = await checkup(root=machine(tmp_path))
    assert [check for check in checks if check.state is State.BROKEN] == []
    assert {name for name, check in named(checks).items() if check.state is State.ABSENT} >= DEVICES


async def test_on_a_pi_they_are_broken(tmp_path: Path) -> None:
    bare = {name: text for name, text in PI.items() if "model" in name}
    checks = named(await checkup(root=machine(tmp_path, bare)))
    assert {name for name, check in checks.items() if check.state is State.BROKEN} >= DEVICES - {"power"}
    assert "Raspberry Pi 5" in checks["machine"].detail


async def test_whatever_is_wrong_has_one_remedy_and_nothing_else_has_any(tmp_path: Path) -> None:
    checks = await checkup(root=machine(tmp_path, {"proc/device-tree/model": "Raspberry Pi 3"}))
    for check in checks:
        wrong = check.state in (State.BROKEN, State.WARNING)
        assert bool(check.remedy) == wrong, check
        assert "\n" not in check.detail + check.remedy


async def test_wrong_settings_are_one_line_and_the_rest_is_examined(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[fridge]\nid = -4\n")
    checks = named(await checkup(file, machine(tmp_path / "root")))
    assert checks["settings"].state is State.BROKEN
    assert "fridge.id" in checks["settings"].detail
    assert checks["Python"].state is State.OK


@pytest.mark.parametrize(
    ("text", "state"), [("", State.BROKEN), ("[fridge]\nid = 17\n", State.OK)], ids=["no fridge", "complete"]
)
async def test_settings_for_a_service_name_the_fridge(tmp_path: Path, text: str, state: State) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    assert named(await checkup(file, machine(tmp_path / "root")))["settings"].state is state


async def test_a_check_that_hangs_or_fails_does_not_spoil_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_: Patient) -> list[Check]:
        await asyncio.Event().wait()
        return []

    async def fail(_: Patient) -> list[Check]:
        raise RuntimeError("out of paper")

    async def fine(_: Patient) -> list[Check]:
        return [ok("fine", "indeed")]

    examinations = (Examination("hangs", hang, 0.2), Examination("fails", fail), Examination("fine", fine))
    monkeypatch.setattr(checkups, "EXAMINATIONS", examinations)
    began = time.monotonic()
    checks = named(await checkup(root=machine(tmp_path)))
    assert time.monotonic() - began < 5
    assert checks["hangs"].state is checks["fails"].state is State.BROKEN
    assert "out of paper" in checks["fails"].detail
    assert checks["fine"].state is State.OK


async def test_a_file_system_that_hangs_does_not_hold_it_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(_: Patient) -> list[Check]:
        time.sleep(30)
        return []

    monkeypatch.setattr(checkups, "EXAMINATIONS", (Examination("stuck", checkups._aside(stuck), 0.2),))
    began = time.monotonic()
    checks = named(await checkup(root=machine(tmp_path)))
    assert time.monotonic() - began < 5
    assert checks["stuck"].state is State.BROKEN


def test_the_worst_state_speaks_for_all() -> None:
    states = (State.OK, State.ABSENT, State.WARNING, State.BROKEN)
    checks = [Check("one", state, "") for state in states]
    assert [worst(checks[:number]) for number in (0, 2, 3, 4)] == [State.OK, State.OK, State.WARNING, State.BROKEN]
