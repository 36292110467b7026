"""Whatever went wrong with a visit, it ends as the right error, and the next one in the same process is good."""

from collections.abc import Callable

import pytest

from befresh_agent.adapters.bluetooth.lazy_radio import BleakRadio, RadioLimits
from befresh_agent.domain.quantities import Measurement, Quantity
from befresh_agent.errors import ContainerAbsent, DeviceError, RadioTransient
from befresh_agent.settings.model import ContainerSettings

from .bluez import Bluez
from .conftest import KIMCHI
from .objects import Refused
from .peripherals import NEVER, UUID, Peripheral, nicla_values

REAL = Measurement(33.95, 37, 1009.83, 537, 101700, 0)
BUSY = Refused("org.bluez.Error.InProgress", "Operation already in progress")
CANCELED = Refused("org.bluez.Error.Failed", "br-connection-canceled")
ATT_ERROR = Refused("org.bluez.Error.Failed", "Operation failed with ATT error: 0x80 (Application error)")

Fault = Callable[[Bluez, Peripheral], object]

FAULTS: dict[str, tuple[Fault, type[DeviceError]]] = {
    "nobody is heard": (lambda bluez, kimchi: setattr(kimchi, "in_air", False), ContainerAbsent),
    "connecting is cancelled": (lambda bluez, kimchi: kimchi.connecting.extend([CANCELED] * 10), RadioTransient),
    "connecting is in progress": (lambda bluez, kimchi: kimchi.connecting.extend([BUSY] * 10), RadioTransient),
    "connecting hangs": (lambda bluez, kimchi: kimchi.connecting.append(NEVER), RadioTransient),
    "the link is lost": (lambda bluez, kimchi: setattr(kimchi, "drop_after", 3), RadioTransient),
    "a read hangs": (lambda bluez, kimchi: kimchi.reading.update({UUID[Quantity.GAS]: NEVER}), RadioTransient),
    "nothing may be read": (
        lambda bluez, kimchi: kimchi.reading.update(dict.fromkeys(kimchi.values, ATT_ERROR)),
        RadioTransient,
    ),
    "somebody else is listening": (lambda bluez, kimchi: setattr(bluez, "discovery", BUSY), RadioTransient),
    "the adapter is not ready": (
        lambda bluez, kimchi: setattr(bluez, "discovery", Refused("org.bluez.Error.NotReady")),
        DeviceError,
    ),
    "the adapter is off": (lambda bluez, kimchi: bluez.powered("hci0", on=False), DeviceError),
}


def heal(bluez: Bluez, kimchi: Peripheral) -> None:
    kimchi.in_air, kimchi.drop_after, kimchi.disconnecting = True, None, 0.0
    kimchi.connecting.clear()
    kimchi.reading.clear()
    kimchi.values = nicla_values()
    bluez.discovery = 0.0
    bluez.powered("hci0", on=True)


def kind(error: DeviceError) -> type[DeviceError]:
    """Whose fault it is: the container's, nobody's, or, as a plain error, the radio's."""
    return next((leaf for leaf in (ContainerAbsent, RadioTransient) if isinstance(error, leaf)), DeviceError)


@pytest.fixture
def limits() -> RadioLimits:
    return RadioLimits(pauses_s=(0.01, 0.01, 0.01))


@pytest.mark.parametrize("name", FAULTS)
async def test_after_a_fault_the_next_visit_is_good(
    name: str, radio: BleakRadio, bluez: Bluez, kimchi: Peripheral
) -> None:
    spoil, error = FAULTS[name]
    spoil(bluez, kimchi)
    with pytest.raises(DeviceError) as raised:
        await radio.visit(KIMCHI, find_s=0.5, limit_s=2)
    assert kind(raised.value) is error

    heal(bluez, kimchi)

    assert await radio.visit(KIMCHI, find_s=5, limit_s=30) == REAL
    assert not kimchi.connected


MISSING: dict[str, Callable[[Peripheral], object]] = {
    "short": lambda kimchi: kimchi.values.update({UUID[Quantity.CO2]: b"\x01\x02"}),
    "long": lambda kimchi: kimchi.values.update({UUID[Quantity.CO2]: bytes(8)}),
    "empty": lambda kimchi: kimchi.values.update({UUID[Quantity.CO2]: b""}),
    "impossible": lambda kimchi: kimchi.values.update({UUID[Quantity.CO2]: b"\xff\xff\xff\xff"}),
    "refused": lambda kimchi: kimchi.reading.update({UUID[Quantity.CO2]: ATT_ERROR}),
    "not there": lambda kimchi: kimchi.values.pop(UUID[Quantity.CO2]),
}


@pytest.mark.parametrize("name", MISSING)
async def test_a_value_that_cannot_be_had_is_missing_this_time_only(
    name: str, radio: BleakRadio, bluez: Bluez, kimchi: Peripheral
) -> None:
    MISSING[name](kimchi)
    assert await radio.visit(KIMCHI, find_s=5, limit_s=30) == Measurement(33.95, 37, 1009.83, None, 101700, 0)

    heal(bluez, kimchi)

    assert await radio.visit(KIMCHI, find_s=5, limit_s=30) == REAL


async def test_a_container_that_would_not_let_go_is_read_again(
    radio: BleakRadio, bluez: Bluez, kimchi: Peripheral
) -> None:
    kimchi.disconnecting = NEVER
    assert await radio.visit(KIMCHI, find_s=5, limit_s=2) == REAL

    heal(bluez, kimchi)

    assert await radio.visit(KIMCHI, find_s=5, limit_s=30) == REAL


async def test_listening_to_a_bluetoothd_that_never_answers_ends(bluez: Bluez, kimchi: Peripheral) -> None:
    radio = BleakRadio(ContainerSettings(), limits=RadioLimits(scanner_s=0.3))
    bluez.frozen = True
    with pytest.raises(DeviceError) as raised:
        await radio.listen(0.1)
    assert kind(raised.value) is DeviceError

    bluez.frozen = False
    await bluez.stop()
    await bluez.start()

    assert [sighting.address for sighting in await radio.listen(1)] == [KIMCHI]
