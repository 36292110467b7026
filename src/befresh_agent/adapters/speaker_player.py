"""The loudspeaker behind a player program: each cue is a WAV file handed to it.

In: cues. Out: sound.
"""

import asyncio
import contextlib
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from befresh_agent.adapters.cue_files import CueFiles, Prompts, seconds
from befresh_agent.deadline import within
from befresh_agent.domain.cue import Cue
from befresh_agent.errors import DeviceError
from befresh_agent.own_program import end

_GRACE_S = 4.0
"""Players may need a second to open the device; longer than this beyond the sound, the device hangs."""


class PlayerSpeaker:
    """`player` is the command, to which the file is appended; empty for a silent fridge."""

    def __init__(self, player: Sequence[str], cache_dir: Path, prompts: Prompts = "tones") -> None:
        self._player = tuple(player)
        self._files = CueFiles(cache_dir, prompts)
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        if self._player:
            with contextlib.suppress(DeviceError):  # whoever wants to hear something is told
                await asyncio.to_thread(self._files.make_all)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    async def play(self, cue: Cue) -> None:
        if self._player:
            async with self._turn:
                await self._play(await asyncio.to_thread(self._files.file, cue))

    async def _play(self, file: Path) -> None:
        process = await self._started(file)
        try:
            async with within(seconds(file) + _GRACE_S):
                _, complaint = await process.communicate()
        except TimeoutError as error:
            raise DeviceError(f"player {self._player[0]} hangs", remedy="check the sound device") from error
        finally:
            if process.returncode is None:
                await end(process)
        if process.returncode:
            detail = complaint.decode(errors="replace").strip().rpartition("\n")[2][:200]
            raise DeviceError(f"player {self._player[0]} failed: {detail or f'code {process.returncode}'}")

    async def _started(self, file: Path) -> Process:
        try:
            return await asyncio.create_subprocess_exec(
                *self._player, str(file), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
            )
        except OSError as error:
            raise DeviceError(
                f"player {self._player[0]}: {error.strerror}", remedy="install alsa-utils or set sound.player"
            ) from error
