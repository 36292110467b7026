"""A stand-in for systemd on a private bus: restarts units, or says why not."""

from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Self

from dbus_fast import Message
from dbus_fast.aio import MessageBus

from .objects import Objects, Refused, Reply

_PATH = "/org/freedesktop/systemd1"
_MANAGER = "org.freedesktop.systemd1.Manager"


class ServiceManager:
    """`units` maps names to what starts them anew; `refusal` is what everybody is told instead."""

    def __init__(
        self, bus_address: str, units: Mapping[str, Callable[[], Awaitable[object]]], *, refusal: Refused | None = None
    ) -> None:
        self._bus_address = bus_address
        self._units = units
        self._refusal = refusal
        self._objects: Objects | None = None
        self.restarted: list[tuple[str, str]] = []
        """Unit and mode of every restart."""

    async def __aenter__(self) -> Self:
        bus = await MessageBus(bus_address=self._bus_address).connect()
        self._objects = Objects(bus)
        self._objects.add(_PATH, {_MANAGER: {}})
        self._objects.methods[_MANAGER, "RestartUnit"] = self._restart
        await bus.request_name("org.freedesktop.systemd1")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._objects is not None:
            self._objects.stop()
            self._objects.bus.disconnect()

    async def _restart(self, message: Message) -> Reply:
        name, mode = message.body
        if self._refusal is not None:
            raise self._refusal
        if name not in self._units:
            raise Refused("org.freedesktop.systemd1.NoSuchUnit", f"Unit {name} not found.")
        await self._units[name]()
        self.restarted.append((name, mode))
        return "o", [f"{_PATH}/job/1"]
