"""Wake phrase and names, heard by a process of its own.

In: what registration asks for. Out: names, `on_wake` for every wake phrase, `on_doubt` for what was almost one. The
process may die at any moment: the next one is told what is going on, and whatever waited for a name learns that none
came. An answer to an earlier attempt comes too late and says nothing.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from befresh_agent.domain.events import DeviceState
from befresh_agent.domain.pacing import Backoff
from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.runtime.event_loop import within
from befresh_agent.settings.device_sections import VoiceSettings
from befresh_agent.settings.model import SecretSettings
from befresh_agent.voice.agent_side.voice_process import BACKOFF, ProcessSupervisor
from befresh_agent.voice.voice_messages import (
    EndSession,
    HelloMessage,
    ListenFailed,
    ListenForName,
    Message,
    MicrophoneLive,
    MicrophoneLost,
    MuteMicrophone,
    NameText,
    PingRequest,
    StartSession,
    StopListening,
    WakeDoubted,
    WakeLost,
    WakePhraseHeard,
    WakeReady,
    options_of,
)

if TYPE_CHECKING:
    from befresh_agent.voice.connection import MessageConnection


class ListenAttempt:
    """Attempts are numbered; an answer to an earlier one comes too late and says nothing."""

    def __init__(self) -> None:
        self._number = 0
        self._answer: asyncio.Future[Sequence[NameHypothesis]] | None = None

    def begin(self) -> tuple[int, asyncio.Future[Sequence[NameHypothesis]]]:
        """Its number and its answer, readings of a name or `NotHeard`. An attempt still going on ends."""
        self.end(ListenFailure.CANCELLED, "another attempt began")
        self._number += 1
        self._answer = asyncio.get_running_loop().create_future()
        return self._number, self._answer

    def heard(self, number: int, readings: Sequence[NameHypothesis]) -> None:
        if (answer := self._waiting(number)) is not None:
            answer.set_result(readings)

    def missed(self, number: int, why: ListenFailure, detail: str) -> None:
        if (answer := self._waiting(number)) is not None:
            answer.set_exception(NotHeard(why, detail))

    def end(self, why: ListenFailure, detail: str) -> None:
        """Whatever attempt is going on ends without a name."""
        self.missed(self._number, why, detail)

    def _waiting(self, number: int) -> asyncio.Future[Sequence[NameHypothesis]] | None:
        return self._answer if self._answer is not None and number == self._number and not self._answer.done() else None


_log = logging.getLogger("voice")

_MOST_NAMES = 200
"""No engine makes use of more expected names."""

_PHRASES = 2
"""In one attempt: behind "음" the name itself may follow."""


@dataclass(frozen=True, slots=True)
class VoiceLimits:
    """How long the voice process is waited for, in seconds of real time."""

    ping_s: float = 5.0
    silent_s: float = 20.0
    """A process that says nothing for so long, though it is asked every few seconds, hangs."""
    grace_s: float = 4.0
    """Beyond the time that speech-to-text is given."""
    return_s: float = 3.0
    """So long a listening attempt waits for a process that is just being started again."""
    backoff: Backoff = BACKOFF
    """Between two lives of the process."""


class VoiceServer:
    """Implements the voice port; `run` is its service.

    The voice process lives in real time, so `clock` is the real one even in a simulated world; `pace` is how many
    seconds of that world pass in a real one.
    """

    def __init__(
        self,
        runtime_dir: Path,
        settings: VoiceSettings,
        clock: Clock,
        devices: DeviceRegistry,
        on_wake: Callable[[], None],
        air: Path | None = None,
        pace: Callable[[], float] = lambda: 1.0,
        secrets: SecretSettings | None = None,
        limits: VoiceLimits | None = None,
        household: Path | None = None,
        on_doubt: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._limits = limits or VoiceLimits()
        self._devices = devices
        self._on_wake, self._on_doubt = on_wake, on_doubt
        self._pace = pace
        self._clock = clock
        socket = runtime_dir / "voice.sock"
        command = [sys.executable, "-P", "-m", "befresh_agent.voice", "--socket", str(socket)]
        options = options_of(settings, secrets or SecretSettings(), air, household)
        self._keeper = ProcessSupervisor(
            command, options.to_bytes(), socket, clock, self._converse, self._lost, backoff=self._limits.backoff
        )
        self._connection: MessageConnection | None = None
        self._here = asyncio.Event()
        self._live = False
        self._attempt = ListenAttempt()
        self._understand_s = _PHRASES * settings.speech_timeout_s * len(options.voice.speech) + self._limits.grace_s

    @property
    def pid(self) -> int | None:
        """The voice process at the moment."""
        return self._keeper.pid

    async def run(self) -> None:
        """Keep the voice process running, for ever; or return at once when none is wanted."""
        if self._settings.engine == "none":
            self._devices.report("voice", DeviceState.OFF)
        else:
            await self._keeper.run()

    def open(self) -> None:
        self._live = True
        self._send(StartSession())

    async def listen(self, silence_s: float, phrase_s: float, names: Sequence[str] = ()) -> Sequence[NameHypothesis]:
        await self._wait_for_process()
        number, answer = self._attempt.begin()
        pace = self._pace()
        self._send(ListenForName(number, silence_s / pace, phrase_s / pace, tuple(names[:_MOST_NAMES])))
        try:
            async with within((silence_s + phrase_s) / pace + self._understand_s):
                return await answer
        except TimeoutError:
            raise NotHeard(ListenFailure.SERVICE, "the voice process did not answer in time") from None
        finally:
            if answer.cancelled():
                self._send(StopListening(number))

    def close(self) -> None:
        self._live = False
        self._send(EndSession())
        self._attempt.end(ListenFailure.CANCELLED, "the session is over")
        if self._connection is not None:
            self._devices.report("voice", DeviceState.READY)

    def mute(self, on: bool, *, speaks: bool) -> None:
        """The loudspeaker sounds, or has ended: the microphone does not listen to it."""
        self._send(MuteMicrophone(on, speaks))

    async def _wait_for_process(self) -> None:
        if self._settings.engine == "none":
            raise NotHeard(ListenFailure.NO_ENGINE, "no voice engine is set")
        try:
            async with within(self._limits.return_s if self._keeper.soon_back else 0):
                await self._here.wait()
        except TimeoutError:
            raise NotHeard(ListenFailure.SERVICE, "the voice process is not there") from None

    async def _converse(self, connection: "MessageConnection", hello: HelloMessage) -> None:
        """One connection of the voice process, until it ends."""
        self._take(connection, hello)
        pinging = asyncio.create_task(self._ping(connection))
        try:
            while (message := await self._next(connection)) is not None:
                self._receive(message)
        finally:
            pinging.cancel()
            self._leave(connection)

    async def _next(self, connection: "MessageConnection") -> Message | None:
        try:
            async with within(self._limits.silent_s):
                return await connection.read()
        except TimeoutError:
            _log.warning("the voice process hangs; it is replaced")
            self._keeper.kill()
            return None

    async def _ping(self, connection: "MessageConnection") -> None:
        while True:
            connection.send(PingRequest())
            await self._clock.sleep(self._limits.ping_s)

    def _take(self, connection: "MessageConnection", hello: HelloMessage) -> None:
        self._connection = connection
        self._here.set()
        self._devices.report("voice", DeviceState.READY, hello.ear)
        self._send(StartSession() if self._live else EndSession())

    def _leave(self, connection: "MessageConnection") -> None:
        if self._connection is connection:
            self._connection = None
            self._here.clear()
            self._attempt.end(ListenFailure.SERVICE, "the voice process is gone")

    def _lost(self, why: str) -> None:
        self._devices.report("voice", DeviceState.LOST, why)

    def _send(self, message: Message) -> None:
        if self._connection is not None:
            self._connection.send(message)

    def _receive(self, message: Message) -> None:
        match message:
            case WakePhraseHeard() if self._live:
                self._on_wake()
            case WakeDoubted() if self._live:
                self._on_doubt()
            case NameText(id=number, readings=readings):
                self._attempt.heard(number, readings)
            case ListenFailed(id=number, why=why, detail=detail):
                self._attempt.missed(number, why, detail)
            case MicrophoneLive() if self._live:
                self._devices.report("voice", DeviceState.LIVE)
            case MicrophoneLost(detail=detail):
                self._lost(f"microphone: {detail}")
            case WakeReady():
                self._devices.report("wake word", DeviceState.READY)
            case WakeLost(detail=detail):
                self._devices.report("wake word", DeviceState.LOST, detail)
