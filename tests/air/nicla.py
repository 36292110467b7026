"""A container as its firmware behaves (Arduino Nicla Sense ME), played by bumble, with faults on demand."""

import asyncio
import struct
from typing import Any

from bumble import hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Device
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.host import Host
from bumble.transport.common import AsyncPipeSink

from befresh_agent.domain.gatt import NICLA, SERVICE
from befresh_agent.domain.layouts import NICLA_NAME
from befresh_agent.domain.quantities import Measurement, Quantity
from tests.air.controller import AirController, AirLink

_LOOK_S = 0.05
_FORMATS = {
    Quantity.TEMPERATURE: "<f",
    Quantity.HUMIDITY: "<I",
    Quantity.PRESSURE: "<f",
    Quantity.CO2: "<i",
    Quantity.GAS: "<I",
    Quantity.NH3: "<I",
}
_LOST = hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR


class Nicla:
    """Advertises until it is connected, and again afterwards. Its gas value counts the connections."""

    def __init__(self, air: AirLink, number: int, address: str | None = None) -> None:
        self.address = address or f"C0:FF:EE:00:00:{number:02X}"
        self.visits = 0
        self.asked = 0
        """Values asked for in this visit."""
        self.read_s = 0.0
        """Each value takes so long."""
        self.silent_after: int | None = None
        """After so many values of a visit it never answers again."""
        self.drops_after: int | None = None
        """After so many values of a visit the link is lost."""
        self._number = number
        self._air = air
        self._on = False
        self._name = f"{NICLA_NAME}{number:04X}"
        self.controller = AirController(self._name, link=air, public_address=self.address)
        host = Host(self.controller, AsyncPipeSink(self.controller))
        self._device = Device(name=self._name, address=hci.Address(f"F0:F0:EE:00:00:{number:02X}"), host=host)
        self._device.add_service(Service(SERVICE, [self._characteristic(one.uuid, one.quantity) for one in NICLA]))
        self._device.on("connection", self._connected)

    def measures(self, visit: int) -> Measurement:
        """What it tells on its so-many-th visit."""
        return Measurement(self._number / 4, 30 + self._number, 1000.0 + self._number, 400 + self._number, visit, 7)

    async def start(self) -> None:
        await self._device.power_on()
        await self.come()

    async def come(self) -> None:
        """It is there, from now on."""
        self._on = True
        await self._advertise()

    async def go(self) -> None:
        """Out of reach or out of battery: not heard any more, a link is lost."""
        self._on = False
        if self._device.is_advertising:
            await self._device.stop_advertising()
        self.lose_link()

    def lose_link(self) -> None:
        for side in list(self._air.controllers):
            for connection in list(side.le_connections.values()):
                if side is self.controller or connection.peer_address == self.controller.public_address:
                    side.on_le_disconnected(connection, _LOST)

    @property
    def linked(self) -> bool:
        return bool(self.controller.le_connections)

    def heal(self) -> None:
        """No fault any more."""
        self.read_s, self.silent_after, self.drops_after = 0.0, None, None
        self.controller.deaf_to_connecting = False

    def _connected(self, connection: Any) -> None:
        self.visits += 1
        self.asked = 0
        connection.on("disconnection", lambda *_: asyncio.ensure_future(self._advertise()))

    async def _advertise(self) -> None:
        if not self._on or self._device.is_advertising:
            return
        advertised = AdvertisingData(
            [
                (AdvertisingData.FLAGS, b"\x06"),
                (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(SERVICE))),
            ]
        )
        answer = AdvertisingData([(AdvertisingData.COMPLETE_LOCAL_NAME, self._name.encode())])
        await self._device.start_advertising(
            own_address_type=hci.OwnAddressType.PUBLIC,
            advertising_data=bytes(advertised),
            scan_response_data=bytes(answer),
            advertising_interval_min=100,
            advertising_interval_max=100,
        )

    def _characteristic(self, uuid: str, quantity: Quantity) -> Any:
        async def read(_connection: Any) -> bytes:
            self.asked += 1
            await asyncio.sleep(self.read_s)
            if self.drops_after is not None and self.asked > self.drops_after:
                self.drops_after = None
                self.lose_link()
            if self.silent_after is not None and self.asked > self.silent_after:
                self.silent_after = None
                while self.linked:
                    await asyncio.sleep(_LOOK_S)
            return struct.pack(_FORMATS[quantity], getattr(self.measures(self.visits), quantity))

        value = CharacteristicValue(read=read)
        return Characteristic(uuid, Characteristic.Properties.READ, Characteristic.READABLE, value)
