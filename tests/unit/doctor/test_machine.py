"""Disk, power, heat, sound cards, credentials and the service, on machines made of files and with played programs."""

import os
from pathlib import Path

import pytest

from befresh_agent.doctor.check import Check, State
from befresh_agent.doctor.checks import disk, pins, power, reading, service, settings, sound
from befresh_agent.doctor.patient import Patient
from befresh_agent.settings import Settings
from tests.machines import PI, machine, path_with, program

PI_MODEL = {"proc/device-tree/model": PI["proc/device-tree/model"]}


def patient(root: Path, **sections: object) -> Patient:
    return Patient(Settings.model_validate(sections), root)


def one(checks: list[Check], name: str) -> Check:
    (check,) = [check for check in checks if check.name == name]
    return check


@pytest.mark.parametrize(
    ("throttled", "state", "word"),
    [
        ("0", State.OK, "enough"),
        ("50005", State.BROKEN, "right now"),
        ("50000", State.WARNING, "too little voltage at times"),
        ("4", State.WARNING, "slowed down right now"),
        ("80000", State.WARNING, "slowed down since"),
    ],
)
async def test_power_by_the_firmwares_bits(tmp_path: Path, throttled: str, state: State, word: str) -> None:
    files = PI | {"sys/devices/platform/soc/soc:firmware/get_throttled": throttled}
    check = one(await power.power(patient(machine(tmp_path, files))), "power")
    assert (check.state, word in check.detail) == (state, True)


@pytest.mark.parametrize(("alarm", "state"), [("0", State.OK), ("1", State.BROKEN)])
async def test_power_by_the_kernels_alarm(tmp_path: Path, alarm: str, state: State) -> None:
    hwmon = {"sys/class/hwmon/hwmon0/name": "cpu_thermal\n", "sys/class/hwmon/hwmon1/name": "rpi_volt\n"}
    files = PI_MODEL | hwmon | {"sys/class/hwmon/hwmon1/in0_lcrit_alarm": f"{alarm}\n"}
    assert one(await power.power(patient(machine(tmp_path, files))), "power").state is state


async def test_power_by_vcgencmd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "vcgencmd", "echo throttled=0x50005")
    monkeypatch.setenv("PATH", path_with(tmp_path / "bin"))
    assert one(await power.power(patient(machine(tmp_path, PI_MODEL))), "power").state is State.BROKEN


@pytest.mark.parametrize(("degrees", "state"), [("48312", State.OK), ("82000", State.WARNING)])
async def test_heat(tmp_path: Path, degrees: str, state: State) -> None:
    files = {"sys/class/thermal/thermal_zone0/temp": degrees}
    assert one(await power.power(patient(machine(tmp_path, files))), "temperature").state is state


@pytest.mark.parametrize(
    ("life", "phase", "state"),
    [
        ("0x01 0x02", "0x01", State.OK),
        ("0x08 0x01", "0x01", State.WARNING),
        ("0x03 0x0b", "0x01", State.BROKEN),
        ("0x01 0x01", "0x03", State.BROKEN),
        ("", "", State.ABSENT),
    ],
)
def test_card_wear(tmp_path: Path, life: str, phase: str, state: State) -> None:
    device = "sys/block/mmcblk0/device"
    files = {f"{device}/life_time": life, f"{device}/pre_eol_info": phase}
    assert one(disk.disk(patient(machine(tmp_path, files))), "card wear").state is state


def test_counted_errors_of_the_file_system(tmp_path: Path) -> None:
    files = {"sys/fs/ext4/mmcblk0p2/errors_count": "3\n", "sys/fs/ext4/sda1/errors_count": "0\n"}
    check = one(disk.disk(patient(machine(tmp_path, files))), "file system")
    assert (check.state, "mmcblk0p2" in check.detail, "sda1" in check.detail) == (State.BROKEN, True, False)


@pytest.mark.parametrize(
    ("free_mb", "flags", "state"),
    [(20_000, 0, State.OK), (400, 0, State.WARNING), (30, 0, State.BROKEN), (20_000, os.ST_RDONLY, State.BROKEN)],
)
def test_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, flags: int, state: State) -> None:
    values = list(os.statvfs(tmp_path))
    values[1], values[4], values[8] = 1_000_000, free_mb, flags  # f_frsize, f_bavail, f_flag
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(values))
    checks = disk.disk(patient(machine(tmp_path), agent={"state_dir": tmp_path / "not" / "made" / "yet"}))
    assert one(checks, "disk").state is state


async def test_sound_cards(tmp_path: Path) -> None:
    with_card = patient(machine(tmp_path / "pi", PI), voice={"microphone": "arecord"})
    (check,) = await sound.microphone(with_card)
    assert (check.state, check.detail) == (State.OK, "USB Audio")
    (check,) = sound.player(with_card)
    assert (check.state, check.detail) == (State.OK, "bcm2835, USB Audio")
    deaf = patient(machine(tmp_path / "deaf", PI | {"proc/asound/pcm": "00-00: bcm2835 : bcm2835 : playback 8\n"}))
    (check,) = await sound.microphone(deaf)
    assert (check.state, "plug" in check.remedy) == (State.BROKEN, True)


@pytest.mark.parametrize(
    ("voice", "state"),
    [
        ({"engine": "none"}, State.ABSENT),
        ({"microphone": "/no/such.wav"}, State.BROKEN),
        ({"microphone": __file__}, State.OK),
    ],
)
async def test_other_microphones(tmp_path: Path, voice: dict[str, str], state: State) -> None:
    (check,) = await sound.microphone(patient(machine(tmp_path, PI), voice=voice))
    assert check.state is state


def test_players(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = patient(machine(tmp_path, PI), sound={"player": []})
    assert sound.player(silent)[0].state is State.ABSENT
    monkeypatch.setenv("PATH", "/nowhere")
    assert "alsa-utils" in sound.player(patient(tmp_path))[0].remedy


async def test_missing_programs_are_named_with_their_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "apt install tesseract-ocr" in one(await reading.reading(patient(tmp_path)), "tesseract").remedy
    arecord = patient(machine(tmp_path, PI), voice={"microphone": "arecord"})
    assert "alsa-utils" in (await sound.microphone(arecord))[0].remedy


async def test_tesseract_without_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "tesseract", '[ "$1" = --version ] && echo tesseract 5.5.0 || printf "List:\\nosd\\n"')
    monkeypatch.setenv("PATH", path_with(tmp_path / "bin"))
    check = one(await reading.reading(patient(tmp_path)), "tesseract")
    assert (check.state, check.remedy) == (State.BROKEN, "sudo apt install tesseract-ocr-eng")


@pytest.mark.parametrize(("mode", "state"), [(0o600, State.OK), (0o640, State.BROKEN), (0o604, State.BROKEN)])
def test_secrets_that_others_may_read(tmp_path: Path, mode: int, state: State) -> None:
    name = "etc/credstore/befresh-agent.porcupine_key"
    root = machine(tmp_path, {name: "c2VjcmV0", "etc/credstore/somebody.else": "open"})
    (root / name).chmod(mode)
    (root / "etc/credstore/somebody.else").chmod(0o644)
    (check,) = settings.credentials(patient(root))
    assert check.state is state
    assert "c2VjcmV0" not in check.detail + check.remedy


def test_no_secrets_at_all(tmp_path: Path) -> None:
    assert settings.credentials(patient(machine(tmp_path)))[0].state is State.ABSENT
    given = patient(machine(tmp_path), secrets={"google_key": "c2VjcmV0"})
    assert settings.credentials(given)[0].state is State.OK


RUNNING = "LoadState=loaded ActiveState=active SubState=running UnitFileState=enabled NRestarts=0"


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ("LoadState=not-found", State.ABSENT),
        (RUNNING, State.OK),
        (RUNNING.replace("NRestarts=0", "NRestarts=7"), State.WARNING),
        (RUNNING.replace("=enabled", "=disabled"), State.WARNING),
        ("LoadState=loaded ActiveState=failed SubState=failed Result=exit-code UnitFileState=enabled", State.BROKEN),
    ],
)
async def test_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: str, state: State) -> None:
    units(tmp_path / "bin", monkeypatch, {"befresh-agent.service": facts})
    (check,) = await service.service(patient(tmp_path))
    assert check.state is state


async def test_updates_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = "LoadState=loaded ActiveState=failed Result=exit-code"
    facts = {"befresh-agent.service": RUNNING} | dict.fromkeys(
        ("befresh-agent-recover.service", "befresh-agent-update.service"), failed
    )
    units(tmp_path / "bin", monkeypatch, facts)
    found = {check.name: check.state for check in await service.service(patient(tmp_path))}
    assert found == {"service": State.OK, "recovery": State.BROKEN, "updates": State.WARNING}


def units(folder: Path, monkeypatch: pytest.MonkeyPatch, facts: dict[str, str]) -> None:
    """A systemctl that knows these units; each is told as a block of lines."""
    blocks = "\n\n".join("\n".join([f"Id={unit}", *about.split()]) for unit, about in facts.items())
    program(folder, "systemctl", f"cat <<'END'\n{blocks}\nEND")
    monkeypatch.setenv("PATH", path_with(folder))


async def test_no_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert (await service.service(patient(tmp_path)))[0].state is State.ABSENT


async def test_pins_that_are_closed_to_this_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_: Path) -> dict[int, str]:
        raise PermissionError(13, "Permission denied", "/dev/gpiochip0")

    monkeypatch.setattr(pins, "labels", closed)
    (check,) = await pins.pins(patient(machine(tmp_path, PI)))
    assert "usermod" in check.remedy


@pytest.mark.parametrize(
    ("labels", "script", "state", "word"),
    [
        ({11: "pinctrl-rp1", 0: "gpio-brcmstb"}, "exit 0", State.OK, "gpiochip11"),
        ({4: "pinctrl-bcm2711"}, "echo No module named RPi >&2; exit 1", State.BROKEN, "No module named RPi"),
        ({0: "gpio-brcmstb"}, "exit 0", State.BROKEN, "gpio-brcmstb"),
    ],
)
async def test_the_headers_chip_and_its_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, labels: dict[int, str], script: str, state: State, word: str
) -> None:
    program(tmp_path / "bin", "python", script)
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setattr(pins, "labels", lambda _: labels)
    (check,) = await pins.pins(patient(machine(tmp_path, PI)))
    assert (check.state, word in check.detail + check.remedy) == (state, True)


async def test_a_library_for_pins_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "python", "exit 1")
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setattr(pins, "labels", lambda _: {0: "pinctrl-rp1"})
    (check,) = await pins.pins(patient(machine(tmp_path, PI)))
    assert "scripts/install.sh" in check.remedy
