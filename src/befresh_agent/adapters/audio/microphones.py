"""The microphone of the voice process: by the program arecord, or by PyAudio (PortAudio).

In: arecord's raw output, or PyAudio's blocking stream on a thread of its own. Out: frames. arecord may crash or hang
without taking the process along.
"""

import asyncio
import importlib.machinery
import importlib.util
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from types import ModuleType, TracebackType
from typing import Any, Self

from befresh_agent.adapters.audio import alsa_cards
from befresh_agent.adapters.audio.alsa_cards import device
from befresh_agent.domain.sound_cards import Direction
from befresh_agent.errors import DeviceError, plain
from befresh_agent.ports.devices import FRAME_BYTES, FRAME_SAMPLES, RATE, STALL_S, MicrophoneStuck
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.remedies import remedy_for
from befresh_agent.runtime.subprocesses import END_S, terminate
from befresh_agent.runtime.threads import DeviceThread

_ARECORD_REMEDY = "install alsa-utils, see `arecord -L` for devices, set voice.input_device"


class ArecordMicrophone:
    """`device` is an ALSA name such as `plughw:1`, or a card's name; empty for the best card, or ALSA's default."""

    def __init__(self, device: str, *, stall_s: float = STALL_S, end_s: float = END_S) -> None:
        self._device = device
        self._stall_s = stall_s
        self._end_s = end_s
        self._process: Process | None = None

    @property
    def _command(self) -> Sequence[str]:
        card = alsa_cards.device(Direction.CAPTURE, self._device)
        device = card.alsa if card else self._device or "default"
        # setpriv: the kernel ends arecord with this process, even when it is killed and arecord hangs.
        return (
            "setpriv", "--pdeathsig", "KILL",
            "arecord", "--quiet", f"--device={device}", "--file-type=raw", "--format=S16",
            f"--rate={RATE}", "--channels=1", "--buffer-time=500000", "--period-time=32000",
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
            )
        except OSError as error:
            raise DeviceError(f"arecord: {error.strerror}", remedy=_ARECORD_REMEDY) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        if not await terminate(process, self._end_s):
            raise MicrophoneStuck("arecord cannot be ended: the sound system does not let go of the microphone")

    async def frame(self) -> bytes:
        process = self._process
        if process is None or process.stdout is None:
            raise DeviceError("the microphone is not open")
        try:
            async with within(self._stall_s):
                return await process.stdout.readexactly(FRAME_BYTES)
        except asyncio.IncompleteReadError:
            words = await _last_words(process)
            raise DeviceError(f"arecord ended: {words}", remedy=remedy_for(words) or _ARECORD_REMEDY) from None
        except TimeoutError:
            raise DeviceError("arecord brings no sound", remedy="check the microphone's plug") from None


async def _last_words(process: Process) -> str:
    if process.stderr is None:
        return ""
    try:
        async with within(1):
            said = await process.stderr.read(4096)
    except TimeoutError:
        return "without a word"
    return said.decode(errors="replace").strip().rpartition("\n")[2][:200]


DEBIAN = "/usr/lib/python3/dist-packages"

_BUFFERED = 4
"""Frames at a time: with fewer PortAudio holds 64 ms in all, and a small Pi that is busy loses what came meanwhile."""

_PYAUDIO_REMEDY = (
    "install python3-pyaudio (with the system's Python) or the package PyAudio, or set voice.microphone = arecord"
)


class PyAudioMicrophone:
    """`device` is a part of the device's name; empty for the best card, or ALSA's default where there is one."""

    def __init__(self, device: str, *, stall_s: float = STALL_S, packages: str = DEBIAN) -> None:
        self._device = device
        self._stall_s = stall_s
        self._packages = packages
        self._thread: DeviceThread | None = None
        self._library: Any = None
        self._stream: Any = None

    async def __aenter__(self) -> Self:
        self._thread = DeviceThread("microphone")
        try:
            await self._thread.call(self._open, self._stall_s)
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._leave()

    async def frame(self) -> bytes:
        if self._thread is None:
            raise DeviceError("the microphone is not open")
        return await self._thread.call(self._read, self._stall_s)

    async def _leave(self) -> None:
        if self._thread is None:
            return
        thread, self._thread = self._thread, None
        try:
            await thread.call(self._close, self._stall_s)
        except DeviceError as error:
            raise MicrophoneStuck("the sound system does not let go of the microphone") from error
        finally:
            await thread.stop()

    def _open(self) -> None:
        pyaudio = library(self._packages)
        os.environ.setdefault("PA_ALSA_PLUGHW", "1")  # read by PortAudio when it begins
        try:
            self._library = pyaudio.PyAudio()
            self._stream = self._library.open(
                rate=RATE,
                channels=1,
                format=pyaudio.paInt16,
                input=True,
                input_device_index=self._index(),
                frames_per_buffer=_BUFFERED * FRAME_SAMPLES,
            )
        except (OSError, ValueError) as error:
            remedy = remedy_for(str(error)) or "plug a microphone in, set voice.input_device"
            raise DeviceError(f"PyAudio: {plain(str(error))}", remedy=remedy) from error

    def _index(self) -> int | None:
        """The first device that records and has the wanted name."""
        card = device(Direction.CAPTURE, self._device)
        wanted = card.number if card else self._device
        if not wanted:
            return None
        names = []
        for index in range(self._library.get_device_count()):
            info = self._library.get_device_info_by_index(index)
            if info["maxInputChannels"] > 0:
                names.append(str(info["name"]))
                if wanted in names[-1]:
                    return index
        raise DeviceError(f"no microphone {self._device!r}", remedy=f"there is: {', '.join(names) or 'none'}")

    def _read(self) -> bytes:
        try:
            sound: bytes = self._stream.read(FRAME_SAMPLES, exception_on_overflow=False)
        except OSError as error:
            raise DeviceError(f"PyAudio: {plain(str(error))}", remedy=remedy_for(str(error))) from error
        return sound

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        if self._library is not None:
            self._library.terminate()
        self._stream = self._library = None


def library(packages: str = DEBIAN) -> ModuleType:
    """PyAudio from this environment, else Debian's package: it has no wheels, and a venv does not see the system's."""
    try:
        import pyaudio

        return pyaudio  # type: ignore[no-any-return]  # it has no types
    except ImportError:
        spec = importlib.machinery.PathFinder.find_spec("pyaudio", [packages])
    if spec is None or spec.loader is None:
        raise DeviceError("PyAudio is not installed", remedy=_PYAUDIO_REMEDY)
    module = importlib.util.module_from_spec(spec)
    sys.modules["pyaudio"] = module
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        del sys.modules["pyaudio"]
        raise DeviceError(f"PyAudio is for another Python: {error}", remedy=_PYAUDIO_REMEDY) from error
    return module
