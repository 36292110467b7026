"""One Bluetooth adapter under BlueZ: finds a container, connects, reads, disconnects. Imported with bleak only.

The rules were measured against the real BlueZ: one operation at a time from scan to disconnect; a device object fresh
from the scan for every connection; a deadline on everything; always disconnect, or a socket leaks; close the links that
a killed process left behind, or their containers cannot be heard.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakGATTProtocolError, BleakGATTProtocolErrorCode

from befresh_agent.adapters import bluez_bus
from befresh_agent.adapters.bluez_errors import RAISED, Hiccup, ServicesStale, while_listening, while_visiting
from befresh_agent.deadline import within
from befresh_agent.domain.bthome import SERVICE_DATA
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_kind import ContainerKind, recognise
from befresh_agent.domain.gatt import Characteristic, decode
from befresh_agent.domain.healing import Remedy
from befresh_agent.domain.layouts import Layout, Layouts
from befresh_agent.domain.reading import Measurement
from befresh_agent.errors import ContainerAbsent, ContainerBroadcasts, DeviceError, RadioTransient
from befresh_agent.ports.radio import PACKETS, Sighting

T = TypeVar("T")

_READ_S = 5.0
_ANSWER_S = 5.0
"""BlueZ itself may take so long to begin and end listening."""
_HEAL_S = 30.0
_PARTING_SHARE = 0.25
"""So much of a visit's limit is kept for disconnecting."""
_HASTY_PARTING_S = 3.0
_PAUSES_S = (0.25, 0.5, 1.0)
_SCANNER_S = 10.0
"""Starting and stopping to listen may take so long in all."""
_NEIGHBOURS = 512
"""Devices remembered at most: phones change their addresses all the time."""

log = logging.getLogger("radio")


class BluezRadio:
    """One visit at a time on one adapter."""

    def __init__(self, adapter: str, layouts: Layouts) -> None:
        self._adapter = adapter
        self._layouts = layouts
        self._busy = asyncio.Lock()
        self._heard: dict[Address, Sighting] = {}
        self._forgotten: set[Address] = set()
        self._stuck: set[asyncio.Task[Any]] = set()

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        parting_s = limit_s * _PARTING_SHARE
        async with self._busy:
            visiting = self._persist(address, find_s, parting_s)
            return await self._bounded(visiting, address, limit_s - parting_s, parting_s)

    def sightings(self) -> tuple[Sighting, ...]:
        heard, self._heard = self._heard, {}
        return tuple(heard.values())

    async def listen(self, seconds: float) -> tuple[Sighting, ...]:
        async with self._busy:
            try:
                return await self._bounded(self._survey(seconds), "listening", seconds + _SCANNER_S, _SCANNER_S)
            except RadioTransient as error:  # no container is concerned
                raise DeviceError(str(error), remedy="bluetoothctl show") from error

    async def _survey(self, seconds: float) -> tuple[Sighting, ...]:
        heard: dict[Address, Sighting] = {}

        def note(device: BLEDevice, advertisement: AdvertisementData) -> None:
            self._note(heard, device, advertisement)

        try:
            async with BleakScanner(note, bluez={"adapter": self._adapter}):
                await asyncio.sleep(seconds)
        except RAISED as error:
            raise while_listening(error) from error
        return tuple(heard.values())

    async def heal(self, remedy: Remedy) -> None:
        log.info("%s: %s", self._adapter, remedy)
        restart = remedy is Remedy.RESTART
        async with self._busy:
            treating = bluez_bus.restart_service() if restart else bluez_bus.power_cycle(self._adapter)
            try:
                await self._bounded(treating, str(remedy), _HEAL_S, _HASTY_PARTING_S)
            except RAISED as error:
                raise while_listening(error) from error

    async def _bounded(self, visiting: Coroutine[Any, Any, T], what: str, limit_s: float, parting_s: float) -> T:
        """End in time even where cancelling does not help, because bleak waits for a BlueZ that never answers."""
        task = asyncio.create_task(visiting)
        try:
            await asyncio.wait([task], timeout=limit_s)
            if not task.done():
                task.cancel()
                await asyncio.wait([task], timeout=parting_s)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task], timeout=_HASTY_PARTING_S)
            raise
        if not task.done():
            self._stuck.add(task)
            task.add_done_callback(self._stuck.discard)
            raise DeviceError("BlueZ does not answer", remedy="systemctl restart bluetooth")
        if task.cancelled():
            raise RadioTransient(f"{what}: not done within {limit_s:g} s")
        return task.result()

    async def _persist(self, address: Address, find_s: float, parting_s: float) -> Measurement:
        """Try again at once what often works the next time."""
        for pause in _PAUSES_S:
            try:
                return await self._once(address, find_s, parting_s)
            except Hiccup as error:
                log.debug("%s; once more", error)
                await asyncio.sleep(pause)
        return await self._once(address, find_s, parting_s)

    async def _once(self, address: Address, find_s: float, parting_s: float) -> Measurement:
        device = await self._find(address, find_s)
        try:
            async with self._connected(device, address, parting_s) as client:
                values = await self._read_all(client, address)
        except ServicesStale:
            await self._forget(address)
            raise
        self._forgotten.discard(address)
        return values

    async def _find(self, address: Address, find_s: float) -> BLEDevice:
        log.debug("%s: listening on %s", address, self._adapter)
        try:
            async with within(find_s + _ANSWER_S):
                if await bluez_bus.release(self._adapter, address):
                    log.info("%s was still connected to a program that is gone; released", address)
                device = await self._listen_for(address, find_s)
        except RAISED as error:
            raise while_listening(error) from error
        if device is None:
            raise ContainerAbsent(f"{address} was not heard within {find_s:g} s")
        if (sighting := self._heard.get(address)) is not None and sighting.kind is ContainerKind.BTHOME:
            raise ContainerBroadcasts(f"{address} broadcasts what it measures and needs no visit")
        return device

    async def _listen_for(self, address: Address, find_s: float) -> BLEDevice | None:
        found: asyncio.Future[BLEDevice] = asyncio.get_running_loop().create_future()

        def heard(device: BLEDevice, advertisement: AdvertisementData) -> None:
            self._note(self._heard, device, advertisement)
            if device.address.upper() == address and not found.done():
                log.debug("%s: heard with %d dBm", address, advertisement.rssi)
                found.set_result(device)

        async with BleakScanner(heard, bluez={"adapter": self._adapter}):
            await asyncio.wait([found], timeout=find_s)
        return found.result() if found.done() else None

    @contextlib.asynccontextmanager
    async def _connected(self, device: BLEDevice, address: Address, parting_s: float) -> AsyncIterator[BleakClient]:
        client = BleakClient(device, bluez={"adapter": self._adapter})
        try:
            try:
                await client.connect()
            except RAISED as error:
                raise while_visiting(error, f"{address}: connecting") from error
            log.debug("%s: connected", address)
            yield client
        finally:
            await self._part(client, address, parting_s)

    async def _part(self, client: BleakClient, address: Address, parting_s: float) -> None:
        """Disconnect in any case; what goes wrong with it does not spoil a good reading."""
        try:
            async with within(parting_s):
                await client.disconnect()
        except RAISED as error:
            log.debug("%s", while_visiting(error, f"{address}: disconnecting"))
        else:
            log.debug("%s: disconnected", address)

    async def _read_all(self, client: BleakClient, address: Address) -> Measurement:
        layout = self._layout_of(address)
        there = [one for one in layout if client.services.get_characteristic(one.uuid)]
        if not there:
            raise ServicesStale(f"{address}: has none of a container's characteristics")
        answers = {one.uuid: await self._read(client, one, address) for one in there}
        raw = {uuid: answer for uuid, answer in answers.items() if answer is not None}
        if not raw:
            raise RadioTransient(f"{address}: refused to tell anything")
        decoded = decode(layout, raw)
        for fault in decoded.faults:
            log.debug("%s: %s: %s", address, fault.quantity, fault.why)
        return decoded.measurement

    async def _read(self, client: BleakClient, characteristic: Characteristic, address: Address) -> bytes | None:
        """The value's bytes; None when the container refuses to give them."""
        what = f"{address}: reading {characteristic.quantity}"
        try:
            async with within(_READ_S):
                value = bytes(await client.read_gatt_char(characteristic.uuid))
        except BleakGATTProtocolError as error:
            # "Unlikely error" is how BlueZ reports a lost link and an answer that never came.
            if error.code is BleakGATTProtocolErrorCode.UNLIKELY_ERROR:
                raise RadioTransient(f"{what}: {error}") from error
            log.debug("%s: %s", what, error)
            return None
        except RAISED as error:
            raise while_visiting(error, what) from error
        log.debug("%s: %s", what, value.hex(" "))
        return value

    def _layout_of(self, address: Address) -> Layout:
        sighting = self._heard.get(address)
        return self._layouts.of(address, sighting.name if sighting else "")

    def _note(self, heard: dict[Address, Sighting], device: BLEDevice, advertisement: AdvertisementData) -> None:
        address = Address(device.address.upper())
        if address not in heard and len(heard) >= _NEIGHBOURS:
            return
        name = advertisement.local_name or ""
        kind = recognise(name, [*advertisement.service_uuids, *advertisement.service_data])
        if self._layouts.described(address, name) is not None:
            kind = ContainerKind.DESCRIBED
        before = heard[address].broadcasts if address in heard else ()
        packets = _newest(before, advertisement.service_data.get(SERVICE_DATA))
        heard[address] = Sighting(address, name, advertisement.rssi, kind, packets)

    async def _forget(self, address: Address) -> None:
        """Let BlueZ ask for the services anew at the next visit; once, for a device may simply be of another kind."""
        if address in self._forgotten:
            return
        self._forgotten.add(address)
        log.info("%s: BlueZ remembers other services than the container has; forgotten", address)
        try:
            await bluez_bus.forget(self._adapter, address)
        except RAISED as error:
            raise while_listening(error) from error


def _newest(before: tuple[bytes, ...], packet: bytes | None) -> tuple[bytes, ...]:
    """The different packets of a device, the oldest first; a flood of them leaves the newest."""
    return before if packet is None or packet in before else (*before, packet)[-PACKETS:]
