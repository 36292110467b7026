"""The microphone by way of the program arecord: it may crash or hang without taking this process along.

In: its raw output. Out: frames.
"""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from types import TracebackType
from typing import Self

from befresh_agent.deadline import within
from befresh_agent.errors import DeviceError
from befresh_agent.own_program import end
from befresh_agent.ports.microphone import FRAME_BYTES, RATE, STALL_S, MicrophoneStuck

_REMEDY = "install alsa-utils, see `arecord -L` for devices, set voice.input_device"


class ArecordMicrophone:
    """`device` is an ALSA name such as `plughw:1`; empty for the default one."""

    def __init__(self, device: str) -> None:
        # setpriv: the kernel ends arecord with this process, even when it is killed and arecord hangs.
        self._command = (
            "setpriv", "--pdeathsig", "KILL",
            "arecord", "--quiet", f"--device={device or 'default'}", "--file-type=raw", "--format=S16",
            f"--rate={RATE}", "--channels=1", "--buffer-time=500000", "--period-time=32000",
        )  # fmt: skip
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
            )
        except OSError as error:
            raise DeviceError(f"arecord: {error.strerror}", remedy=_REMEDY) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        if not await end(process):
            raise MicrophoneStuck("arecord cannot be ended: the sound system does not let go of the microphone")

    async def frame(self) -> bytes:
        process = self._process
        if process is None or process.stdout is None:
            raise DeviceError("the microphone is not open")
        try:
            async with within(STALL_S):
                return await process.stdout.readexactly(FRAME_BYTES)
        except asyncio.IncompleteReadError:
            raise DeviceError(f"arecord ended: {await _last_words(process)}", remedy=_REMEDY) from None
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
