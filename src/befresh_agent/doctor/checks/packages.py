"""The libraries of every extra, each imported in a process of its own: an import may crash."""

import asyncio
import importlib.metadata
from collections.abc import Iterable

from befresh_agent.doctor.aside import aside
from befresh_agent.doctor.check import Check, absent, broken, ok
from befresh_agent.doctor.patient import Patient
from befresh_agent.doctor.program import python

_LIMIT_S = 18.0
_EXTRAS = {
    "vision": {"cv2": "opencv-python-headless", "numpy": "numpy", "PIL": "pillow", "zxingcpp": "zxing-cpp"},
    "voice": {"pocketsphinx": "pocketsphinx", "speech_recognition": "SpeechRecognition", "wyoming": "wyoming"},
    "ble": {"bleak": "bleak"},
    "kafka": {"aiokafka": "aiokafka"},
    "gpio": {"gpiozero": "gpiozero"},
}


async def packages(patient: Patient) -> list[Check]:
    return list(await asyncio.gather(*(_extra(patient, name) for name in _EXTRAS)))


async def _extra(patient: Patient, extra: str) -> Check:
    name = f"{extra} libraries"
    if not _wanted(patient, extra):
        return absent(name, "nothing in the settings asks for them")
    modules = _EXTRAS[extra]
    answer = await python(f"import {', '.join(modules)}", _LIMIT_S)
    if not answer.good:
        return broken(name, answer.trouble, f"run scripts/install.sh again, or pip install 'befresh-agent[{extra}]'")
    return ok(name, await aside(lambda: _versions(modules.values())))


def _versions(packages: Iterable[str]) -> str:
    return ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages)


def _wanted(patient: Patient, extra: str) -> bool:
    match extra:
        case "kafka":
            return bool(patient.settings.kafka.server)
        case "voice":
            return patient.settings.voice.engine != "none"
        case _:
            return True
