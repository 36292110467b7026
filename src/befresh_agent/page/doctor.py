"""The doctor's findings, for the page: `befresh-agent doctor` in a process of its own, which may load what it likes.

In: a wish. Out: the table, once it is there. One examination at a time.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from befresh_agent.own_program import answer
from befresh_agent.page.models_delivery import Checkup, Finding
from befresh_agent.page.veil import Veil
from befresh_agent.ports.clock import Clock

_PATIENCE_S = 90.0


class Doctor:
    """`config` is the settings file, if not the usual; `touched` is told when the table is there."""

    def __init__(
        self, config: Path | None, clock: Clock, veil: Veil, touched: Callable[[frozenset[str]], None]
    ) -> None:
        self._command = (sys.executable, "-P", "-m", "befresh_agent", "doctor", "--json")
        self._options = ("--config", str(config)) if config else ()
        self._clock = clock
        self._veil = veil
        self._touched = touched
        self._task: asyncio.Task[None] | None = None
        self._at: datetime | None = None
        self._findings: list[Finding] = []
        self._trouble = ""

    @property
    def checkup(self) -> Checkup:
        """The last examination."""
        return Checkup(at=self._at, running=self._running, findings=self._findings, trouble=self._trouble)

    def examine(self) -> None:
        """Begin, unless one is under way."""
        if not self._running:
            self._task = asyncio.create_task(self._examine())

    @property
    def _running(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _examine(self) -> None:
        try:
            self._findings, self._trouble = await self._asked(), ""
        except (OSError, TimeoutError, ValueError, KeyError, ValidationError) as error:
            self._findings, self._trouble = [], f"the doctor gave no answer ({type(error).__name__})"
        self._at = self._clock.now()
        asyncio.get_running_loop().call_soon(self._touched, frozenset({"health"}))  # when this is over

    async def _asked(self) -> list[Finding]:
        _, said = await answer(*self._command, *self._options, limit_s=_PATIENCE_S)
        return [Finding.model_validate(check) for check in json.loads(self._veil.over(said.decode()))["checks"]]
