"""A smart container: its address and the QR code that carries it."""

import re
from typing import NewType

from pydantic import BaseModel, ConfigDict, ValidationError

from befresh_agent.errors import InvalidValue

Address = NewType("Address", str)
"""A Bluetooth address in canonical form: six upper-case hexadecimal pairs joined by colons."""

_ADDRESS = re.compile(r"(?:[0-9A-F]{2}:){5}[0-9A-F]{2}\Z")
_NOBODYS = ("00:00:00:00:00:00", "FF:FF:FF:FF:FF:FF")
_LONGEST_PAYLOAD = 4096


def parse_address(text: str) -> Address:
    """The canonical form of a Bluetooth address; `InvalidValue` for anything else."""
    candidate = text.strip().upper().replace("-", ":")
    if not (text.isascii() and _ADDRESS.match(candidate)):  # upper() makes "FF" of a ligature
        raise InvalidValue(f"{text[:40]!r} is not a Bluetooth address such as FB:89:EB:22:95:84")
    if candidate in _NOBODYS:
        raise InvalidValue(f"{candidate} is no container's address: it means nobody or everybody")
    return Address(candidate)


class _QrPayload(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    bt_address: str


def address_in_code(payload: str) -> Address | None:
    """The address a QR text carries, or None when it is not a container's code.

    The text is hostile by assumption: size, depth and types are bounded before anything is kept.
    """
    if len(payload) > _LONGEST_PAYLOAD:
        return None
    try:
        return parse_address(_QrPayload.model_validate_json(payload).bt_address)
    except (ValidationError, InvalidValue):
        return None
