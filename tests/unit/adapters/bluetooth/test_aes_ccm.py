import sys

import pytest

from befresh_agent.adapters.bluetooth.lazy_radio import AesCcm
from befresh_agent.domain.bthome import SealedPacket, decode, unwrap
from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Measurement
from befresh_agent.errors import DeviceError, InvalidValue
from tests.bthome import KEY

SHELLY = Address("54:48:E6:8F:80:A5")
PUBLISHED = "41 a47266c95f73 00112233 78237214"
"""The format's own example."""


def sealed(packet: str) -> SealedPacket:
    envelope = unwrap(bytes.fromhex(packet), SHELLY)
    assert isinstance(envelope, SealedPacket)
    return envelope


async def test_the_published_packet_is_unsealed() -> None:
    envelope = sealed(PUBLISHED)

    objects = await AesCcm().unseal(KEY, envelope.nonce, envelope.sealed)

    assert decode(objects).measurement == Measurement(temperature=25.06, humidity=51)


async def test_one_changed_bit_is_noticed() -> None:
    envelope = sealed(PUBLISHED.replace("a4", "a5"))

    with pytest.raises(InvalidValue, match="does not fit"):
        await AesCcm().unseal(KEY, envelope.nonce, envelope.sealed)


async def test_another_key_does_not_fit() -> None:
    envelope = sealed(PUBLISHED)

    with pytest.raises(InvalidValue, match="does not fit"):
        await AesCcm().unseal(bytes(16), envelope.nonce, envelope.sealed)


async def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    envelope = sealed(PUBLISHED)

    with pytest.raises(DeviceError, match=r"cryptography is not installed; .*\[ble\]'"):
        await AesCcm().unseal(KEY, envelope.nonce, envelope.sealed)
