"""Which Bluetooth adapter is meant, and what to do about a radio that fails or has gone deaf.

A ladder of actions, each tried in its time; where it is allowed, the last is a restart of the machine, by night. A
radio fails when its visits end before a container could be looked for; it is deaf when for several rounds not one
device was heard. Adapters are named in the order in which they come up, so a name may mean another one after a restart.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

FAILING_FOR_S = 10.0
"""A radio that fails is given so long before the first remedy."""

PATIENCE_S = 30.0
"""And each remedy so long to show that it helped."""

_LONGEST_PAUSE_S = 6 * 3600.0


class RecoveryAction(StrEnum):
    POWER_CYCLE = "power cycle"
    RESTART = "restart of the Bluetooth service"
    RELOAD = "reload of the Bluetooth driver"


class RadioRecovery:
    """One adapter's ladder; times are monotonic seconds."""

    def __init__(
        self,
        *,
        round_s: float,
        silent_rounds: int,
        may_restart: bool,
        failing_for_s: float = FAILING_FOR_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._round = round_s
        self._silent_rounds = silent_rounds
        self._failing_for_s = failing_for_s
        self._patience_s = patience_s
        self._ladder = (
            (RecoveryAction.POWER_CYCLE, RecoveryAction.RESTART, RecoveryAction.RELOAD)
            if may_restart
            else (RecoveryAction.POWER_CYCLE,)
        )
        self._step = 0
        self._pause = 0.0
        self._next: float | None = None
        self.tried: Counter[RecoveryAction] = Counter()
        """How often each remedy was tried since the start."""

    @property
    def failing(self) -> bool:
        """Something is wrong, and a remedy was tried."""
        return self._step > 0

    @property
    def is_down(self) -> bool:
        """Every remedy was tried in vain."""
        return self._step > len(self._ladder)

    def works(self) -> None:
        """A device was heard or read."""
        self._step, self._next = 0, None

    def failed(self, now: float) -> RecoveryAction | None:
        """A visit ended before a container could be looked for; the remedy that is due now."""
        return self._trouble(now, self._failing_for_s, self._patience_s)

    def silent(self, now: float) -> RecoveryAction | None:
        """A whole visit long not one device was heard; the remedy that is due now."""
        return self._trouble(now, self._silent_rounds * self._round, self._round)

    def deaf(self, now: float) -> RecoveryAction | None:
        """Another radio hears what this one does not; the remedy that is due now."""
        return self._trouble(now, 0, self._round)

    def _trouble(self, now: float, after_s: float, patience_s: float) -> RecoveryAction | None:
        if self._next is None:
            self._next, self._pause = now + after_s, patience_s
        # A deaf radio that begins to fail is not waited for as long as a deaf one.
        self._next = min(self._next, now + max(after_s, self._pause))
        if now < self._next:
            return None
        remedy = self._ladder[self._step % len(self._ladder)]
        self._step += 1
        self.tried[remedy] += 1
        self._next = now + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_S)
        return remedy


@dataclass(frozen=True, slots=True)
class BluetoothAdapter:
    """As BlueZ knows it."""

    name: str
    """Such as `hci0`."""
    address: str
    powered: bool
    blocked: bool = False
    """By rfkill: it cannot be switched on."""

    def answers_to(self, wanted: str) -> bool:
        return wanted.upper() in (self.name.upper(), self.address.upper())


def choose_adapter(
    wanted: str, there: Sequence[BluetoothAdapter], others: Collection[str] = ()
) -> BluetoothAdapter | None:
    """The adapter of that name or address, else the only one that nobody else is meant by; None where that is open.

    `others` are the other adapters of the settings. An address is never taken for another: it says what is meant.
    """
    meant = next((one for one in there if one.answers_to(wanted)), None)
    if meant is not None or ":" in wanted:
        return meant
    free = [one for one in there if not any(one.answers_to(other) for other in others)]
    return free[0] if len(free) == 1 else None


LOST_S = 2 * 3600.0
"""So long every other remedy has had its chance."""

AGAIN_S = 20 * 3600.0

_NIGHT = range(2, 5)
"""Hours of the fridge's own clock."""


def is_due(now: datetime, lost_s: float, since_last_s: float | None) -> bool:
    """`lost_s` is how long the radio has been lost, `since_last_s` how long ago the last restart was; None: never."""
    return now.hour in _NIGHT and lost_s >= LOST_S and (since_last_s is None or since_last_s >= AGAIN_S)
