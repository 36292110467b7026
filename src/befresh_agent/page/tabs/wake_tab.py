"""The page of wake phrases: who taught which, and lessons. `befresh-agent wake` does the work, in its own processes.

In: wishes. Out: what a lesson says, line by line, while it goes on. One lesson at a time; what it loads goes with it.
"""

import asyncio
import json
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from befresh_agent.domain.food_names import typed_name
from befresh_agent.errors import BefreshError, InvalidValue
from befresh_agent.page.context import IN_USE, PageContext
from befresh_agent.page.models import PageModel
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.subprocesses import run_bounded, terminate

TAB = "wake"
MOST_BYTES = 8 * 1024 * 1024
"""Of all recordings that a browser sends at once: three minutes."""
_PATIENCE_S, _LESSON_S = 30.0, 600.0


class TaughtPhrase(PageModel):
    """A wake phrase of this household."""

    name: str
    taught_at: str = ""
    sayings: int = 0
    heard: int = 0
    tried: int = 0
    mistakes: int = 0
    other_minutes: float = 0.0
    recordings: int = 0
    """How many are kept in the house."""


class LessonStep(PageModel):
    """One line of a lesson: `speak` (say it now), `saying` (how that one was), `taught` or `failed`."""

    step: str
    number: int = 0
    of: int = 0
    source: str = ""
    verdict: str = ""
    heard: int = 0
    tried: int = 0
    mistakes: int = 0
    text: str = ""


class WakeLessons(PageModel):
    """What the page shows."""

    people: list[TaughtPhrase]
    name: str
    """Who is being taught, or was last."""
    running: bool
    steps: list[LessonStep]


class WakeTab:
    """`touched` is told when something changed."""

    def __init__(self, sources: PageContext, touched: Callable[[frozenset[str]], None]) -> None:
        self._sources = sources
        self._touched = touched
        self._options = ("--config", str(sources.config)) if sources.config else ()
        self._simulated = ("--dry-run",) if sources.simulated else ()
        self._lesson: asyncio.Task[None] | None = None
        self._name, self._steps = "", list[LessonStep]()

    async def state(self) -> WakeLessons:
        """Raises `BefreshError` where nobody can tell."""
        people = [
            TaughtPhrase.model_validate(_known(TaughtPhrase, one))
            for one in json.loads(await self._asked("list", "--json"))
        ]
        return WakeLessons(people=people, name=self._name, running=self._running, steps=self._steps)

    def teach(self, name: str, recordings: Sequence[bytes], *, keep: bool) -> None:
        """Begin a lesson: at the fridge's microphone, or with recordings. Raises `InvalidValue`."""
        name = typed_name(name)
        if self._running:
            raise InvalidValue("a lesson is going on already")
        if not recordings and self._sources.session() is not None:
            raise InvalidValue(IN_USE)
        self._name, self._steps = name, []
        self._lesson = asyncio.create_task(self._teach(name, recordings, keep=keep))

    async def undo(self, name: str) -> None:
        """Take the last lesson back."""
        await self._asked("undo", "--", name)

    async def forget(self, name: str, *, recordings: bool = False) -> None:
        """All that somebody taught, or only the recordings of it."""
        await self._asked("forget", *(["--recordings"] if recordings else []), "--", name)

    @property
    def _running(self) -> bool:
        return self._lesson is not None and not self._lesson.done()

    async def _asked(self, *words: str) -> bytes:
        verb, *rest = words
        try:
            code, said = await run_bounded(*self._command(verb), *rest, limit_s=_PATIENCE_S)
        except (OSError, TimeoutError) as error:
            raise BefreshError(f"befresh-agent wake {verb} gave no answer ({type(error).__name__})") from error
        if code:
            raise InvalidValue(f"befresh-agent wake {verb} did not work")
        return said

    def _command(self, verb: str) -> Sequence[str]:
        here = f"BEFRESH_AGENT_STATE_DIR={self._sources.state}"
        return "env", here, sys.executable, "-P", "-m", "befresh_agent", "wake", verb, *self._options, *self._simulated

    async def _teach(self, name: str, recordings: Sequence[bytes], *, keep: bool) -> None:
        with tempfile.TemporaryDirectory(prefix="befresh-wake-") as folder:
            files = await asyncio.to_thread(_laid_down, Path(folder), recordings)
            sounds = "--keep-recordings" if keep else "--delete-recordings"
            command = (*self._command("learn"), "--json", sounds, "--name", name, *map(str, files))
            try:
                async with within(_LESSON_S):
                    await self._follow(command)
            except (OSError, TimeoutError, ValueError) as error:
                self._note(LessonStep(step="failed", text=type(error).__name__))
        asyncio.get_running_loop().call_soon(self._touched, frozenset({TAB}))  # when this is over

    async def _follow(self, command: Sequence[str]) -> None:
        process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL)
        try:
            assert process.stdout is not None
            async for line in process.stdout:
                self._note(_step(json.loads(line)))
        finally:
            if process.returncode is None:
                await terminate(process)

    def _note(self, step: LessonStep) -> None:
        self._steps.append(step)
        self._touched(frozenset({TAB}))


def _laid_down(folder: Path, recordings: Sequence[bytes]) -> list[Path]:
    files = [folder / f"{number}.wav" for number in range(1, len(recordings) + 1)]
    for file, sound in zip(files, recordings, strict=True):
        file.write_bytes(sound)
    return files


def _step(line: dict[str, Any]) -> LessonStep:
    if "error" in line:
        return LessonStep(step="failed", text=str(line["error"]))
    return LessonStep.model_validate(_known(LessonStep, line))


def _known(model: type[PageModel], values: dict[str, Any]) -> dict[str, Any]:
    """What the page has a place for."""
    return {name: value for name, value in values.items() if name in model.model_fields}
