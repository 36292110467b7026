"""Who is heard around: each device once, with the newest that is known of it. In: advertisements. Out: sightings."""

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from befresh_agent.domain.bthome import SERVICE_DATA
from befresh_agent.domain.container import Address
from befresh_agent.domain.layouts import ContainerKind, GattLayouts, Layout, recognise
from befresh_agent.domain.visible import plain
from befresh_agent.ports.outside import PACKETS, DeviceSighting

_NO_SIGNAL = -127
"""What bleak says where BlueZ tells no strength."""
_NEIGHBOURS = 512
"""Devices remembered at most: phones change their addresses all the time."""
_LONGEST_NAME = 60


class RadioNeighbours:
    """`note` is a listener for bleak's scanner."""

    def __init__(self, layouts: GattLayouts) -> None:
        self._layouts = layouts
        self._heard: dict[Address, DeviceSighting] = {}

    def anew(self) -> "RadioNeighbours":
        """One that has heard nobody yet."""
        return RadioNeighbours(self._layouts)

    def since_last(self) -> tuple[DeviceSighting, ...]:
        """Everybody since the last call."""
        heard, self._heard = self._heard, {}
        return tuple(heard.values())

    def note(self, device: BLEDevice, advertisement: AdvertisementData) -> Address | None:
        """Who that is; None where nobody was heard.

        BlueZ remembers what it heard long ago, and hands that out without a signal's strength.
        """
        if advertisement.rssi == _NO_SIGNAL:
            return None
        address = Address(device.address.upper())
        if address in self._heard or len(self._heard) < _NEIGHBOURS:
            self._heard[address] = self._sighting(address, advertisement)
        return address

    def broadcasts(self, address: Address) -> bool:
        """Whether it says by itself what it measures, and needs no visit."""
        sighting = self._heard.get(address)
        return sighting is not None and sighting.kind is ContainerKind.BTHOME

    def layout_of(self, address: Address) -> Layout:
        """How its values are laid out, as far as its name tells."""
        sighting = self._heard.get(address)
        return self._layouts.layout_of(address, sighting.name if sighting else "")

    def _sighting(self, address: Address, advertisement: AdvertisementData) -> DeviceSighting:
        name = plain(advertisement.local_name or "")[:_LONGEST_NAME]
        kind = recognise(name, [*advertisement.service_uuids, *advertisement.service_data])
        if self._layouts.described(address, name) is not None:
            kind = ContainerKind.DESCRIBED
        before = self._heard[address].broadcasts if address in self._heard else ()
        packets = _newest(before, advertisement.service_data.get(SERVICE_DATA))
        return DeviceSighting(address, name, advertisement.rssi, kind, packets)


def _newest(before: tuple[bytes, ...], packet: bytes | None) -> tuple[bytes, ...]:
    """The different packets of a device, the oldest first; a flood of them leaves the newest."""
    return before if packet is None or packet in before else (*before, packet)[-PACKETS:]
