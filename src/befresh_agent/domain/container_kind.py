"""What a device in the air is, by its advertisement alone: name and service UUIDs in, the kind of container out."""

from collections.abc import Iterable
from enum import StrEnum

from befresh_agent.domain.bthome import SERVICE_DATA
from befresh_agent.domain.gatt import SERVICE

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
