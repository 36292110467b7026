"""AES-CCM by the `cryptography` library, which is imported when the first encrypted container is heard."""

import asyncio
import importlib
from typing import Any

from befresh_agent.errors import DeviceError, InvalidValue

_MIC = 4


class AesCcm:
    def __init__(self) -> None:
        self._module: Any = None

    async def unseal(self, key: bytes, nonce: bytes, sealed: bytes) -> bytes:
        if self._module is None:
            try:  # in a thread: importing takes long enough to be felt
                name = "cryptography.hazmat.primitives.ciphers.aead"
                self._module = await asyncio.to_thread(importlib.import_module, name)
            except ImportError as error:
                remedy = "pip install 'befresh-agent[ble]'"
                raise DeviceError("encrypted containers need cryptography", remedy=remedy) from error
        return _unseal(self._module.AESCCM(key, tag_length=_MIC), nonce, sealed)


def _unseal(cipher: Any, nonce: bytes, sealed: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        plain: bytes = cipher.decrypt(nonce, sealed, None)
    except InvalidTag as error:
        raise InvalidValue("its key does not fit, or it was changed on the way") from error
    return plain
