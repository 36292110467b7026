"""The air around a machine's Bluetooth controller, which speaks HCI on a socket: containers are put into it."""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Self

from bumble.transport import open_transport

from tests.air.controller import AirController, AirLink
from tests.air.nicla import Nicla

_OWN_ADDRESS = "DC:A6:32:00:00:01"


class Air:
    """An async context manager; the socket may appear later."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._link = AirLink()
        self.containers: dict[str, Nicla] = {}

    async def __aenter__(self) -> Self:
        while not self._socket.exists():
            await asyncio.sleep(0.05)
        self._transport = await open_transport(f"unix-client:{self._socket}")
        source, sink = self._transport.source, self._transport.sink
        self._own = AirController(
            "own", host_source=source, host_sink=sink, link=self._link, public_address=_OWN_ADDRESS
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._transport.close()

    async def add(self, number: int, address: str | None = None) -> Nicla:
        container = Nicla(self._link, number, address)
        self.containers[container.address] = container
        await container.start()
        return container

    @property
    def links(self) -> int:
        """Connections that are open at this moment."""
        return len(self._own.le_connections)
