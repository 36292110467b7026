"""The whole examination: every check with a limit, none able to spoil the others.

Quick ones are made at the same time; those that load libraries or open devices come one after the other, as a small Pi
would be late with all of them at once.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from befresh_agent.adapters.system.network import daemon_lookups
from befresh_agent.doctor.check import CheckResult, ExaminedMachine, broken
from befresh_agent.doctor.checks import (
    devices_check,
    home_check,
    machine,
    pins_check,
    services,
    storage_check,
    voice_check,
)
from befresh_agent.errors import error_text
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.threads import in_daemon_thread
from befresh_agent.settings.loader import read

_LIMIT_S = 10.0
_HEAVY_S = 120.0
"""Several libraries from a small Pi's cold card: OpenCV alone takes 15 s there."""


@dataclass(frozen=True, slots=True)
class CheckSubject:
    """One subject; its checks come one after the other."""

    name: str
    run: Callable[[ExaminedMachine], Awaitable[list[CheckResult]]]
    limit_s: float = _LIMIT_S
    heavy: bool = False
    """It loads libraries or opens devices."""


def on_a_thread(
    look: Callable[[ExaminedMachine], list[CheckResult]],
) -> Callable[[ExaminedMachine], Awaitable[list[CheckResult]]]:
    """A check that reads files, on a thread that nobody has to wait for."""

    async def examine(patient: ExaminedMachine) -> list[CheckResult]:
        return await in_daemon_thread(lambda: look(patient))

    return examine


def _heavy(name: str, run: Callable[[ExaminedMachine], Awaitable[list[CheckResult]]]) -> CheckSubject:
    return CheckSubject(name, run, _HEAVY_S, heavy=True)


SUBJECTS = (
    CheckSubject("credentials", on_a_thread(services.credentials)),
    CheckSubject("versions", on_a_thread(machine.versions)),
    _heavy("packages", machine.packages),
    _heavy("reading", machine.reading),
    _heavy("camera", devices_check.camera),
    _heavy("pins", pins_check.pins),
    _heavy("microphone", voice_check.microphone),
    _heavy("player", voice_check.player),
    CheckSubject("wake word", on_a_thread(voice_check.wake_word)),
    CheckSubject("speech", voice_check.speech),
    CheckSubject("bluetooth", devices_check.bluetooth),
    CheckSubject("broker", services.broker),
    CheckSubject("home assistant", home_check.home_assistant),
    _heavy("notices", home_check.notices),
    CheckSubject("clock", machine.clock),
    CheckSubject("disk", on_a_thread(storage_check.disk)),
    CheckSubject("memory", storage_check.memory),
    CheckSubject("power", machine.power),
    CheckSubject("service", services.service),
    CheckSubject("agent", on_a_thread(services.agent)),
)


async def checkup(
    file: Path | None = None, root: Path = Path("/"), *, examinations: Sequence[CheckSubject] = SUBJECTS
) -> list[CheckResult]:
    """Examine this machine; never raises for what is wrong with it. `file` is the settings file, if not the usual."""
    configuration = await in_daemon_thread(lambda: read(file))
    about = await in_daemon_thread(lambda: services.settings(configuration))
    patient = ExaminedMachine(configuration.settings, root, configuration.withheld)
    with daemon_lookups():
        found = await _all_examined(examinations, patient)
    return [*about, *(check for checks in found for check in checks)]


async def _all_examined(examinations: Sequence[CheckSubject], patient: ExaminedMachine) -> list[list[CheckResult]]:
    """In the order of the table."""
    taking_turns = asyncio.Lock()

    async def examined(one: CheckSubject) -> list[CheckResult]:
        async with taking_turns if one.heavy else contextlib.nullcontext():
            return await _examined(one, patient)

    return await asyncio.gather(*map(examined, examinations))


async def _examined(one: CheckSubject, patient: ExaminedMachine) -> list[CheckResult]:
    try:
        async with within(one.limit_s):
            return await one.run(patient)
    except TimeoutError:
        remedy = "look again when this machine has less to do; if it stays so, restart it"
        return [broken(one.name, f"it took longer than {one.limit_s:g} s", remedy)]
    except Exception as error:  # noqa: BLE001  # a check that fails must not cost the others
        remedy = "send this with the archive of `befresh-agent doctor --bundle FILE`"
        return [broken(one.name, f"the check failed: {type(error).__name__}: {error_text(error)}", remedy)]
