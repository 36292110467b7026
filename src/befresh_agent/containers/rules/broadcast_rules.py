"""When something is wanted of containers that broadcast, and whether an encrypted packet is new. Pure rules.

One reading a period, however often they are heard. Nothing is visited for it; the radio only listens. A counter that
goes
back is an old packet that was recorded and sent again, unless the container began anew.
"""

from dataclasses import dataclass
from enum import StrEnum

from befresh_agent.containers.rules.rotation import ContainerTurn
from befresh_agent.domain.container import Address

_RAREST = 16
"""An absent one is listened for at least every so many periods."""

_EARLY = 0.1
"""A reading may come so much of a period early, or who is heard late in one turn would miss the next."""


class BroadcastSchedule:
    """Times are seconds on one monotonic clock."""

    def __init__(self, period_s: float) -> None:
        self._period = period_s
        self._turns: dict[Address, ContainerTurn] = {}
        self._heard: set[Address] = set()

    def __contains__(self, address: object) -> bool:
        return address in self._turns

    def __len__(self) -> int:
        return len(self._turns)

    def add(self, address: Address, now: float, read_at: float | None = None) -> None:
        due = now if read_at is None else min(read_at, now) + self._period
        self._turns[address] = ContainerTurn(now, due)

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

    def note_heard(self, address: Address, now: float) -> None:
        """It is there, whatever it says; one that was absent counts as present again."""
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

    def _due(self, turn: ContainerTurn, now: float) -> bool:
        return turn.due - _EARLY * self._period <= now


COUNTER_END = 2**32

TURNED_OVER = 100
"""A counter this close to its end may go on at its beginning."""

IN_A_ROW = 5

OVER_S = 600.0

_AHEAD = 10_000
"""Among counters that were used before, the next one is not further ahead: whoever sends old packets leaps."""


class PacketVerdict(StrEnum):
    NEW = "new"
    KNOWN = "known"
    """The same as the last one."""
    BACK = "back"
    """It went back, or leapt to where the container has been before."""


@dataclass(slots=True)
class CounterWatch:
    """Of one container; seconds are those of the clock that never jumps."""

    last: int | None = None
    """The last one that was accepted."""
    highest: int = -1
    """The highest one ever."""
    row: int = 0
    """Packets in a row that went back, each higher than the one before."""
    row_last: int = -1
    row_since: float = 0.0

    def judge(self, counter: int, now: float) -> PacketVerdict:
        """What a packet with that counter is; one that is new counts from now on."""
        if self.last is not None and counter == self.last:
            return PacketVerdict.KNOWN
        if self._follows(counter) or self._begins_anew(counter, now):
            self.last, self.row = counter, 0
            self.highest = max(self.highest, counter)
            return PacketVerdict.NEW
        return PacketVerdict.BACK

    def _follows(self, counter: int) -> bool:
        if self.last is None:
            return True
        if self.last >= COUNTER_END - TURNED_OVER and counter < TURNED_OVER:
            return True
        return counter > self.last and (counter > self.highest or counter - self.last <= _AHEAD)

    def _begins_anew(self, counter: int, now: float) -> bool:
        if self.row and counter == self.row_last:
            return False
        if self.row and self.row_last < counter <= self.row_last + _AHEAD:
            self.row += 1
        else:
            self.row, self.row_since = 1, now
        self.row_last = counter
        return self.row >= IN_A_ROW and now - self.row_since >= OVER_S
