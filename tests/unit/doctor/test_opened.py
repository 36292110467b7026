"""Camera, pins, microphone and loudspeaker are really opened, where nobody uses them; slow is not absent."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import gpiod
import pytest

from befresh_agent.adapters.gpio.gpiod_devices import CHOICE, LineButton
from befresh_agent.doctor.check import CheckResult, CheckState, ExaminedMachine, failed, ok
from befresh_agent.doctor.checks import devices_check, pins_check, voice_check
from befresh_agent.doctor.in_use import in_use
from befresh_agent.runtime.subprocesses import run_python
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import control_socket
from befresh_agent.status.status_socket import answering
from tests.alsa import sound_card
from tests.contract.kernel_lines import Lines, chips, kernel
from tests.contract.test_camera import STAND_IN
from tests.spoken import quiet, spoken


@pytest.fixture
def here(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExaminedMachine:
    """This machine, with sound cards made of files, and a camera's stand-in."""
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(sound_card(tmp_path)))
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN))
    monkeypatch.setattr(voice_check, "_card", lambda patient, name, *_: ok(name, "a card"))
    monkeypatch.setattr(ExaminedMachine, "is_pi", True)
    return ExaminedMachine(
        Settings.model_validate({"voice": {"microphone": "arecord"}, "agent": {"runtime_dir": home}})
    )


async def test_a_microphone_that_hears_says_how_well(here: ExaminedMachine, tmp_path: Path) -> None:
    (tmp_path / "mic.raw").write_bytes(spoken("사과") + quiet(3))
    [check] = await voice_check.microphone(here)
    assert (check.state, "hears the room at" in check.detail) == (CheckState.OK, True)


async def test_a_microphone_that_is_listed_and_deaf_or_broken_is_not_well(
    here: ExaminedMachine, tmp_path: Path
) -> None:
    (tmp_path / "mic.raw").write_bytes(bytes(64_000))
    [check] = await voice_check.microphone(here)
    assert (check.state, check.remedy) == (CheckState.WARNING, "befresh-agent sound test")
    (tmp_path / "mic.raw").unlink()
    [check] = await voice_check.microphone(here)
    assert check.state is CheckState.BROKEN


async def test_a_loudspeaker_is_played_on(
    here: ExaminedMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [check] = await voice_check.player(here)
    assert (check.state, check.detail) == (CheckState.OK, "a card; it plays")
    monkeypatch.setenv("ALSA_CONFIG_PATH", "/nowhere")
    [check] = await voice_check.player(here)
    assert check.state is CheckState.BROKEN


async def test_a_picture_is_taken(here: ExaminedMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    [check] = await devices_check.camera(here)
    assert (check.state, check.detail) == (CheckState.OK, "imx708; a picture of 1536 x 864")
    monkeypatch.setenv("PICAMERA2_STAND_IN", json.dumps({"refusal": "it is busy"}))
    [check] = await devices_check.camera(here)
    assert (check.state, check.detail) == (CheckState.BROKEN, "it is busy")


Opened = tuple[list[Lines], dict[int, str], list[int | None]]


@pytest.fixture
def lines(here: ExaminedMachine, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Who has lines of the header: this program, others; and how long an echo is, in nanoseconds."""
    made, others, echo = list[Lines](), dict[int, str](), [3_000_000, None]
    monkeypatch.setenv(CHOICE, "11")
    monkeypatch.setattr(gpiod, "request_lines", kernel(made, lambda: echo[0]))
    monkeypatch.setattr(gpiod, "Chip", chips(made, others))
    monkeypatch.setattr(pins_check, "labels", lambda _: {11: "pinctrl-rp1"})
    return made, others, echo


async def told_of_pins(here: ExaminedMachine) -> dict[str, CheckResult]:
    return {check.name: check for check in await pins_check.pins(here)}


async def test_what_hangs_on_the_pins_is_opened_and_let_go(here: ExaminedMachine, lines: Opened) -> None:
    made, _, echo = lines
    found = await told_of_pins(here)
    assert {check.state for check in found.values()} == {CheckState.OK}
    assert (found["button"].detail, found["distance sensor"].detail) == ("can be opened", "something is 52 cm away")
    assert [one.settings for one in made] == [{}, {}], "nobody has them any more"
    echo[0] = None
    silent = (await told_of_pins(here))["distance sensor"]
    assert (silent.state, "5 V supply" in silent.remedy) == (CheckState.WARNING, True)


async def test_a_light_is_tried_where_there_is_one(here: ExaminedMachine, lines: Opened) -> None:
    assert "status light" not in await told_of_pins(here)
    gpio = here.settings.gpio.model_copy(update={"led_pin": 25})
    lit = replace(here, settings=here.settings.model_copy(update={"gpio": gpio}))
    assert (await told_of_pins(lit))["status light"].state is CheckState.OK


async def test_what_the_running_agent_has_is_well(here: ExaminedMachine, lines: Opened) -> None:
    async with LineButton(here.settings.gpio):
        found = await told_of_pins(here)
    assert (found["button"].state, found["button"].detail) == (CheckState.OK, "in use by the agent")


@pytest.mark.parametrize("pin", [15, 23, 24])
async def test_a_pin_that_another_program_has_is_told_with_its_name(
    here: ExaminedMachine, lines: Opened, pin: int
) -> None:
    lines[1][pin] = "serial-console"
    name = "button" if pin == 15 else "distance sensor"
    check = (await told_of_pins(here))[name]
    assert (check.state, "serial-console" in check.detail) == (CheckState.BROKEN, True)
    assert [one.state for one in (await told_of_pins(here)).values() if one.name != name] == [CheckState.OK] * 2


async def test_no_pin_is_opened_while_a_session_is_open(here: ExaminedMachine, lines: Opened, home: Path) -> None:
    async def snapshot() -> dict[str, Any]:
        return {"session": {"items": []}}

    async with answering(control_socket(home), snapshot):
        assert list(await told_of_pins(here)) == ["pins"]
    assert lines[0] == []


async def test_nothing_is_opened_while_a_session_is_open(here: ExaminedMachine, home: Path) -> None:
    async def snapshot() -> dict[str, Any]:
        return {"session": {"state": "open"}}

    assert not await in_use(here)
    async with answering(control_socket(home), snapshot):
        assert await in_use(here)


async def test_a_library_that_takes_its_time_is_not_called_absent() -> None:
    check = failed("zbar", await run_python("import time; time.sleep(60)", 0.5), "sudo apt install libzbar0")
    assert (check.state, "longer than" in check.detail, "apt" in check.remedy) == (CheckState.WARNING, True, False)
