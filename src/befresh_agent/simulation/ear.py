"""The ear of the dry run: hears text instead of sound, but with the manners of a microphone.

In: phrases from the air. Out: wake phrases and names. What is said while the microphone is dead is lost; silence, a
mumble ("..." or nothing at all) and speech all take their time.
"""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

from befresh_agent.deadline import within
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.voice import NotHeard, Unheard

_LONGEST = 4096
_LETTERS_IN_A_PHRASE = 20


class ScriptedEar:
    """`woke` is told every wake phrase, `microphone` None when it went live and else what is wrong with it."""

    def __init__(
        self,
        air: Path,
        phrase: str,
        clock: Clock,
        woke: Callable[[], None],
        microphone: Callable[[str | None], None],
    ) -> None:
        self._air = air
        self._phrase = phrase
        self._clock = clock
        self._woke = woke
        self._microphone = microphone
        self._live = False
        self._speech: asyncio.Future[str] | None = None

    async def run(self) -> None:
        self._air.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.setblocking(False)
            ear.bind(str(self._air))
            while True:
                said = await asyncio.get_running_loop().sock_recv(ear, _LONGEST)
                self._hear(said.decode(errors="replace").strip())

    def open(self) -> None:
        self._live = True
        self._microphone(None)

    def close(self) -> None:
        self._live = False
        if self._speech is not None and not self._speech.done():
            self._speech.set_exception(NotHeard(Unheard.CANCELLED, "the microphone went dead"))

    def mute(self, on: bool) -> None:
        """Nobody speaks into a tone here."""

    async def listen(self, silence_s: float, phrase_s: float) -> str:
        if not self._live:
            raise NotHeard(Unheard.MICROPHONE, "the microphone is dead")
        self._speech = asyncio.get_running_loop().create_future()
        try:
            async with within(silence_s):
                said = await self._speech
        except TimeoutError:
            raise NotHeard(Unheard.SILENCE) from None
        finally:
            self._speech = None
        await self._clock.sleep(phrase_s * min(1.0, len(said) / _LETTERS_IN_A_PHRASE))
        if not said.strip("."):
            raise NotHeard(Unheard.UNINTELLIGIBLE, "mumbling")
        return said

    def _hear(self, said: str) -> None:
        if not self._live:
            return
        if self._speech is not None:
            if not self._speech.done():
                self._speech.set_result(said)
        elif said == self._phrase:
            self._woke()
