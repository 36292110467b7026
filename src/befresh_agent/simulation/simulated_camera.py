"""The camera of the dry run: photographs whatever is held before it, with a shaking hand and a noisy sensor.

In: which picture is held up at the moment. Out: frames, about five a second.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from befresh_agent.errors import DeviceError, InvalidValue
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.devices import Frame
from befresh_agent.runtime.media_files import read_picture, to_frame
from befresh_agent.simulation.shaking_hand import ShakingHand

if TYPE_CHECKING:
    from PIL.Image import Image

_EVERY_S = 0.2
_EMPTY = 45
"""The gray of an empty view: a fridge at night is dark."""


class SimulatedCamera:
    def __init__(
        self,
        shown: Callable[[], Path | None],
        clock: Clock,
        *,
        width: int,
        height: int,
        seed: int = 0,
        broken: Callable[[], bool] = lambda: False,
    ) -> None:
        self._shown = shown
        self._clock = clock
        self._size = (width, height)
        self._seed = seed
        self._broken = broken
        self._hand: ShakingHand | None = None
        self._views: dict[Path | None, Image] = {}
        self._next = 0.0

    async def __aenter__(self) -> Self:
        self._check()
        self._hand = await asyncio.to_thread(ShakingHand, *self._size, self._seed)
        self._next = self._clock.monotonic()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._views.clear()

    async def frame(self) -> Frame:
        await self._clock.sleep(self._next - self._clock.monotonic())
        self._next = self._clock.monotonic() + _EVERY_S
        self._check()
        return await asyncio.to_thread(self._photograph, self._shown())

    def _check(self) -> None:
        if self._broken():
            raise DeviceError("the simulated camera is broken")

    def _photograph(self, held: Path | None) -> Frame:
        if self._hand is None:
            raise DeviceError("the simulated camera is not open")
        if held not in self._views:
            self._views = {held: self._view(held)}
        return to_frame(self._hand.show(self._views[held]))

    def _view(self, held: Path | None) -> "Image":
        """The picture in the middle of the view, as large as fits."""
        from PIL import Image

        view = Image.new("L", self._size, _EMPTY)
        if held is not None:
            try:
                picture = read_picture(held, max(self._size))
            except InvalidValue as error:
                raise DeviceError(f"{held}: {error}") from error
            picture.thumbnail(self._size)
            view.paste(picture, ((self._size[0] - picture.width) // 2, (self._size[1] - picture.height) // 2))
        return view
