"""The page that tries microphone and loudspeaker. `befresh-agent sound test` does it, in a process of its own.

In: a wish, where no session has the microphone. Out: how loud it is, while it goes on, and what to turn.
"""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable
from typing import Any, Literal

from befresh_agent.errors import InvalidValue
from befresh_agent.page.context import IN_USE, PageContext
from befresh_agent.page.models import PageModel
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.subprocesses import terminate

TAB = "sound"
_LIMIT_S = 60.0
_SHOWN_EVERY = 3
"""Of the levels, of which ten come in a second."""


class SoundTrial(PageModel):
    """The last trial of microphone and loudspeaker, or the one that is under way; levels are dB below full scale."""

    stage: Literal["none", "opening", "recording", "playing", "done", "failed"] = "none"
    level_db: float | None = None
    """The peak of the moment; in the end that of it all."""
    verdict: str = ""
    """What was heard and what to turn, or why it did not work."""

    @property
    def running(self) -> bool:
        return self.stage in ("opening", "recording", "playing")


class SoundTab:
    """One trial at a time; `touched` is told when something changed."""

    def __init__(self, sources: PageContext, touched: Callable[[frozenset[str]], None]) -> None:
        self._sources = sources
        self._touched = touched
        options = ("--config", str(sources.config)) if sources.config else ()
        self._command = (sys.executable, "-P", "-m", "befresh_agent", "sound", "test", "--json", "--steps", *options)
        self._task: asyncio.Task[None] | None = None
        self.trial = SoundTrial()

    def begin(self) -> SoundTrial:
        """Record, and play it back. Raises `InvalidValue` where a session has the microphone."""
        if self._sources.session() is not None:
            raise InvalidValue(IN_USE)
        if not self.trial.running:
            self._show(stage="opening")
            self._task = asyncio.create_task(self._try_out())
        return self.trial

    async def _try_out(self) -> None:
        try:
            async with within(_LIMIT_S):
                await self._follow()
        except (OSError, TimeoutError, ValueError, KeyError) as error:
            self._show(stage="failed", verdict=type(error).__name__)
        if self.trial.running:
            self._show(stage="failed", verdict="it ended without a word")

    async def _follow(self) -> None:
        process = await asyncio.create_subprocess_exec(*self._command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL)
        levels = 0
        try:
            assert process.stdout is not None
            async for line in process.stdout:
                if self._sources.session() is not None:  # it has the microphone from now on
                    self._show(stage="failed", verdict=IN_USE)
                    return
                said = json.loads(line)
                levels += said.get("step") == "level"
                if said.get("step") != "level" or levels % _SHOWN_EVERY == 1:
                    self._note(said)
        finally:
            if process.returncode is None:
                await terminate(process)

    def _note(self, said: dict[str, Any]) -> None:
        match said:
            case {"error": error}:
                self._show(stage="failed", verdict=str(error))
            case {"step": "level", "peak_db": peak}:
                self._show(stage="recording", level_db=peak)
            case {"step": "playing"}:
                self._show(stage="playing", level_db=self.trial.level_db)
            case {"verdict": verdict, "peak_db": peak}:
                self._show(stage="done", level_db=peak, verdict=verdict)

    def _show(self, **values: Any) -> None:
        self.trial = SoundTrial.model_validate(values)
        self._touched(frozenset({TAB}))
