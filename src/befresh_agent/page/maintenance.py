"""The doctor's findings and the updater's state, each asked in a process of its own. One of each for the whole agent.

In: a request. Out: the table, once it is there; the page never waits for it. One examination at a time.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from befresh_agent.page.models import PageModel
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.redaction import SecretRedactor
from befresh_agent.runtime.subprocesses import run_bounded


class CheckFinding(PageModel):
    """What the doctor says about one thing."""

    name: str
    state: Literal["ok", "not here", "warning", "broken"]
    detail: str
    remedy: str
    """What to do, where something is wrong."""


class CheckupReport(PageModel):
    """The doctor's last examination."""

    at: datetime | None
    running: bool
    """Another one is under way."""
    findings: list[CheckFinding]
    trouble: str
    """Why there are none, if the examination failed."""


class LastUpdate(PageModel):
    """How the updater's last run ended."""

    at: datetime
    code: int
    line: str


class UpdateState(PageModel):
    """How this installation keeps itself up to date."""

    release: str | None
    enabled: bool
    channel: str
    unconfirmed: str | None
    """A release that is still being watched."""
    seen: str | None = None
    """The newest release that the updater has fetched and that is not installed, also one that was refused."""
    last: LastUpdate | None

    @property
    def newest(self) -> str | None:
        """The version of the newest release that is known here."""
        release = self.unconfirmed or self.seen or self.release
        return release.rpartition("-")[0] if release else None


def _nobody(_tabs: frozenset[str]) -> None:
    """There is no page."""


_DOCTOR_LIMIT_S = 90.0


Touched = Callable[[frozenset[str]], None]
"""Is told which tabs have something new to show."""


class DoctorRunner:
    """`config` is the settings file, if not the usual."""

    def __init__(self, config: Path | None, clock: Clock, redaction: SecretRedactor) -> None:
        self._command = (sys.executable, "-P", "-m", "befresh_agent", "doctor", "--json")
        self._options = ("--config", str(config)) if config else ()
        self._clock = clock
        self._redaction = redaction
        self.touched: Touched = _nobody
        """Told when the table is there."""
        self._task: asyncio.Task[None] | None = None
        self._at: datetime | None = None
        self._findings: list[CheckFinding] = []
        self._trouble = ""

    @property
    def checkup(self) -> CheckupReport:
        """The last examination."""
        return CheckupReport(at=self._at, running=self._running, findings=self._findings, trouble=self._trouble)

    def examine(self) -> None:
        """Begin, unless one is under way."""
        if not self._running:
            self._task = asyncio.create_task(self._examine())

    async def examined(self) -> Sequence[CheckFinding] | None:
        """The findings of an examination that ends now; None where there was none."""
        self.examine()
        if self._task is not None:
            await asyncio.wait({self._task})
        return None if self._trouble else self._findings

    @property
    def _running(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _examine(self) -> None:
        try:
            self._findings, self._trouble = await self._asked(), ""
        except (OSError, TimeoutError, ValueError, KeyError, ValidationError) as error:
            self._findings, self._trouble = [], f"the doctor gave no answer ({type(error).__name__})"
        self._at = self._clock.now()
        asyncio.get_running_loop().call_soon(self.touched, frozenset({"health"}))  # when this is over

    async def _asked(self) -> list[CheckFinding]:
        _, said = await run_bounded(*self._command, *self._options, limit_s=_DOCTOR_LIMIT_S)
        checks = json.loads(said)["checks"]
        return [CheckFinding.model_validate(self._redaction.redact_value(check)) for check in checks]


UPDATER = Path("/opt/befresh-agent/updater/befresh-update")

_UPDATER_LIMIT_S = 20.0

_AGAIN_S = 300.0


class UpdateStatus:
    """`updater` is the updater's command; where there is none, nothing is known."""

    def __init__(self, updater: Path = UPDATER) -> None:
        self.touched: Touched = _nobody
        """Told when something new is known."""
        self._updater = updater
        self._state: UpdateState | None = None
        self._asked_at = float("-inf")
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> UpdateState | None:
        """As far as it is known; a question is on its way when that is long ago."""
        if time.monotonic() - self._asked_at > _AGAIN_S and self._updater.exists():
            self._asked_at = time.monotonic()
            self._task = asyncio.create_task(self._ask())
        return self._state

    async def _ask(self) -> None:
        command = (str(self._updater), "update", "--status", "--json")
        try:
            _, said = await run_bounded(*command, limit_s=_UPDATER_LIMIT_S)
            self._state = UpdateState.model_validate(json.loads(said))
        except (OSError, TimeoutError, ValueError, ValidationError):
            self._state = None  # `befresh-agent update --status` says why
        self.touched(frozenset({"health"}))
