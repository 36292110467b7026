"""Random histories in virtual time: whatever happens to the containers, the rules of the rotation hold."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from befresh_agent.containers.rules.rotation import ABSENT_AFTER, FEW, PlannedVisit, RadioRest, VisitRotation
from befresh_agent.domain.container import Address

T, S, FIND, ABSENT_FIND = 600.0, 60.0, 10.0, 5.0
HAIR = 1e-6


class History:
    """Plays one random history and checks the rules at every step."""

    def __init__(self, seed: int, count: int, failing: float, restless: float) -> None:
        self.chance = Random(seed)
        self.failing, self.restless = failing, restless
        self.turns = VisitRotation(period_s=T, slot_s=S, find_s=FIND, absent_find_s=ABSENT_FIND)
        self.now = self.began = self.chance.uniform(0, 1e5)
        self.number = 0
        self.attempted: dict[Address, float] = {}
        self.succeeded: dict[Address, bool] = {}
        self.failures: dict[Address, int] = {}
        self.news: list[Address] = []
        self.promises = [(self.now, 0.0)]
        for _ in range(count):
            self.join()

    def join(self) -> None:
        self.number += 1
        address = Address(f"02:00:00:00:{self.number // 256:02X}:{self.number % 256:02X}")
        self.turns.add(address, self.now)
        self.attempted[address] = self.now
        self.news.append(address)
        self.promises.append((self.now, self.turns.promise_s))

    def leave(self) -> None:
        if self.attempted:
            gone = self.chance.choice(sorted(self.attempted))
            self.turns.remove(gone)
            del self.attempted[gone]
            self.succeeded.pop(gone, None)
            self.news = [address for address in self.news if address != gone]
            self.promises.append((self.now, self.turns.promise_s))

    def step(self) -> None:
        draw = self.chance.random()
        if draw < self.restless:
            self.join() if self.chance.random() < 0.5 else self.leave()
        elif draw < 2 * self.restless and self.attempted:
            self.turns.seen(self.chance.choice(sorted(self.attempted)), self.now)
        match self.turns.next(self.now):
            case RadioRest(until):
                self.check_rest(until)
                self.now = until
            case PlannedVisit() as visit:
                self.check_visit(visit)
                self.finish(visit)

    def check_rest(self, until: float) -> None:
        assert until > self.now, "a rest that is over already would spin"
        assert not self.news, "somebody new waits"

    def check_visit(self, visit: PlannedVisit) -> None:
        assert visit.address in self.attempted, "a removed container is gone"
        assert 0 < visit.find_s <= visit.limit_s <= S + HAIR
        if self.news:
            assert visit.address == self.news.pop(0), "new ones come next"
        if self.turns.absent(visit.address):
            assert visit.find_s <= ABSENT_FIND
        waited = self.now - self.attempted[visit.address]
        assert waited <= self.bound(self.attempted[visit.address]) + HAIR, "nobody starves"
        self.check_order(visit.address)
        self.attempted[visit.address] = self.now

    def bound(self, since: float) -> float:
        """The promise since then; each change of the roster may cost one slot more while it is being absorbed."""
        before = [promise for at, promise in self.promises if at <= since][-1]
        after = [promise for at, promise in self.promises if at > since]
        longest_few = T if 0 < len(self.attempted) < FEW or self.promises[-1][1] == T else S
        return max(before, *after, T) + len(after) * min(longest_few, S)

    def check_order(self, address: Address) -> None:
        """Among healthy ones the longest waiting comes first, give or take what is caught up and retries in a slot."""
        if len(self.attempted) >= FEW and self.succeeded.get(address):
            waiting = [at for other, at in self.attempted.items() if self.succeeded.get(other)]
            assert self.attempted[address] <= min(waiting) + 0.1 * T + S + HAIR, "due order"

    def finish(self, visit: PlannedVisit) -> None:
        address = visit.address
        was_absent = self.turns.absent(address)
        failed = self.chance.random() < self.failing
        heard = failed and self.chance.random() < 0.3
        self.now += self.chance.uniform(0.1, visit.limit_s) if heard or not failed else visit.find_s
        self.succeeded[address] = not failed
        if failed:
            self.failures[address] = self.failures.get(address, 0) + 1
            self.turns.failed(address, self.now, heard=heard)
            if self.turns.absent(address) and not was_absent:
                assert self.failures[address] >= ABSENT_AFTER
        else:
            self.failures[address] = 0
            self.turns.succeeded(address, self.now)
            assert not self.turns.absent(address)

    def play(self, steps: int) -> None:
        for _ in range(steps):
            self.step()
        for at in self.attempted.values():
            assert self.now - at <= self.bound(at) + S + HAIR, "nobody starves"


HISTORIES = given(
    seed=st.integers(0, 2**32),
    count=st.integers(0, 24),
    failing=st.sampled_from([0.0, 0.02, 0.3, 0.9, 1.0]),
    restless=st.sampled_from([0.0, 0.0, 0.01, 0.1]),
)


@HISTORIES
def test_the_rules_hold_in_random_histories(seed: int, count: int, failing: float, restless: float) -> None:
    History(seed, count, failing, restless).play(150)


@pytest.mark.slow
@pytest.mark.unmeasured  # which makes it four times as slow; others go through the same lines
@pytest.mark.timeout(600)
@HISTORIES
@settings(max_examples=10_000, deadline=None)
def test_the_rules_hold_in_ten_thousand_random_histories(
    seed: int, count: int, failing: float, restless: float
) -> None:
    History(seed, count, failing, restless).play(150)
