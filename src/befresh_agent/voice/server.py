"""Voice stage, main loop's side: wake phrase and names, heard by a process of its own.

In: what registration asks for. Out: names, and `on_wake` for every wake phrase. The process may die at any moment:
the next one is told what is going on, and whoever waited for a name learns that none came.
"""

import asyncio
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from befresh_agent.deadline import within
from befresh_agent.domain.events import DeviceState
from befresh_agent.events import Devices
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.voice import NotHeard, Unheard
from befresh_agent.settings import SecretSettings, VoiceSettings
from befresh_agent.voice.attempt import Attempt
from befresh_agent.voice.keeper import Keeper
from befresh_agent.voice.messages import (
    AreYouThere,
    Dead,
    Heard,
    Hello,
    Listen,
    Live,
    Message,
    MicrophoneLive,
    MicrophoneLost,
    Missed,
    Mute,
    Stop,
    WakeLost,
    WakeReady,
    Woke,
)
from befresh_agent.voice.options import options_of

if TYPE_CHECKING:
    from befresh_agent.voice.connection import Connection

_log = logging.getLogger("voice")

_PING_S = 5.0
_SILENT_S = 20.0
"""A process that says nothing for so long, though it is asked every few seconds, hangs."""
_GRACE_S = 4.0
"""Beyond the time that speech-to-text is given."""
_RETURN_S = 3.0
"""So long a listening attempt waits for a process that is just being started again."""


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
        devices: Devices,
        on_wake: Callable[[], None],
        air: Path | None = None,
        pace: Callable[[], float] = lambda: 1.0,
        secrets: SecretSettings | None = None,
    ) -> None:
        self._settings = settings
        self._devices = devices
        self._on_wake = on_wake
        self._pace = pace
        self._clock = clock
        socket = runtime_dir / "voice.sock"
        command = [sys.executable, "-P", "-m", "befresh_agent.voice", "--socket", str(socket)]
        options = options_of(settings, secrets or SecretSettings(), air).to_bytes()
        self._keeper = Keeper(command, options, socket, clock, self._converse, self._lost)
        self._connection: Connection | None = None
        self._here = asyncio.Event()
        self._live = False
        self._attempt = Attempt()
        self._understand_s = settings.speech_timeout_s * len(settings.speech) + _GRACE_S

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
        self._send(Live())

    async def listen(self, silence_s: float, phrase_s: float) -> str:
        await self._wait_for_process()
        number, answer = self._attempt.begin()
        pace = self._pace()
        self._send(Listen(number, silence_s / pace, phrase_s / pace))
        try:
            async with within((silence_s + phrase_s) / pace + self._understand_s):
                return await answer
        except TimeoutError:
            raise NotHeard(Unheard.SERVICE, "the voice process did not answer in time") from None
        finally:
            if answer.cancelled():
                self._send(Stop(number))

    def close(self) -> None:
        self._live = False
        self._send(Dead())
        self._attempt.end(Unheard.CANCELLED, "the session is over")
        if self._connection is not None:
            self._devices.report("voice", DeviceState.READY)

    def mute(self, on: bool) -> None:
        """The loudspeaker sounds, or has ended: the microphone does not listen to it."""
        self._send(Mute(on))

    async def _wait_for_process(self) -> None:
        if self._settings.engine == "none":
            raise NotHeard(Unheard.SERVICE, "no voice engine is set")
        try:
            async with within(_RETURN_S if self._keeper.soon_back else 0):
                await self._here.wait()
        except TimeoutError:
            raise NotHeard(Unheard.SERVICE, "the voice process is not there") from None

    async def _converse(self, connection: "Connection", hello: Hello) -> None:
        """One connection of the voice process, until it ends."""
        self._take(connection, hello)
        pinging = asyncio.create_task(self._ping(connection))
        try:
            while (message := await self._next(connection)) is not None:
                self._receive(message)
        finally:
            pinging.cancel()
            self._leave(connection)

    async def _next(self, connection: "Connection") -> Message | None:
        try:
            async with within(_SILENT_S):
                return await connection.read()
        except TimeoutError:
            _log.warning("the voice process hangs; it is replaced")
            self._keeper.kill()
            return None

    async def _ping(self, connection: "Connection") -> None:
        while True:
            connection.send(AreYouThere())
            await self._clock.sleep(_PING_S)

    def _take(self, connection: "Connection", hello: Hello) -> None:
        self._connection = connection
        self._here.set()
        self._devices.report("voice", DeviceState.READY, hello.ear)
        self._send(Live() if self._live else Dead())

    def _leave(self, connection: "Connection") -> None:
        if self._connection is connection:
            self._connection = None
            self._here.clear()
            self._attempt.end(Unheard.SERVICE, "the voice process is gone")

    def _lost(self, why: str) -> None:
        self._devices.report("voice", DeviceState.LOST, why)

    def _send(self, message: Message) -> None:
        if self._connection is not None:
            self._connection.send(message)

    def _receive(self, message: Message) -> None:
        match message:
            case Woke() if self._live:
                self._on_wake()
            case Heard(id=number, text=text):
                self._attempt.heard(number, text)
            case Missed(id=number, why=why, detail=detail):
                self._attempt.missed(number, why, detail)
            case MicrophoneLive() if self._live:
                self._devices.report("voice", DeviceState.LIVE)
            case MicrophoneLost(detail=detail):
                self._lost(f"microphone: {detail}")
            case WakeReady():
                self._devices.report("wake word", DeviceState.READY)
            case WakeLost(detail=detail):
                self._devices.report("wake word", DeviceState.LOST, detail)
