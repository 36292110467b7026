"""Packets as a BTHome sensor makes them."""

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from befresh_agent.domain.container import Address

KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")


def said(temperature: float = 4.5, humidity: int = 61, packet_id: int | None = None) -> bytes:
    counted = b"" if packet_id is None else bytes([0x00, packet_id % 256])
    return counted + b"\x02" + round(temperature * 100).to_bytes(2, "little", signed=True) + bytes([0x2E, humidity])


def plain(temperature: float = 4.5, humidity: int = 61, packet_id: int | None = None) -> bytes:
    return b"\x40" + said(temperature, humidity, packet_id)


def encrypted(
    address: Address, counter: int, temperature: float = 4.5, key: bytes = KEY, objects: bytes | None = None
) -> bytes:
    tail = counter.to_bytes(4, "little")
    nonce = bytes.fromhex(address.replace(":", "")) + b"\xd2\xfc\x41" + tail
    sealed = AESCCM(key, tag_length=4).encrypt(nonce, objects or said(temperature), None)
    return b"\x41" + sealed[:-4] + tail + sealed[-4:]
