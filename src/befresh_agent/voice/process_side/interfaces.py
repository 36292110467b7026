"""What the voice process is made of: a listener, a wake-word detector, engines that turn speech into text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.voice import ListenFailure, NotHeard, Voice


class VoiceListener(Voice, Protocol):
    """The voice port where the microphone is."""

    async def run(self) -> None:
        """Hear, for ever."""

    def mute(self, on: bool, *, speaks: bool) -> None:
        """The loudspeaker sounds: do not listen to it. What is said beside tones may belong to an answer."""


@dataclass(frozen=True, slots=True)
class ListenerCallbacks:
    """Whom an ear tells what it was not asked for."""

    woke: Callable[[], None]
    """The wake phrase was heard."""
    doubted: Callable[[], None]
    """Something was almost the wake phrase."""
    microphone: Callable[[str | None], None]
    """None: sound comes in. Else: why it does not; it is tried again."""
    wake: Callable[[str | None], None]
    """None: somebody listens for the wake phrase. Else: why nobody does; it is tried again."""


class WakeDetector(Protocol):
    """Fed every frame while nobody is asked for a name. Making one raises `DeviceError`."""

    def detects(self, frame: bytes) -> bool:
        """Whether the wake phrase ended in this frame (see `ports/devices.py`).

        Raises `DeviceError` when it gave up; a new one may be made then.
        """


_REST_S = 60.0
"""An engine that could not be asked is not asked again for so long."""


class SpeechToText(Protocol):
    """Sound is as in `ports/devices.py`."""

    name: str

    async def prepare(self) -> None:
        """Load what takes long, before a name is said. Raises nothing: `transcribe` tells what is wrong."""

    def release(self) -> None:
        """Give back the memory that `prepare` took: no name is said for a while."""

    async def transcribe(self, sound: bytes, names: Sequence[str], /) -> Sequence[NameHypothesis]:
        """How it can be read, the best first; `names` are expected. Takes at most its own timeout beside `prepare`'s.

        Raises `NotHeard`: UNINTELLIGIBLE when there is nothing to understand, SERVICE when it could not be asked.
        """


class SpeechChain:
    """Asks the next one when one cannot be asked; what one does not understand, the next would not either."""

    def __init__(self, engines: Sequence[SpeechToText], clock: Clock) -> None:
        self._engines = engines
        self._clock = clock
        self._rests: dict[str, tuple[float, str]] = {}
        """By name of the engine: until when, and why."""

    async def prepare(self) -> None:
        """Let each engine load, one after the other."""
        for engine in self._engines:
            await engine.prepare()

    def check(self) -> None:
        """Raises `NotHeard` while no engine can be asked: then nobody needs to speak."""
        if all(self._is_resting(engine) for engine in self._engines):
            raise self._no_engine()

    def release(self) -> None:
        for engine in self._engines:
            engine.release()

    async def transcribe(self, sound: bytes, names: Sequence[str]) -> Sequence[NameHypothesis]:
        """Raises `NotHeard`: NO_ENGINE when none could be asked."""
        for engine in self._engines:
            if self._is_resting(engine):
                continue
            try:
                return await engine.transcribe(sound, names)
            except NotHeard as error:
                if error.why is not ListenFailure.SERVICE:
                    raise
                self._rests[engine.name] = self._clock.monotonic() + _REST_S, error.detail
        raise self._no_engine()

    def _is_resting(self, engine: SpeechToText) -> bool:
        until, _ = self._rests.get(engine.name, (0.0, ""))
        return self._clock.monotonic() < until

    def _no_engine(self) -> NotHeard:
        return NotHeard(ListenFailure.NO_ENGINE, "; ".join(f"{name}: {why}" for name, (_, why) in self._rests.items()))
