"""What kind of container an advertisement shows, and which characteristics it has: built in, or described in the
settings.

A description is a table from devices to lines: a device is an address or the beginning of a local name, and each line
says `UUID FIELD TYPE [SCALE]`, such as `2a6e temperature i16 0.01`.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from befresh_agent.domain.bthome import SERVICE_DATA
from befresh_agent.domain.container import Address, parse_address
from befresh_agent.domain.gatt import NICLA, SERVICE, GattCharacteristic, ValueEncoding
from befresh_agent.domain.quantities import Quantity
from befresh_agent.errors import InvalidValue

_SHORT = re.compile(r"(0x)?([0-9a-f]{4}|[0-9a-f]{8})\Z")

_FULL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")

Layout = Sequence[GattCharacteristic]


@dataclass(frozen=True, slots=True)
class GattLayouts:
    """Those described; an address comes before a name, a longer name before a shorter one."""

    by_address: Mapping[Address, Layout]
    by_name: Sequence[tuple[str, Layout]]

    def described(self, address: Address, name: str) -> Layout | None:
        """The layout that the settings give this device."""
        if (layout := self.by_address.get(address)) is not None:
            return layout
        return next((layout for beginning, layout in self.by_name if name.startswith(beginning)), None)

    def layout_of(self, address: Address, name: str) -> Layout:
        """The layout to read this device by; the built-in one where none is described."""
        return self.described(address, name) or NICLA


def parse_layouts(table: Mapping[str, Sequence[str]]) -> GattLayouts:
    """The described layouts; `InvalidValue` says which line of which device is wrong."""
    by_address: dict[Address, Layout] = {}
    by_name: dict[str, Layout] = {}
    for device, lines in table.items():
        if not device.strip():
            raise InvalidValue("an empty name: give an address or the beginning of a name")
        layout = _layout(device, lines)
        try:
            by_address[parse_address(device)] = layout
        except InvalidValue:
            by_name[device] = layout
    return GattLayouts(by_address, sorted(by_name.items(), key=lambda one: -len(one[0])))


def _layout(device: str, lines: Sequence[str]) -> Layout:
    if not lines:
        raise InvalidValue(f"{device} has no characteristics")
    layout: list[GattCharacteristic] = []
    for place, line in enumerate(lines, start=1):
        try:
            one = _characteristic(line)
        except InvalidValue as error:
            raise InvalidValue(f"{device}, line {place}: {error}") from None
        if one.quantity in {other.quantity for other in layout}:
            raise InvalidValue(f"{device}, line {place}: {one.quantity} is there twice")
        layout.append(one)
    return tuple(layout)


def _characteristic(line: str) -> GattCharacteristic:
    words = line.split()
    if not 3 <= len(words) <= 4:
        raise InvalidValue(f"write `UUID FIELD TYPE [SCALE]` instead of {line!r}")
    uuid, name, encoding = _uuid(words[0]), words[1], words[2]
    quantity = next((one for one in Quantity if one == name), None)
    if quantity is None:
        raise InvalidValue(f"{name!r} is none of {', '.join(Quantity)}")
    if encoding not in set(ValueEncoding):
        raise InvalidValue(f"{encoding!r} is none of {', '.join(ValueEncoding)}")
    return GattCharacteristic(uuid, quantity, ValueEncoding(encoding), _scale(words[3] if words[3:] else "1"))


def _uuid(text: str) -> str:
    """The full form of a UUID, lower-case; short ones are Bluetooth's own."""
    uuid = text.lower()
    if (short := _SHORT.match(uuid)) is not None:
        return f"{short[2]:0>8}-0000-1000-8000-00805f9b34fb"
    if not _FULL.match(uuid):
        raise InvalidValue(f"{text!r} is not a UUID such as 2a6e or 19b10000-2001-537e-4f6c-d104768a1214")
    return uuid


def _scale(text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = 0.0
    if not math.isfinite(scale) or scale == 0:
        raise InvalidValue(f"{text!r} is not a scale such as 0.01")
    return scale


NICLA_NAME = "NiclaSenseME-"


class ContainerKind(StrEnum):
    """The kinds that are told apart."""

    NICLA = "nicla"
    """The smart container: Arduino Nicla Sense ME, read by connecting."""
    BTHOME = "bthome"
    """A sensor that broadcasts in the BTHome format."""
    DESCRIBED = "described"
    """Another device that is read by connecting, as the settings describe it."""


def recognise(name: str, services: Iterable[str]) -> ContainerKind | None:
    """The kind of a device with this local name that advertises these services; None for a stranger."""
    advertised = {uuid.lower() for uuid in services}
    if SERVICE in advertised or name.startswith(NICLA_NAME):
        return ContainerKind.NICLA
    return ContainerKind.BTHOME if SERVICE_DATA in advertised else None
