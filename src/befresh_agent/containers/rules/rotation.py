"""Whose turn it is on the radio: readings, failures and a time in, the next visit or a rest out.

Fewer than ten containers have a slot of T/n each, and the radio rests after a success until the next slot opens. From
ten on a slot is at most S long, a container is due T after its last visit, and the next due one follows at once.
Within its slot a container may be tried again.

One promise holds for both: every container gets an attempt at least every max(T, n * S), even if all the others use up
their slots. It is kept by looking ahead: the radio rests only as long as that worst case still fits in, so visits that
came in one bunch spread by themselves.

A container that failed three slots is absent: it is tried cheaply and ever more rarely, within the same promise.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from befresh_agent.domain.container import Address

ABSENT_AFTER = 3
"""A container that failed so many slots in a row is absent."""

_FIRST_PAUSE_S = 2.0

# How much of the period a late container catches up at its next turn. Without it, what the radio loses by chance in one
# round is never won back, and readings get older than the load explains.
_CATCH_UP = 0.1


@dataclass(slots=True)
class ContainerTurn:
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
    radio: int | None = None
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
        """Seen on air: it counts as present and is due at once."""
        self.due, self.failed, self.retries = now, 0, 0


FEW = 10
"""From so many containers on, slots are no longer shares of the period."""

ABSENT_SHARE = 1 / 40
"""Absent containers together get so much of the radio, more only where the promise demands it."""

_LEFT_WAITING = 0.5
"""After such a share of a slot another radio takes over."""


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """Find the container within `find_s` and be done with it within `limit_s`."""

    address: Address
    find_s: float
    limit_s: float


@dataclass(frozen=True, slots=True)
class RadioRest:
    """Nobody's turn before this time."""

    until: float


class VisitRotation:
    """Times are seconds on one monotonic clock.

    Several radios (`radios`) may ask: whoever is under way on one is left out for the others, and each container is
    shared out to the radio that read it last, or to the next one when that failed.
    """

    def __init__(self, *, period_s: float, slot_s: float, find_s: float, absent_find_s: float, radios: int = 1) -> None:
        self._period = period_s
        self._longest = slot_s
        self._find = find_s
        self._absent_find = absent_find_s
        self._radios = radios
        self._turns: dict[Address, ContainerTurn] = {}
        self._new: dict[Address, None] = {}
        self._under_way: dict[Address, tuple[float, int]] = {}
        self._absent_again = -inf

    @property
    def promise_s(self) -> float:
        """Every container gets an attempt at least this often."""
        return max(self._period, len(self._turns) * self._longest)

    @property
    def slot_s(self) -> float:
        """The length of a slot at the present number of containers."""
        return self._period / len(self._turns) if self._few else self._longest

    def addresses(self) -> frozenset[Address]:
        return frozenset(self._turns)

    def absent(self, address: Address) -> bool:
        return address in self._turns and self._turns[address].absent

    def add(self, address: Address, now: float, *, read_at: float | None = None) -> None:
        """Take a container in. One that was never read is visited next."""
        if address in self._turns:
            return
        if read_at is None:
            self._turns[address] = ContainerTurn(now, now)
            self._new[address] = None
        else:
            opened = min(read_at, now)
            self._turns[address] = ContainerTurn(opened, opened + self._period)

    def hurry(self, address: Address) -> bool:
        """Visit it next, once, whoever's turn it is; whether it is known."""
        if address in self._turns:
            self._new[address] = None
        return address in self._turns

    def remove(self, address: Address) -> None:
        self._finish(address)
        self._turns.pop(address, None)

    def keep(self, addresses: Iterable[Address], now: float) -> None:
        """Make these the containers: unknown ones are new, others are gone."""
        wanted = dict.fromkeys(addresses)
        for gone in self._turns.keys() - wanted.keys():
            self.remove(gone)
        for address in wanted:
            self.add(address, now)

    def next(self, now: float, radio: int = 0) -> PlannedVisit | RadioRest:
        """The radio's next visit, which is then under way until its outcome is told; or a rest."""
        for address in self._new:
            if address not in self._under_way:
                return self._start(address, now, radio)
        idle = sorted(
            (address for address in self._turns if address not in self._under_way),
            key=lambda address: self._turns[address].opened,
        )
        if not idle:
            return RadioRest(now + self._period)
        first = min(idle, key=lambda address: self._due(address, radio))
        due = self._due(first, radio)
        if due <= now and self._affordable(first, idle, now):
            return self._start(first, now, radio)
        opens = self._latest_start(idle) + self._courtesy(idle[0], radio)
        if opens <= now or (due <= now and self._makes_room(idle[0], now)):
            return self._start(idle[0], now, radio)
        return RadioRest(opens if due <= now else min(opens, due))

    def succeeded(self, address: Address, now: float) -> None:
        """It was read: it counts as present and is due one period after its visit."""
        if (finished := self._finish(address)) is not None:
            turn, opened, radio = finished
            self._spare_the_radio(turn, now - opened, now)
            turn.succeed(opened, self._period)
            turn.radio = radio

    def failed(self, address: Address, now: float, *, heard: bool = False) -> None:
        """The visit failed; `heard` tells that the container was there all the same."""
        if (finished := self._finish(address)) is not None:
            turn, opened, radio = finished
            self._spare_the_radio(turn, now - opened, now)
            turn.silent = not heard
            retry_s = self._retry_s if heard or self._few else 0.0
            turn.fail(opened, now, slot_s=self.slot_s, retry_s=retry_s, period_s=self._period)
            turn.radio = (radio + 1) % self._radios

    def postponed(self, address: Address) -> None:
        """The visit did not take place (no radio): as if it had never been given."""
        self._under_way.pop(address, None)

    def seen(self, address: Address, now: float) -> None:
        """Seen on air: an absent one counts as present again and is due at once.

        Not so one that is absent although its last attempt heard it: hearing it again is no news.
        """
        turn = self._turns.get(address)
        if turn is not None and turn.absent and turn.silent:
            turn.restore(now)

    @property
    def _few(self) -> bool:
        return 0 < len(self._turns) < FEW

    @property
    def _retry_s(self) -> float:
        """How long after its slot opened a container may still be tried again."""
        return self.slot_s - self._find

    def _start(self, address: Address, now: float, radio: int) -> PlannedVisit:
        turn = self._turns[address]
        opened = turn.start(now, self._retry_s)
        self._under_way[address] = opened, radio
        limit = min(self._longest, opened + self.slot_s - now)
        find = self._absent_find if turn.absent else self._find
        return PlannedVisit(address, min(find, limit), limit)

    def _finish(self, address: Address) -> tuple[ContainerTurn, float, int] | None:
        self._new.pop(address, None)
        if (started := self._under_way.pop(address, None)) is None:
            return None
        return self._turns[address], *started

    def _due(self, address: Address, radio: int) -> float:
        """When the radio may take it."""
        turn = self._turns[address]
        due = max(turn.due, self._absent_again) if turn.absent else turn.due
        return due + self._courtesy(address, radio)

    def _courtesy(self, address: Address, radio: int) -> float:
        """How long a container that belongs to another radio is left to it."""
        return 0.0 if self._turns[address].radio in (None, radio) else _LEFT_WAITING * self._longest

    def _spare_the_radio(self, turn: ContainerTurn, spent: float, now: float) -> None:
        if turn.absent:
            self._absent_again = now + spent * (1 / ABSENT_SHARE - 1)

    def _affordable(self, first: Address, idle: list[Address], now: float) -> bool:
        """Whether everybody's promise still holds if this visit takes as long as it may."""
        others = [address for address in idle if address != first]
        opened = self._turns[first].slot_opened(now, self._retry_s)
        return opened + self.slot_s <= self._latest_start(others)

    def _makes_room(self, address: Address, now: float) -> bool:
        """Whether visiting the most urgent one before its time does no harm: it is due itself, or costs little."""
        turn = self._turns[address]
        return turn.absent or turn.due <= now

    def _latest_start(self, addresses: list[Address]) -> float:
        """The latest time to begin with the first of these if each then used its whole slot."""
        promise, slot = self.promise_s, self.slot_s
        return min((self._turns[a].opened + promise - place * slot for place, a in enumerate(addresses)), default=inf)
