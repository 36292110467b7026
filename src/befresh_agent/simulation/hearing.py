"""How the dry run hears: text in place of sound with the manners of a microphone, or a WAV file at the pace of speech.

In: phrases from the air, or a recording. Out: wake phrases and names, or frames for the real engines. What is said
while
the microphone is dead is lost.
"""

import array
import asyncio
import socket
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from types import TracebackType
from typing import Self

from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.devices import FRAME_BYTES, FRAME_SAMPLES, RATE
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.media_files import read_sound

_LONGEST = 4096

_LETTERS_IN_A_PHRASE = 20

_ALMOST = 0.75
"""So much alike is what differs from the wake phrase by a syllable."""


class ScriptedListener:
    """`woke` is told every wake phrase, `doubted` what is almost one, `microphone` None when it went live and else what
    is wrong with it.
    """

    def __init__(
        self,
        air: Path,
        phrase: str,
        clock: Clock,
        woke: Callable[[], None],
        doubted: Callable[[], None],
        microphone: Callable[[str | None], None],
    ) -> None:
        self._air = air
        self._phrase = phrase
        self._clock = clock
        self._woke, self._doubted = woke, doubted
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
            self._speech.set_exception(NotHeard(ListenFailure.CANCELLED, "the microphone went dead"))

    def mute(self, on: bool, *, speaks: bool) -> None:
        """Nobody speaks into a tone here."""

    async def listen(self, silence_s: float, phrase_s: float, _names: Sequence[str] = ()) -> Sequence[NameHypothesis]:
        if not self._live:
            raise NotHeard(ListenFailure.MICROPHONE, "the microphone is dead")
        self._speech = asyncio.get_running_loop().create_future()
        try:
            async with within(silence_s):
                said = await self._speech
        except TimeoutError:
            raise NotHeard(ListenFailure.SILENCE) from None
        finally:
            self._speech = None
        await self._clock.sleep(phrase_s * min(1.0, len(said) / _LETTERS_IN_A_PHRASE))
        if not said.strip("."):
            raise NotHeard(ListenFailure.UNINTELLIGIBLE, "mumbling")
        return [NameHypothesis(said)]

    def _hear(self, said: str) -> None:
        if not self._live:
            return
        if self._speech is not None:
            if not self._speech.done():
                self._speech.set_result(said)
        elif said == self._phrase:
            self._woke()
        elif SequenceMatcher(None, said, self._phrase).ratio() >= _ALMOST:
            self._doubted()


_HUM = array.array("h", [3, -2, 1, -3, 2, -1, 0, 1] * (FRAME_SAMPLES // 8)).tobytes()
"""No room is as silent as zeros, and detectors do not like them."""


class WavMicrophone:
    """Plays the file from its start whenever it is opened. Any rate, width and number of channels."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._sound = b""
        self._due = 0.0

    async def __aenter__(self) -> Self:
        self._sound = read_sound(self._file)
        self._due = self._clock.monotonic()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._sound = b""

    async def frame(self) -> bytes:
        self._due += FRAME_SAMPLES / RATE
        await self._clock.sleep(self._due - self._clock.monotonic())
        frame, self._sound = self._sound[:FRAME_BYTES], self._sound[FRAME_BYTES:]
        return frame + _HUM[len(frame) :]
