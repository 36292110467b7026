import pytest

from befresh_agent.domain.gatt import SERVICE
from befresh_agent.domain.layouts import ContainerKind, recognise

BTHOME = "0000FCD2-0000-1000-8000-00805F9B34FB"
BATTERY = "0000180f-0000-1000-8000-00805f9b34fb"


@pytest.mark.parametrize(
    ("name", "services", "kind"),
    [
        ("NiclaSenseME-9584", [], ContainerKind.NICLA),
        ("", [SERVICE.upper()], ContainerKind.NICLA),
        ("ATC_1234", [BATTERY, BTHOME], ContainerKind.BTHOME),
        ("NiclaSenseME-9584", [BTHOME], ContainerKind.NICLA),
        ("My NiclaSenseME-9584", [BATTERY], None),
        ("", [], None),
    ],
)
def test_an_advertisement_tells_the_kind(name: str, services: list[str], kind: ContainerKind | None) -> None:
    assert recognise(name, services) is kind
