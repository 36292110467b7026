"""Disk, power, heat, sound cards, credentials and the service, on machines made of files and with played programs."""

import os
from pathlib import Path

import pytest

from befresh_agent.doctor.check import CheckResult, CheckState, ExaminedMachine
from befresh_agent.doctor.checks import machine as power
from befresh_agent.doctor.checks import machine as reading
from befresh_agent.doctor.checks import pins_check, services, storage_check, voice_check
from befresh_agent.settings.model import Settings
from tests.machines import PI, machine, path_with, program

PI_MODEL = {"proc/device-tree/model": PI["proc/device-tree/model"]}


def patient(root: Path, **sections: object) -> ExaminedMachine:
    return ExaminedMachine(Settings.model_validate(sections), root)


def one(checks: list[CheckResult], name: str) -> CheckResult:
    (check,) = [check for check in checks if check.name == name]
    return check


@pytest.mark.parametrize(
    ("throttled", "state", "word"),
    [
        ("0", CheckState.OK, "enough"),
        ("50005", CheckState.BROKEN, "right now"),
        ("50000", CheckState.WARNING, "too little voltage at times"),
        ("4", CheckState.WARNING, "slowed down right now"),
        ("80000", CheckState.WARNING, "slowed down since"),
    ],
)
async def test_power_by_the_firmwares_bits(tmp_path: Path, throttled: str, state: CheckState, word: str) -> None:
    files = PI | {"sys/devices/platform/soc/soc:firmware/get_throttled": throttled}
    check = one(await power.power(patient(machine(tmp_path, files))), "power")
    assert (check.state, word in check.detail) == (state, True)


@pytest.mark.parametrize(("alarm", "state"), [("0", CheckState.OK), ("1", CheckState.BROKEN)])
async def test_power_by_the_kernels_alarm(tmp_path: Path, alarm: str, state: CheckState) -> None:
    hwmon = {"sys/class/hwmon/hwmon0/name": "cpu_thermal\n", "sys/class/hwmon/hwmon1/name": "rpi_volt\n"}
    files = PI_MODEL | hwmon | {"sys/class/hwmon/hwmon1/in0_lcrit_alarm": f"{alarm}\n"}
    assert one(await power.power(patient(machine(tmp_path, files))), "power").state is state


async def test_power_by_vcgencmd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "vcgencmd", "echo throttled=0x50005")
    monkeypatch.setenv("PATH", path_with(tmp_path / "bin"))
    assert one(await power.power(patient(machine(tmp_path, PI_MODEL))), "power").state is CheckState.BROKEN


@pytest.mark.parametrize(("degrees", "state"), [("48312", CheckState.OK), ("82000", CheckState.WARNING)])
async def test_heat(tmp_path: Path, degrees: str, state: CheckState) -> None:
    files = {"sys/class/thermal/thermal_zone0/temp": degrees}
    assert one(await power.power(patient(machine(tmp_path, files))), "temperature").state is state


@pytest.mark.parametrize(
    ("life", "phase", "state"),
    [
        ("0x01 0x02", "0x01", CheckState.OK),
        ("0x08 0x01", "0x01", CheckState.WARNING),
        ("0x03 0x0b", "0x01", CheckState.BROKEN),
        ("0x01 0x01", "0x03", CheckState.BROKEN),
        ("", "", CheckState.ABSENT),
    ],
)
def test_card_wear(tmp_path: Path, life: str, phase: str, state: CheckState) -> None:
    device = "sys/block/mmcblk0/device"
    files = {f"{device}/life_time": life, f"{device}/pre_eol_info": phase}
    assert one(storage_check.disk(patient(machine(tmp_path, files))), "card wear").state is state


def test_counted_errors_of_the_file_system(tmp_path: Path) -> None:
    files = {"sys/fs/ext4/mmcblk0p2/errors_count": "3\n", "sys/fs/ext4/sda1/errors_count": "0\n"}
    check = one(storage_check.disk(patient(machine(tmp_path, files))), "file system")
    assert (check.state, "mmcblk0p2" in check.detail, "sda1" in check.detail) == (CheckState.BROKEN, True, False)


@pytest.mark.parametrize(
    ("free_mb", "flags", "state"),
    [
        (20_000, 0, CheckState.OK),
        (400, 0, CheckState.WARNING),
        (30, 0, CheckState.BROKEN),
        (20_000, os.ST_RDONLY, CheckState.BROKEN),
    ],
)
def test_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, flags: int, state: CheckState) -> None:
    values = list(os.statvfs(tmp_path))
    values[1], values[4], values[8] = 1_000_000, free_mb, flags  # f_frsize, f_bavail, f_flag
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(values))
    checks = storage_check.disk(patient(machine(tmp_path), agent={"state_dir": tmp_path / "not" / "made" / "yet"}))
    assert one(checks, "disk").state is state


async def test_sound_cards(tmp_path: Path) -> None:
    with_card = patient(machine(tmp_path / "pi", PI), voice={"microphone": "arecord"})
    (check,) = await voice_check.microphone(with_card)
    assert (check.state, check.detail) == (CheckState.OK, "USB Audio")
    (check,) = await voice_check.player(with_card)
    assert (check.state, check.detail) == (CheckState.OK, "bcm2835, USB Audio")
    deaf = patient(machine(tmp_path / "deaf", PI | {"proc/asound/pcm": "00-00: bcm2835 : bcm2835 : playback 8\n"}))
    (check,) = await voice_check.microphone(deaf)
    assert (check.state, "plug" in check.remedy) == (CheckState.BROKEN, True)


@pytest.mark.parametrize(
    ("voice", "state"),
    [
        ({"engine": "none"}, CheckState.ABSENT),
        ({"microphone": "/no/such.wav"}, CheckState.BROKEN),
        ({"microphone": __file__}, CheckState.OK),
    ],
)
async def test_other_microphones(tmp_path: Path, voice: dict[str, str], state: CheckState) -> None:
    (check,) = await voice_check.microphone(patient(machine(tmp_path, PI), voice=voice))
    assert check.state is state


async def test_players(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = patient(machine(tmp_path, PI), sound={"player": []})
    assert (await voice_check.player(silent))[0].state is CheckState.ABSENT
    monkeypatch.setenv("PATH", "/nowhere")
    assert "alsa-utils" in (await voice_check.player(patient(tmp_path)))[0].remedy


async def test_missing_programs_are_named_with_their_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "apt install tesseract-ocr" in one(await reading.reading(patient(tmp_path)), "tesseract").remedy
    arecord = patient(machine(tmp_path, PI), voice={"microphone": "arecord"})
    assert "alsa-utils" in (await voice_check.microphone(arecord))[0].remedy


async def test_tesseract_without_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "tesseract", '[ "$1" = --version ] && echo tesseract 5.5.0 || printf "List:\\nosd\\n"')
    monkeypatch.setenv("PATH", path_with(tmp_path / "bin"))
    check = one(await reading.reading(patient(tmp_path)), "tesseract")
    assert (check.state, check.remedy) == (CheckState.BROKEN, "sudo apt install tesseract-ocr-eng")


@pytest.mark.parametrize(
    ("mode", "state"), [(0o600, CheckState.OK), (0o640, CheckState.BROKEN), (0o604, CheckState.BROKEN)]
)
def test_secrets_that_others_may_read(tmp_path: Path, mode: int, state: CheckState) -> None:
    name = "etc/credstore/befresh-agent.porcupine_key"
    root = machine(tmp_path, {name: "c2VjcmV0", "etc/credstore/somebody.else": "open"})
    (root / name).chmod(mode)
    (root / "etc/credstore/somebody.else").chmod(0o644)
    (check,) = services.credentials(patient(root))
    assert check.state is state
    assert "c2VjcmV0" not in check.detail + check.remedy


def test_no_secrets_at_all(tmp_path: Path) -> None:
    assert services.credentials(patient(machine(tmp_path)))[0].state is CheckState.ABSENT
    given = patient(machine(tmp_path), secrets={"google_key": "c2VjcmV0"})
    assert services.credentials(given)[0].state is CheckState.OK


RUNNING = "LoadState=loaded ActiveState=active SubState=running UnitFileState=enabled NRestarts=0"


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ("LoadState=not-found", CheckState.ABSENT),
        (RUNNING, CheckState.OK),
        (RUNNING.replace("NRestarts=0", "NRestarts=7"), CheckState.WARNING),
        (RUNNING.replace("=enabled", "=disabled"), CheckState.WARNING),
        (
            "LoadState=loaded ActiveState=failed SubState=failed Result=exit-code UnitFileState=enabled",
            CheckState.BROKEN,
        ),
    ],
)
async def test_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: str, state: CheckState) -> None:
    units(tmp_path / "bin", monkeypatch, {"befresh-agent.service": facts})
    (check,) = await services.service(patient(tmp_path))
    assert check.state is state


async def test_updates_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = "LoadState=loaded ActiveState=failed Result=exit-code"
    facts = {"befresh-agent.service": RUNNING} | dict.fromkeys(
        ("befresh-agent-recover.service", "befresh-agent-update.service"), failed
    )
    units(tmp_path / "bin", monkeypatch, facts)
    found = {check.name: check.state for check in await services.service(patient(tmp_path))}
    assert found == {"service": CheckState.OK, "recovery": CheckState.BROKEN, "updates": CheckState.WARNING}


def units(folder: Path, monkeypatch: pytest.MonkeyPatch, facts: dict[str, str]) -> None:
    """A systemctl that knows these units; each is told as a block of lines."""
    blocks = "\n\n".join("\n".join([f"Id={unit}", *about.split()]) for unit, about in facts.items())
    program(folder, "systemctl", f"cat <<'END'\n{blocks}\nEND")
    monkeypatch.setenv("PATH", path_with(folder))


async def test_no_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert (await services.service(patient(tmp_path)))[0].state is CheckState.ABSENT


async def test_pins_that_are_closed_to_this_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_: Path) -> dict[int, str]:
        raise PermissionError(13, "Permission denied", "/dev/gpiochip0")

    monkeypatch.setattr(pins_check, "labels", closed)
    (check,) = await pins_check.pins(patient(machine(tmp_path, PI)))
    assert "usermod" in check.remedy


@pytest.mark.parametrize(
    ("labels", "script", "state", "word"),
    [
        ({11: "pinctrl-rp1", 0: "gpio-brcmstb"}, "exit 0", CheckState.OK, "gpiochip11"),
        ({4: "pinctrl-bcm2711"}, "echo No module named RPi >&2; exit 1", CheckState.BROKEN, "No module named RPi"),
        ({0: "gpio-brcmstb"}, "exit 0", CheckState.BROKEN, "gpio-brcmstb"),
    ],
)
async def test_the_headers_chip_and_its_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, labels: dict[int, str], script: str, state: CheckState, word: str
) -> None:
    program(tmp_path / "bin", "python", script)
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setattr(pins_check, "labels", lambda _: labels)
    (check,) = await pins_check.pins(patient(machine(tmp_path, PI)))
    assert (check.state, word in check.detail + check.remedy) == (state, True)


async def test_a_library_for_pins_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "python", "exit 1")
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setattr(pins_check, "labels", lambda _: {0: "pinctrl-rp1"})
    (check,) = await pins_check.pins(patient(machine(tmp_path, PI)))
    assert "scripts/install.sh" in check.remedy


async def test_system_files_of_another_release_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update changes the program alone; whoever looks should hear that the units lag behind."""
    program(tmp_path / "bin", "systemctl", "echo Id=befresh-agent.service; echo LoadState=loaded")
    monkeypatch.setenv("PATH", path_with(tmp_path / "bin"))
    unit = "befresh-agent.service"
    files = {f"opt/befresh-agent/current/systemd/{unit}": "new\n", f"etc/systemd/system/{unit}": "old\n"}
    found = {check.name: check for check in await services.service(patient(machine(tmp_path, files)))}
    assert (found["system files"].state, unit in found["system files"].detail) == (CheckState.WARNING, True)
    machine(tmp_path, {f"etc/systemd/system/{unit}": "new\n"})
    assert "system files" not in {check.name for check in await services.service(patient(tmp_path))}
