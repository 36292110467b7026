"""What to do about a radio that fails or has gone deaf: a ladder of remedies, each tried in its time.

A radio fails when its visits end before a container could be looked for; it is deaf when for several rounds not one
device was heard. First the adapter is switched off and on, then the Bluetooth service is restarted; when that was in
vain the radio is down, and both are tried again for ever, ever more rarely.
"""

from collections import Counter
from enum import StrEnum

_FAILING_FOR_S = 10.0
_PATIENCE_S = 30.0
_LONGEST_PAUSE_S = 6 * 3600.0


class Remedy(StrEnum):
    POWER_CYCLE = "power cycle"
    RESTART = "restart of the Bluetooth service"


class Healing:
    """One adapter's ladder; times are monotonic seconds."""

    def __init__(self, *, round_s: float, silent_rounds: int, may_restart: bool) -> None:
        self._round = round_s
        self._silent_rounds = silent_rounds
        self._ladder = (Remedy.POWER_CYCLE, Remedy.RESTART) if may_restart else (Remedy.POWER_CYCLE,)
        self._step = 0
        self._pause = 0.0
        self._next: float | None = None
        self.tried: Counter[Remedy] = Counter()
        """How often each remedy was tried since the start."""

    @property
    def ill(self) -> bool:
        """Something is wrong, and a remedy was tried."""
        return self._step > 0

    @property
    def down(self) -> bool:
        """Every remedy was tried in vain."""
        return self._step > len(self._ladder)

    def works(self) -> None:
        """A device was heard or read."""
        self._step, self._next = 0, None

    def failed(self, now: float) -> Remedy | None:
        """A visit ended before a container could be looked for; the remedy that is due now."""
        return self._trouble(now, _FAILING_FOR_S, _PATIENCE_S)

    def silent(self, now: float) -> Remedy | None:
        """A whole visit long not one device was heard; the remedy that is due now."""
        return self._trouble(now, self._silent_rounds * self._round, self._round)

    def _trouble(self, now: float, after_s: float, patience_s: float) -> Remedy | None:
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
