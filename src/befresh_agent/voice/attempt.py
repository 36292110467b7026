"""Voice stage, main loop's side: the one listening attempt that may be going on, and its answer."""

import asyncio

from befresh_agent.ports.voice import NotHeard, Unheard


class Attempt:
    """Attempts are numbered; an answer to an earlier one comes too late and says nothing."""

    def __init__(self) -> None:
        self._number = 0
        self._answer: asyncio.Future[str] | None = None

    def begin(self) -> tuple[int, asyncio.Future[str]]:
        """Its number and its answer, which is a name or `NotHeard`. An attempt still going on ends."""
        self.end(Unheard.CANCELLED, "another attempt began")
        self._number += 1
        self._answer = asyncio.get_running_loop().create_future()
        return self._number, self._answer

    def heard(self, number: int, text: str) -> None:
        if (answer := self._waiting(number)) is not None:
            answer.set_result(text)

    def missed(self, number: int, why: Unheard, detail: str) -> None:
        if (answer := self._waiting(number)) is not None:
            answer.set_exception(NotHeard(why, detail))

    def end(self, why: Unheard, detail: str) -> None:
        """Whatever attempt is going on ends without a name."""
        self.missed(self._number, why, detail)

    def _waiting(self, number: int) -> asyncio.Future[str] | None:
        return self._answer if self._answer is not None and number == self._number and not self._answer.done() else None
