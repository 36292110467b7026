"""Times that were taken before the clock was set: a Pi has none that runs while it is off.

What was measured meanwhile carries the time of the clock that never jumps. Once the wall clock is right, that tells
when it really was; but only within one run of the machine, for the next one counts from nought again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

SETTLING_S = 3600.0
"""A clock that was not set so many seconds after the machine started will hardly be: nothing waits for it longer."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A moment within one run of the machine."""

    boot: str
    """Which run it was."""
    monotonic: float
    """Seconds on its clock that never jumps."""


def corrected(taken: Anchor, now: Anchor, wall: datetime) -> datetime | None:
    """When it really was, if it is `wall` right now; None when it was in another run of the machine."""
    if not taken.boot or taken.boot != now.boot:
        return None
    return wall - timedelta(seconds=now.monotonic - taken.monotonic)
