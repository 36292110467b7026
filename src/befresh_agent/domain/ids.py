"""Names for things that must never get the same name twice, on whatever machine and with whatever clock."""

import secrets
import uuid
from datetime import datetime


def uuid7(at: datetime) -> str:
    """A UUID version 7: sorts by time where the clock is right, and is unique by chance alone where it is not."""
    milliseconds = max(0, int(at.timestamp() * 1000)) & (1 << 48) - 1
    chance = secrets.randbits(74)
    value = milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & (1 << 62) - 1
    return str(uuid.UUID(int=value))
