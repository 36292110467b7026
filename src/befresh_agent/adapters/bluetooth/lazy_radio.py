"""The Bluetooth libraries, loaded when they are first needed: bleak for the radio, cryptography for encrypted
broadcasts.
"""

import asyncio
import importlib
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from befresh_agent.domain.container import Address
from befresh_agent.domain.layouts import parse_layouts
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.radio_recovery import RecoveryAction
from befresh_agent.errors import InvalidValue
from befresh_agent.ports.outside import DeviceSighting
from befresh_agent.runtime.remedies import missing
from befresh_agent.settings.model import ContainerSettings

if TYPE_CHECKING:
    from befresh_agent.adapters.bluetooth.bluez_radio import BluezRadio


@dataclass(frozen=True, slots=True)
class RadioLimits:
    """What BlueZ and containers are waited for, in seconds."""

    read_s: float = 5.0
    answer_s: float = 5.0
    """BlueZ itself may take so long to begin and end listening."""
    scanner_s: float = 10.0
    """Starting and stopping to listen may take so long in all."""
    heal_s: float = 30.0
    settle_s: float = 1.0
    """An adapter or a service that was switched is left alone for so long."""
    pauses_s: tuple[float, ...] = (0.25, 0.5, 1.0)
    """Between attempts of one visit that failed in a way that often passes."""


class BleakRadio:
    """One adapter, by default the first one set. Entering never needs Bluetooth to be there; a visit does."""

    def __init__(
        self, settings: ContainerSettings, adapter: str | None = None, *, limits: RadioLimits | None = None
    ) -> None:
        self._adapter = adapter or settings.adapters[0]
        self._others = tuple(other for other in settings.adapters if other != self._adapter)
        self._layouts = parse_layouts(settings.layouts)
        self._limits = limits or RadioLimits()
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

    def sightings(self) -> tuple[DeviceSighting, ...]:
        return self._radio.sightings() if self._radio else ()

    async def listen(self, seconds: float) -> tuple[DeviceSighting, ...]:
        radio = await self._loaded()
        return await radio.listen(seconds)

    async def heal(self, remedy: RecoveryAction) -> None:
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
            module = await asyncio.to_thread(importlib.import_module, "befresh_agent.adapters.bluetooth.bluez_radio")
        except ImportError as error:
            raise missing(error, "ble") from error
        radio: BluezRadio = module.BluezRadio(self._adapter, self._layouts, self._limits, self._others)
        return radio


_MIC = 4


class AesCcm:
    def __init__(self) -> None:
        self._module: Any = None

    async def unseal(self, key: bytes, nonce: bytes, sealed: bytes) -> bytes:
        if self._module is None:
            try:  # in a thread: importing takes long enough to be felt
                name = "cryptography.hazmat.primitives.ciphers.aead"
                self._module = await asyncio.to_thread(importlib.import_module, name)
            except ImportError as error:
                raise missing(error, "ble") from error
        return _unseal(self._module.AESCCM(key, tag_length=_MIC), nonce, sealed)


def _unseal(cipher: Any, nonce: bytes, sealed: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        plain: bytes = cipher.decrypt(nonce, sealed, None)
    except InvalidTag as error:
        raise InvalidValue("its key does not fit, or it was changed on the way") from error
    return plain
