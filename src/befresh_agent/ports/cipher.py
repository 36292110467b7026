"""Authenticated decryption of what containers broadcast."""

from typing import Protocol


class Cipher(Protocol):
    async def unseal(self, key: bytes, nonce: bytes, sealed: bytes) -> bytes:
        """The plain text of AES-CCM with four bytes of authentication behind the cipher text.

        Raises `InvalidValue` when the key does not fit or the text was changed, `DeviceError` when the library for it
        is missing.
        """
