"""The doctor's worst findings, spoken: for whoever stands before the fridge and holds its button.

In: a question, and what the doctor finds. Out: sentences. What to do about it is on the page.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from befresh_agent.domain.events import QuestionAnswered
from befresh_agent.domain.phrase import Language
from befresh_agent.i18n.words import retold, translate
from befresh_agent.runtime.event_bus import EventBus

_MOST = 3
_LONGEST = 160
"""Letters of a finding: a sentence, not an error's whole story."""
_WORST_FIRST = ("broken", "warning")


class DoctorFinding(Protocol):
    """One line of the doctor's table."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def detail(self) -> str: ...


Examination = Callable[[], Awaitable[Sequence[DoctorFinding] | None]]
"""What the doctor finds now; None where it gave no answer."""


class SpokenDoctor:
    """One examination at a time, which nobody waits for."""

    def __init__(self, examine: Examination, say: Callable[[str], None], events: EventBus, language: Language) -> None:
        self._examine = examine
        self._say = say
        self._events = events
        self._language = language
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Begin, unless one is under way."""
        if self._task is None or self._task.done():
            self._say(translate(self._language, "One moment, I am having a look at myself."))
            self._task = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        for sentence in worst_told(await self._examine(), self._language):
            self._events.emit(QuestionAnswered(sentence))
            self._say(sentence)


def worst_told(findings: Sequence[DoctorFinding] | None, language: Language) -> list[str]:
    """What is broken before what should be looked after, a sentence each, three at most."""
    if findings is None:
        return [translate(language, "The doctor gave no answer.")]
    unwell = [one for one in findings if one.state in _WORST_FIRST]
    if not unwell:
        return [translate(language, "All is well.")]
    told = sorted(unwell, key=lambda one: _WORST_FIRST.index(one.state))[:_MOST]
    return [f"{retold(language, one.name)}: {retold(language, one.detail)}"[:_LONGEST] for one in told]
