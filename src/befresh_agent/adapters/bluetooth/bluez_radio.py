"""One Bluetooth adapter under BlueZ: finds a container, connects, reads, disconnects. Imported with bleak only.

The rules were measured against the real BlueZ: one operation at a time from scan to disconnect; a device object fresh
from the scan for every connection; a deadline on everything; always disconnect, or a socket leaks; close the links that
a killed process left behind, or their containers cannot be heard.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Collection, Coroutine
from typing import Any, TypeVar

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakGATTProtocolError, BleakGATTProtocolErrorCode

from befresh_agent.adapters.bluetooth import bluez_bus
from befresh_agent.adapters.bluetooth.bluez_errors import (
    RAISED,
    RetryableBluezError,
    ServicesStale,
    while_listening,
    while_visiting,
)
from befresh_agent.adapters.bluetooth.lazy_radio import RadioLimits
from befresh_agent.adapters.bluetooth.radio_neighbours import RadioNeighbours
from befresh_agent.domain.container import Address
from befresh_agent.domain.gatt import GattCharacteristic, decode
from befresh_agent.domain.layouts import GattLayouts
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.radio_recovery import RecoveryAction, choose_adapter
from befresh_agent.errors import ContainerAbsent, ContainerBroadcasts, DeviceError, RadioBlocked, RadioTransient
from befresh_agent.ports.outside import DeviceSighting
from befresh_agent.runtime.event_loop import within

T = TypeVar("T")

_PARTING_SHARE = 0.25
"""So much of a visit's limit is kept for disconnecting."""
_HASTY_PARTING_S = 3.0

log = logging.getLogger("radio")


class BluezRadio:
    """One visit at a time on one adapter."""

    def __init__(self, adapter: str, layouts: GattLayouts, limits: RadioLimits, others: Collection[str] = ()) -> None:
        self._wanted = adapter
        self._others = others
        self._adapter = adapter
        """How it is called at the moment: BlueZ numbers adapters as they come up."""
        self._limits = limits
        self._busy = asyncio.Lock()
        self._neighbours = RadioNeighbours(layouts)
        self._forgotten: set[Address] = set()
        self._stuck: set[asyncio.Task[Any]] = set()

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        parting_s = limit_s * _PARTING_SHARE
        async with self._busy:
            visiting = self._persist(address, find_s, parting_s)
            return await self._bounded(visiting, address, limit_s - parting_s, parting_s)

    def sightings(self) -> tuple[DeviceSighting, ...]:
        return self._neighbours.since_last()

    async def listen(self, seconds: float) -> tuple[DeviceSighting, ...]:
        async with self._busy:
            try:
                spare_s = self._limits.scanner_s
                return await self._bounded(self._survey(seconds), "listening", seconds + spare_s, spare_s)
            except RadioTransient as error:  # no container is concerned
                raise DeviceError(str(error), remedy="bluetoothctl show") from error

    async def _survey(self, seconds: float) -> tuple[DeviceSighting, ...]:
        heard = self._neighbours.anew()

        def note(device: BLEDevice, advertisement: AdvertisementData) -> None:
            heard.note(device, advertisement)

        await self._choose()
        try:
            async with BleakScanner(note, bluez={"adapter": self._adapter}):
                await asyncio.sleep(seconds)
        except RAISED as error:
            raise while_listening(error) from error
        return heard.since_last()

    async def heal(self, remedy: RecoveryAction) -> None:
        log.info("%s: %s", self._wanted, remedy)
        async with self._busy:
            if remedy is RecoveryAction.POWER_CYCLE:
                await self._choose()
            treating = self._treating(remedy)
            try:
                await self._bounded(treating, str(remedy), self._limits.heal_s, _HASTY_PARTING_S)
            except RAISED as error:
                raise while_listening(error) from error

    def _treating(self, remedy: RecoveryAction) -> Coroutine[Any, Any, None]:
        settle_s = self._limits.settle_s
        match remedy:
            case RecoveryAction.RESTART:
                return bluez_bus.restart_service(settle_s)
            case RecoveryAction.RELOAD:
                return bluez_bus.reload_driver(settle_s)
            case _:
                return bluez_bus.power_cycle(self._adapter, settle_s)

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
        for pause in self._limits.pauses_s:
            try:
                return await self._once(address, find_s, parting_s)
            except RetryableBluezError as error:
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
        except (ContainerAbsent, RadioTransient):
            raise
        except DeviceError as error:
            raise await self._blamed(error) from error
        except Exception as error:  # whatever it answers: it is this container alone that did
            raise while_visiting(error, address) from error
        self._forgotten.discard(address)
        return values

    async def _blamed(self, error: DeviceError) -> DeviceError:
        """What sounds as if the adapter were gone is the container's own answer where the adapter is well."""
        try:
            await self._choose(must_be_on=True)
        except RadioBlocked as blocked:
            return blocked
        except DeviceError as gone:
            return DeviceError(f"{error.detail}; {gone.detail}", remedy=gone.remedy)
        return RadioTransient(error.detail)

    async def _choose(self, *, must_be_on: bool = False) -> None:
        """Find out which adapter is meant. Raises `DeviceError` where there is none, or where nobody can use it."""
        try:
            async with within(self._limits.answer_s):
                there = await bluez_bus.adapters()
        except RAISED as error:
            raise while_listening(error) from error
        adapter = choose_adapter(self._wanted, there, self._others)
        if adapter is None:
            known = ", ".join(f"{one.name} ({one.address})" for one in there) or "none"
            remedy = f"there is {known}: name one in containers.adapters"
            raise DeviceError(f"Bluetooth adapter {self._wanted} is not there", remedy=remedy)
        if adapter.blocked:
            raise RadioBlocked(f"{adapter.name} is blocked by rfkill", remedy="sudo rfkill unblock bluetooth")
        if must_be_on and not adapter.powered:
            raise DeviceError(f"{adapter.name} is switched off", remedy="bluetoothctl power on")
        if adapter.name != self._adapter:
            log.info("the adapter %s is %s now", self._wanted, adapter.name)
            self._adapter = adapter.name

    async def _find(self, address: Address, find_s: float) -> BLEDevice:
        await self._choose()
        log.debug("%s: listening on %s", address, self._adapter)
        try:
            async with within(find_s + self._limits.answer_s):
                if await bluez_bus.release(self._adapter, address):
                    log.info("%s was still connected to a program that is gone; released", address)
                device = await self._listen_for(address, find_s)
        except RAISED as error:
            raise while_listening(error) from error
        if device is None:
            raise ContainerAbsent(f"{address} was not heard within {find_s:g} s")
        if self._neighbours.broadcasts(address):
            raise ContainerBroadcasts(f"{address} broadcasts what it measures and needs no visit")
        return device

    async def _listen_for(self, address: Address, find_s: float) -> BLEDevice | None:
        found: asyncio.Future[BLEDevice] = asyncio.get_running_loop().create_future()

        def heard(device: BLEDevice, advertisement: AdvertisementData) -> None:
            if self._neighbours.note(device, advertisement) == address and not found.done():
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
            except Exception as error:
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
        layout = self._neighbours.layout_of(address)
        there = [one for one in layout if client.services.get_characteristic(one.uuid)]
        if not there:
            raise ServicesStale(f"{address}: has none of a container's characteristics")
        answers = {one.uuid: await self._read(client, one, address) for one in there}
        raw = {uuid: answer for uuid, answer in answers.items() if answer is not None}
        if not raw:
            raise RadioTransient(f"{address}: refused every read")
        decoded = decode(layout, raw)
        for fault in decoded.faults:
            log.debug("%s: %s: %s", address, fault.quantity, fault.why)
        return decoded.measurement

    async def _read(self, client: BleakClient, characteristic: GattCharacteristic, address: Address) -> bytes | None:
        """The value's bytes; None when the container refuses to give them."""
        what = f"{address}: reading {characteristic.quantity}"
        try:
            async with within(self._limits.read_s):
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
