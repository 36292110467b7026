"""When something is wanted of containers that broadcast: one reading a period, however often they are heard.

Nobody is visited for it; the radio only listens. A container that was not heard in three turns of listening is absent:
from then on it is listened for ever more rarely, and has all rights again as soon as it is heard.
"""

from befresh_agent.domain.container import Address
from befresh_agent.domain.turn import Turn

_RAREST = 16
"""An absent one is listened for at least every so many periods."""
_EARLY = 0.1
"""A reading may come so much of a period early, or who is heard late in one turn would miss the next."""


class Broadcasters:
    """Times are seconds on one monotonic clock."""

    def __init__(self, period_s: float) -> None:
        self._period = period_s
        self._turns: dict[Address, Turn] = {}
        self._heard: set[Address] = set()

    def __contains__(self, address: object) -> bool:
        return address in self._turns

    def __len__(self) -> int:
        return len(self._turns)

    def add(self, address: Address, now: float, read_at: float | None = None) -> None:
        due = now if read_at is None else min(read_at, now) + self._period
        self._turns[address] = Turn(now, due)

    def remove(self, address: Address) -> None:
        self._turns.pop(address, None)
        self._heard.discard(address)

    def absent(self, address: Address) -> bool:
        return address in self._turns and self._turns[address].absent

    def due(self, address: Address, now: float) -> bool:
        """Whether a reading of it is wanted."""
        return address in self._turns and self._due(self._turns[address], now)

    def awaited(self, now: float) -> bool:
        """Whether somebody of whom a reading is wanted was not heard in this turn of listening."""
        return any(self._due(turn, now) and address not in self._heard for address, turn in self._turns.items())

    def heard(self, address: Address, now: float) -> None:
        """It is there, whatever it says; one that was absent has all rights again."""
        if (turn := self._turns.get(address)) is not None:
            self._heard.add(address)
            if turn.absent:
                turn.restore(now)

    def read(self, address: Address, now: float) -> None:
        """A reading of it was kept."""
        if (turn := self._turns.get(address)) is not None:
            due = turn.due
            turn.succeed(now, self._period)
            turn.due = max(turn.due, due + self._period) if due > now else turn.due  # early ones bring no more of them

    def turn_over(self, now: float) -> list[Address]:
        """A turn of listening ends; who is absent from now on."""
        lost = []
        for address, turn in self._turns.items():
            if address in self._heard:
                turn.failed = 0
            elif self._due(turn, now):
                was_absent = turn.absent
                turn.fail(now, now, slot_s=0.0, retry_s=0.0, period_s=self._period)
                turn.due = min(turn.due, now + _RAREST * self._period)
                lost += [address] if turn.absent and not was_absent else []
        self._heard.clear()
        return lost

    def _due(self, turn: Turn, now: float) -> bool:
        return turn.due - _EARLY * self._period <= now
