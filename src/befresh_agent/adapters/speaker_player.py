"""The loudspeaker behind a player program: each cue is a WAV file handed to it.

In: cues. Out: sound. The files are made from the tones when the adapter opens.
"""

import asyncio
import contextlib
import io
import sys
import wave
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from befresh_agent.domain.cue import Cue
from befresh_agent.domain.tones import RATE, samples, seconds
from befresh_agent.errors import DeviceError

_GRACE_S = 4.0
"""Players may need a second to open the device; longer than this beyond the tone, the device hangs."""


class PlayerSpeaker:
    """`player` is the command, to which the file is appended; empty for a silent fridge."""

    def __init__(self, player: Sequence[str], cache_dir: Path) -> None:
        self._player = tuple(player)
        self._cache_dir = cache_dir
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        if self._player:
            await asyncio.to_thread(self._write_tones)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    async def play(self, cue: Cue) -> None:
        if self._player:
            async with self._turn:
                await self._run(cue)

    async def _run(self, cue: Cue) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._player, str(self._file(cue)), stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
        except OSError as error:
            raise DeviceError(
                f"player {self._player[0]}: {error.strerror}", remedy="install alsa-utils or set sound.player"
            ) from error
        try:
            async with asyncio.timeout(seconds(cue) + _GRACE_S):
                _, complaint = await process.communicate()
        except TimeoutError as error:
            raise DeviceError(f"player {self._player[0]} hangs", remedy="check the sound device") from error
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode:
            detail = complaint.decode(errors="replace").strip().rpartition("\n")[2][:200]
            raise DeviceError(f"player {self._player[0]} failed: {detail or f'code {process.returncode}'}")

    def _file(self, cue: Cue) -> Path:
        return self._cache_dir / f"{cue}.wav"

    def _write_tones(self) -> None:
        try:
            self._cache_dir.mkdir(parents=True, exist_ok=True)
            for cue in Cue:
                self._file(cue).write_bytes(_wav(cue))
        except OSError as error:
            raise DeviceError(f"tones cannot be written to {self._cache_dir}: {error.strerror}") from error


def _wav(cue: Cue) -> bytes:
    sound = samples(cue)
    if sys.byteorder == "big":
        sound.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(sound.tobytes())
    return file.getvalue()
