"""One container's place in the rotation: when it is due, what it failed, whether it is absent."""

from dataclasses import dataclass

ABSENT_AFTER = 3
"""A container that failed so many slots in a row is absent."""
_FIRST_PAUSE_S = 2.0
# How much of the period a late container catches up at its next turn. Without it, what the radio loses by chance in one
# round is never won back, and readings get older than the load explains.
_CATCH_UP = 0.1


@dataclass(slots=True)
class Turn:
    opened: float
    """When its last slot opened."""
    due: float
    """When it may be visited again."""
    failed: int = 0
    """Slots failed in a row."""
    retries: int = 0
    """Failed attempts within the open slot."""
    silent: bool = True
    """The last failed attempt did not hear it at all."""
    lane: int | None = None
    """The radio it belongs to, of several."""

    @property
    def absent(self) -> bool:
        return self.failed >= ABSENT_AFTER

    def slot_opened(self, now: float, retry_s: float) -> float:
        """When the slot of a visit starting now opened: a retry within `retry_s` has the rest of it, else a new one."""
        return self.opened if self.retries and now <= self.opened + retry_s else now

    def start(self, now: float, retry_s: float) -> float:
        """Begin a visit now; when its slot opened. A retry that comes too late for its slot leaves that one failed."""
        opened = self.slot_opened(now, retry_s)
        if self.retries and opened == now:
            self.failed += 1
            self.retries = 0
        return opened

    def succeed(self, opened: float, period_s: float) -> None:
        on_time = max(self.due, opened - _CATCH_UP * period_s)
        self.due = min(on_time, opened) + period_s
        self.opened, self.failed, self.retries = opened, 0, 0

    def fail(self, opened: float, now: float, *, slot_s: float, retry_s: float, period_s: float) -> None:
        """Try again within `retry_s` of the slot's opening; if that is over, the slot is failed."""
        self.opened = opened
        pause = _FIRST_PAUSE_S * 2**self.retries
        if not self.absent and now + pause <= opened + retry_s:
            self.retries += 1
            self.due = now + pause
            return
        self.retries = 0
        self.failed += 1
        # An absent one is due ever more rarely; the rotation's promise bounds it.
        self.due = now + (period_s * 2.0 ** min(self.failed - ABSENT_AFTER, 16) if self.absent else slot_s)

    def restore(self, now: float) -> None:
        """It was heard: it has all rights and is due at once."""
        self.due, self.failed, self.retries = now, 0, 0
