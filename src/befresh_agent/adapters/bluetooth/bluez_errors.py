"""What BlueZ and bleak raise, in this project's words. Types and D-Bus error names decide, never a message's text."""

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
)

from befresh_agent.errors import ContainerAbsent, DeviceError, RadioTransient, error_text

RAISED = (BleakError, TimeoutError, EOFError, OSError)
"""Everything that bleak lets through."""

_REMEDY = "is Bluetooth on? `bluetoothctl show` tells"
_HICCUPS = frozenset({"org.bluez.Error.Failed", "org.bluez.Error.InProgress", "org.bluez.Error.NotConnected"})
_RADIO_MISSING = frozenset(
    {
        "org.bluez.Error.NotReady",
        "org.bluez.Error.NotAvailable",
        "org.freedesktop.DBus.Error.ServiceUnknown",
        "org.freedesktop.DBus.Error.NameHasNoOwner",
        "org.freedesktop.DBus.Error.NoReply",
        "org.freedesktop.DBus.Error.AccessDenied",
    }
)


class RetryableBluezError(RadioTransient):
    """Worth another try within the same visit."""


class ServicesStale(RadioTransient):
    """The container was reached, but what BlueZ remembers of it does not hold its characteristics."""


def while_listening(error: Exception) -> DeviceError:
    """Listening concerns the radio alone: what goes wrong is the radio's fault."""
    if "rfkill" in str(error):
        return DeviceError(_detail("listening", error), remedy="sudo rfkill unblock bluetooth")
    if isinstance(error, BleakDBusError) and error.dbus_error in _HICCUPS:
        return RetryableBluezError(_detail("listening", error))
    return DeviceError(_detail("listening", error), remedy=_REMEDY)


def while_visiting(error: Exception, what: str) -> DeviceError:
    """Connecting and reading concern the container, unless Bluetooth as a whole is gone."""
    detail = _detail(what, error)
    match error:
        case BleakDeviceNotFoundError():
            return ContainerAbsent(detail)
        case BleakCharacteristicNotFoundError():
            return ServicesStale(detail)
        case BleakDBusError() if error.dbus_error in _HICCUPS:
            return RetryableBluezError(detail)
        case BleakDBusError() if error.dbus_error in _RADIO_MISSING:
            return DeviceError(detail, remedy=_REMEDY)
        case BleakBluetoothNotAvailableError() | EOFError():
            return DeviceError(detail, remedy=_REMEDY)
        case OSError() if not isinstance(error, TimeoutError):
            return DeviceError(detail, remedy=_REMEDY)
    return RadioTransient(detail)


def _detail(what: str, error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"{what} took too long"
    if isinstance(error, BleakDBusError):  # its own text trips over some answers of the ATT protocol
        return f"{what}: {' '.join(map(str, error.args))}"
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return f"{what}: no system D-Bus is running here, and Bluetooth is behind it"
    return f"{what}: {error_text(error)}"
