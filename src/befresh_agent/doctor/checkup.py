"""The whole examination: every check at the same time, each with a limit, none able to spoil the others."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from befresh_agent.adapters.name_lookup import free_lookups
from befresh_agent.configuration import Configuration, load
from befresh_agent.deadline import within
from befresh_agent.doctor.aside import aside
from befresh_agent.doctor.check import Check, broken
from befresh_agent.doctor.checks import (
    bluetooth,
    broker,
    camera,
    clock,
    disk,
    memory,
    packages,
    pins,
    power,
    reading,
    service,
    settings,
    sound,
    speech,
    versions,
)
from befresh_agent.doctor.patient import Patient
from befresh_agent.errors import SettingsError
from befresh_agent.settings import Settings

_LIMIT_S = 5.0
_IMPORT_S = 20.0
"""OpenCV's first import takes that long on a small Pi's card."""


@dataclass(frozen=True, slots=True)
class Examination:
    """One subject; its checks come one after the other."""

    name: str
    run: Callable[[Patient], Awaitable[list[Check]]]
    limit_s: float = _LIMIT_S


def _aside(look: Callable[[Patient], list[Check]]) -> Callable[[Patient], Awaitable[list[Check]]]:
    """A check that reads files, on a thread that nobody has to wait for."""

    async def examine(patient: Patient) -> list[Check]:
        return await aside(lambda: look(patient))

    return examine


EXAMINATIONS = (
    Examination("credentials", _aside(settings.credentials)),
    Examination("versions", _aside(versions.versions)),
    Examination("packages", packages.packages, _IMPORT_S),
    Examination("reading", reading.reading),
    Examination("camera", camera.camera, _IMPORT_S),
    Examination("pins", pins.pins, _IMPORT_S),
    Examination("microphone", sound.microphone),
    Examination("player", _aside(sound.player)),
    Examination("wake word", _aside(speech.wake_word)),
    Examination("speech", speech.speech),
    Examination("bluetooth", bluetooth.bluetooth),
    Examination("broker", broker.broker),
    Examination("clock", _aside(clock.clock)),
    Examination("disk", _aside(disk.disk)),
    Examination("memory", memory.memory),
    Examination("power", power.power),
    Examination("service", service.service),
    Examination("agent", _aside(service.agent)),
)


async def checkup(file: Path | None = None, root: Path = Path("/")) -> list[Check]:
    """Examine this machine; never raises for what is wrong with it. `file` is the settings file, if not the usual."""
    about, configured = await aside(lambda: _settings(file))
    patient = Patient(configured, root)
    with free_lookups():
        found = await asyncio.gather(*(_examined(one, patient) for one in EXAMINATIONS))
    return [*about, *(check for checks in found for check in checks)]


def _settings(file: Path | None) -> tuple[list[Check], Settings]:
    """What is to say about the settings; and those in force, which are the defaults where they are wrong."""
    try:
        configuration: Configuration = load(file)
    except SettingsError as error:
        return [settings.wrong(error)], Settings()
    return settings.right(configuration), configuration.settings


async def _examined(one: Examination, patient: Patient) -> list[Check]:
    try:
        async with within(one.limit_s):
            return await one.run(patient)
    except TimeoutError:
        remedy = "try once more; if it stays so, restart the machine"
        return [broken(one.name, f"no answer within {one.limit_s:g} s", remedy)]
    except Exception as error:  # noqa: BLE001  # a check that fails must not cost the others
        remedy = "send this with the archive of `befresh-agent doctor --bundle FILE`"
        return [broken(one.name, f"the check failed: {type(error).__name__}: {error}", remedy)]
