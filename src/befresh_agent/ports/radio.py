"""The Bluetooth LE radio."""

from typing import Protocol

from befresh_agent.domain.container import Address
from befresh_agent.domain.reading import Measurement


class Radio(Protocol):
    """One radio: one container at a time, no connection is ever held."""

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        """Find the container, connect, read everything, disconnect.

        Gives up with `ContainerAbsent` when it is not found within `find_s` seconds, with `RadioTransient` when
        it was found but the visit failed or took longer than `limit_s` in all, and with a plain `DeviceError`
        when the radio itself is missing or off.
        """
