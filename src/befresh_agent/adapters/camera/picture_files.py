"""Pictures from files in place of a camera: a picture, or a folder whose pictures are shown one after another."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from befresh_agent.errors import DeviceError, InvalidValue
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.devices import Frame
from befresh_agent.runtime.media_files import read_picture, to_frame

_PAUSE_S = 0.2
_FRAMES_EACH = 15
"""Three seconds, or longer where looking at a frame takes longer than the pause."""
_NOTHING = 40
"""The gray of a view in which nothing is held up."""

_log = logging.getLogger("camera")


class FileCamera:
    """Shows every picture for a while, in the order of their names, then nothing any more; one alone stays in view."""

    def __init__(self, source: Path, clock: Clock, *, width: int, height: int) -> None:
        self._source = source
        self._clock = clock
        self._size = (width, height)
        self._frames: Iterator[Frame] = iter(())

    async def __aenter__(self) -> Self:
        paths = await asyncio.to_thread(self._paths)
        self._frames = self._show(paths)
        await self._next()  # a wrong file is told now
        self._frames = self._show(paths)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._frames = iter(())

    async def frame(self) -> Frame:
        await self._clock.sleep(_PAUSE_S)
        return await self._next()

    async def _next(self) -> Frame:
        try:
            return await asyncio.to_thread(next, self._frames)
        except InvalidValue as error:
            raise DeviceError(f"{self._source}: {error}") from error

    def _paths(self) -> list[Path]:
        if not self._source.is_dir():
            return [self._source]
        paths = sorted(path for path in self._source.iterdir() if path.is_file() and not path.name.startswith("."))
        if not paths:
            raise DeviceError(f"{self._source} is empty", remedy="put pictures into it")
        return paths

    def _show(self, paths: list[Path]) -> Iterator[Frame]:
        if len(paths) == 1:
            frame = self._read(paths[0])
            while True:
                yield frame
        for path in paths:
            try:
                frame = self._read(path)
            except InvalidValue as error:
                _log.warning("not shown: %s: %s", path, error)
                continue
            for _ in range(_FRAMES_EACH):
                yield frame
        width, height = self._size
        empty = Frame(width, height, bytes([_NOTHING]) * (width * height))
        while True:
            yield empty

    def _read(self, path: Path) -> Frame:
        return to_frame(read_picture(path, max(self._size)))
