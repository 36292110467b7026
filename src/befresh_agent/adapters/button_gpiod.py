"""The button on a line of the kernel's: pulled down, active high, debounced there.

In: the kernel's edges, with its times. Out: edges on the loop. Nothing runs between two presses; lgpio, which is below
RPi.GPIO, looks at a watched pin two thousand times a second, day and night.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from befresh_agent.adapters.gpio_chips import DEVICES
from befresh_agent.adapters.lines_gpiod import request
from befresh_agent.errors import DeviceError
from befresh_agent.ports.button import Edge
from befresh_agent.settings import GpioSettings

if TYPE_CHECKING:
    from gpiod import LineRequest


class LineButton:
    """Its times are those of the kernel's monotonic clock, as `time.monotonic` shows it."""

    def __init__(self, settings: GpioSettings, devices: Path = DEVICES) -> None:
        self._settings = settings
        self._devices = devices
        self._where = f"button on BCM {settings.button_pin}"
        self._edges: asyncio.Queue[Edge | DeviceError] = asyncio.Queue()
        self._line: LineRequest | None = None

    async def __aenter__(self) -> Self:
        self._edges = asyncio.Queue()
        self._line = line = await asyncio.to_thread(self._open)
        asyncio.get_running_loop().add_reader(line.fd, self._read, line)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._line is not None:
            asyncio.get_running_loop().remove_reader(self._line.fd)
            self._line.release()
            self._line = None

    async def edges(self) -> AsyncIterator[Edge]:
        """Every debounced edge, for ever. Raises `DeviceError` when the chip is gone."""
        while True:
            edge = await self._edges.get()
            if isinstance(edge, DeviceError):
                raise edge
            yield edge

    def _open(self) -> "LineRequest":
        from gpiod import LineSettings, line

        settings = LineSettings(
            edge_detection=line.Edge.BOTH,
            bias=line.Bias.PULL_DOWN,
            debounce_period=timedelta(seconds=self._settings.bounce_s),
        )
        return request({self._settings.button_pin: settings}, self._where, "check gpio.button_pin", self._devices)

    def _read(self, line: "LineRequest") -> None:
        try:
            events = line.read_edge_events()
        except OSError as error:
            asyncio.get_running_loop().remove_reader(line.fd)
            self._edges.put_nowait(DeviceError(f"{self._where}: {error}"))
            return
        for event in events:
            down = event.event_type is event.Type.RISING_EDGE
            self._edges.put_nowait(Edge(down, event.timestamp_ns / 1e9))
