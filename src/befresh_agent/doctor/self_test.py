"""Trying the software itself, without any device: the real vision worker, the real voice process, a real database.

An update is taken over only when this finds nothing broken.
"""

import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from befresh_agent.doctor.check import CheckResult, broken, ok
from befresh_agent.doctor.checks import services
from befresh_agent.doctor.trials import names, outbox, vision, wake_word
from befresh_agent.errors import BefreshError, MistakeSeverity, error_text
from befresh_agent.runtime.event_loop import within
from befresh_agent.settings.loader import read
from befresh_agent.settings.preflight import mistakes

Trial = Callable[[Path], Awaitable[str]]
"""Gets a folder of its own; says what it has seen, or raises `BefreshError`."""
LIMIT = 4
"""So many times what a picture may take, which is 15 s: a Pi under load takes its time, an emulated one still more."""
_REMEDY = "run scripts/install.sh again; if it stays so, go back with `befresh-agent update --rollback`"


async def self_test(file: Path | None = None, *, limit: float = LIMIT) -> list[CheckResult]:
    """One trial after the other; never raises for what is wrong. `file` is the settings file, if not the usual.

    Not all at once: the smallest Pi has 512 MB, and the agent is at work beside it.
    """
    hang_s = _hang_s(file)
    look: Trial = partial(vision, hang_s=hang_s)
    trials: dict[str, Trial] = {"vision": look, "wake word": wake_word, "names": names, "outbox": outbox}
    with tempfile.TemporaryDirectory(prefix="befresh-", ignore_cleanup_errors=True) as folder:
        tried = [await _tried(name, trial, Path(folder), limit * hang_s) for name, trial in trials.items()]
    return [_settings(file), *tried]


async def _tried(name: str, trial: Trial, folder: Path, limit_s: float) -> CheckResult:
    place = folder / name.replace(" ", "-")
    place.mkdir(mode=0o700)
    began = time.monotonic()
    try:
        async with within(limit_s):
            seen = await trial(place)
    except TimeoutError:
        return broken(name, f"no result within {limit_s:g} s", _REMEDY)
    except BefreshError as error:
        return broken(name, str(error), _REMEDY)
    except Exception as error:  # noqa: BLE001  # whatever it is, this software cannot be relied on
        return broken(name, f"{type(error).__name__}: {error_text(error)}", _REMEDY)
    return ok(name, f"{seen} ({time.monotonic() - began:.1f} s)")


def _hang_s(file: Path | None) -> float:
    return read(file).settings.vision.hang_s


def _settings(file: Path | None) -> CheckResult:
    """`run` must accept the settings that are there; whether they are complete is for the examination."""
    configuration = read(file)
    refused = [
        one for one in mistakes(configuration) if one.severity is MistakeSeverity.ERROR and one.key != "fridge.id"
    ]
    return services.wrong(refused[0]) if refused else ok("settings", configuration.described)
