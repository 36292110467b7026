"""The Bluetooth radio, by bleak on BlueZ. Needs `befresh-agent[ble]` when it is first used, not before."""

import asyncio
import importlib
from types import TracebackType
from typing import TYPE_CHECKING, Self

from befresh_agent.domain.container import Address
from befresh_agent.domain.healing import Remedy
from befresh_agent.domain.layouts import parse_layouts
from befresh_agent.domain.reading import Measurement
from befresh_agent.errors import DeviceError
from befresh_agent.ports.radio import Sighting
from befresh_agent.settings import ContainerSettings

if TYPE_CHECKING:
    from befresh_agent.adapters.bluez_radio import BluezRadio


class BleakRadio:
    """One adapter, by default the first one set. Entering never needs Bluetooth to be there; a visit does."""

    def __init__(self, settings: ContainerSettings, adapter: str | None = None) -> None:
        self._adapter = adapter or settings.adapters[0]
        self._layouts = parse_layouts(settings.layouts)
        self._radio: BluezRadio | None = None
        self._loading = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        return

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        radio = await self._loaded()
        return await radio.visit(address, find_s=find_s, limit_s=limit_s)

    def sightings(self) -> tuple[Sighting, ...]:
        return self._radio.sightings() if self._radio else ()

    async def listen(self, seconds: float) -> tuple[Sighting, ...]:
        radio = await self._loaded()
        return await radio.listen(seconds)

    async def heal(self, remedy: Remedy) -> None:
        radio = await self._loaded()
        await radio.heal(remedy)

    async def _loaded(self) -> "BluezRadio":
        async with self._loading:  # or two visits at once would get a radio each, and meet in the air
            if self._radio is None:
                self._radio = await self._load()
            return self._radio

    async def _load(self) -> "BluezRadio":
        # In a thread: importing bleak takes long enough to be felt.
        try:
            module = await asyncio.to_thread(importlib.import_module, "befresh_agent.adapters.bluez_radio")
        except ImportError as error:
            raise DeviceError(
                f"Bluetooth needs {error.name or 'bleak'}", remedy="pip install 'befresh-agent[ble]'"
            ) from error
        radio: BluezRadio = module.BluezRadio(self._adapter, self._layouts)
        return radio
