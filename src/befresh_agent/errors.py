"""Every error this project raises on purpose: one root, few leaves, each with the fields its reader needs."""


def said(error: BaseException) -> str:
    """What it says; some libraries raise errors without a word, and then its kind has to tell."""
    return str(error) or type(error).__name__


class BefreshError(Exception):
    """The root of all errors raised on purpose."""


class SettingsError(BefreshError):
    """A wrong setting; ends the program with exit code 78."""

    def __init__(self, source: str, key: str, value: object, remedy: str) -> None:
        super().__init__(f"{source}: {key} = {value!r}: {remedy}")
        self.source = source
        self.key = key
        self.value = value
        self.remedy = remedy


class InvalidValue(BefreshError, ValueError):
    """A value from outside (a code, a date, a GATT value, a name) that cannot be what it should be."""


class DeviceError(BefreshError):
    """A device is missing, busy or silent. `remedy` tells a person what to do, or is empty."""

    def __init__(self, detail: str, *, remedy: str = "") -> None:
        super().__init__(f"{detail}; {remedy}" if remedy else detail)
        self.detail = detail
        self.remedy = remedy


class ContainerAbsent(DeviceError):
    """The container did not answer within its limit: it is out of reach, flat or gone."""


class ContainerBroadcasts(DeviceError):
    """The container tells by itself what it measures and is not connected to; it is among the sightings."""


class RadioTransient(DeviceError):
    """The visit failed in a way that the next attempt may well not."""


class StoreError(BefreshError):
    """The database could not take or give what was asked."""


class StoreFull(StoreError):
    """There is no room left on the disk or within the size bound."""


class StoreBusy(StoreError):
    """Another agent holds the same state directory."""


class DeliveryError(BefreshError):
    """The broker did not acknowledge."""


class DeliveryTransient(DeliveryError):
    """Worth another try later: an outage, a timeout, a retriable answer."""


class DeliveryRefused(DeliveryError):
    """The broker refuses this very message (too large, invalid, against its policy)."""


class NotAuthorised(DeliveryError):
    """The broker refuses this client: nothing is wrong with the messages, so they wait."""
