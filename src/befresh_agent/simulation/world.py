"""The world of the dry run: who stands where, what is held before the camera, what is broken.

The simulated devices look at it; a person (see `person.py`) changes it.
"""

from dataclasses import dataclass, field
from pathlib import Path

FAR_M = 2.2
"""The wall opposite: what the distance sensor sees when nobody is there."""

BREAKABLE = frozenset({"camera", "distance", "radio", "speaker", "broker"})


@dataclass(slots=True)
class World:
    hand_m: float = FAR_M
    """Distance of the nearest thing before the fridge, in metres."""
    picture: Path | None = None
    """What is held before the camera."""
    broken: set[str] = field(default_factory=set)
    """Devices that do not work at the moment, out of `BREAKABLE`."""
