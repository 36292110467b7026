"""The microphone by way of PyAudio (PortAudio).

In: its blocking stream, read on a thread of its own. Out: frames.
"""

import importlib.machinery
import importlib.util
import sys
from types import ModuleType, TracebackType
from typing import Any, Self

from befresh_agent.adapters.own_thread import OwnThread
from befresh_agent.errors import DeviceError
from befresh_agent.ports.microphone import FRAME_SAMPLES, RATE, STALL_S, MicrophoneStuck

_DEBIAN = "/usr/lib/python3/dist-packages"
_REMEDY = "install python3-pyaudio (with the system's Python) or the package PyAudio, or set voice.microphone = arecord"


class PyAudioMicrophone:
    """`device` is a part of the device's name; empty for the default one."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._thread: OwnThread | None = None
        self._library: Any = None
        self._stream: Any = None

    async def __aenter__(self) -> Self:
        self._thread = OwnThread("microphone")
        try:
            await self._thread.call(self._open, STALL_S)
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
        return await self._thread.call(self._read, STALL_S)

    async def _leave(self) -> None:
        if self._thread is None:
            return
        thread, self._thread = self._thread, None
        try:
            await thread.call(self._close, STALL_S)
        except DeviceError as error:
            raise MicrophoneStuck("the sound system does not let go of the microphone") from error
        finally:
            await thread.end()

    def _open(self) -> None:
        pyaudio = library()
        try:
            self._library = pyaudio.PyAudio()
            self._stream = self._library.open(
                rate=RATE,
                channels=1,
                format=pyaudio.paInt16,
                input=True,
                input_device_index=self._index(),
                frames_per_buffer=FRAME_SAMPLES,
            )
        except (OSError, ValueError) as error:
            raise DeviceError(f"PyAudio: {error}", remedy="plug a microphone in, set voice.input_device") from error

    def _index(self) -> int | None:
        """The first device that records and has the wanted name."""
        if not self._device:
            return None
        names = []
        for index in range(self._library.get_device_count()):
            info = self._library.get_device_info_by_index(index)
            if info["maxInputChannels"] > 0:
                names.append(str(info["name"]))
                if self._device in names[-1]:
                    return index
        raise DeviceError(f"no microphone {self._device!r}", remedy=f"there is: {', '.join(names) or 'none'}")

    def _read(self) -> bytes:
        try:
            sound: bytes = self._stream.read(FRAME_SAMPLES, exception_on_overflow=False)
        except OSError as error:
            raise DeviceError(f"PyAudio: {error}") from error
        return sound

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        if self._library is not None:
            self._library.terminate()
        self._stream = self._library = None


def library() -> ModuleType:
    """PyAudio from this environment, else Debian's package: it has no wheels, and a venv does not see the system's."""
    try:
        import pyaudio

        return pyaudio  # type: ignore[no-any-return]  # it has no types
    except ImportError:
        spec = importlib.machinery.PathFinder.find_spec("pyaudio", [_DEBIAN])
    if spec is None or spec.loader is None:
        raise DeviceError("PyAudio is not installed", remedy=_REMEDY)
    module = importlib.util.module_from_spec(spec)
    sys.modules["pyaudio"] = module
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        del sys.modules["pyaudio"]
        raise DeviceError(f"PyAudio is for another Python: {error}", remedy=_REMEDY) from error
    return module
