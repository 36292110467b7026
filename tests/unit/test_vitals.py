import math
from datetime import datetime

import pytest

from befresh_agent.vitals import FOR_EVER, Vitals


class HandClock:
    """Turned by hand."""

    time = 100.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time).astimezone()

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def vitals(clock: HandClock) -> Vitals:
    return Vitals(clock)


def test_a_service_is_well_until_its_steps_time_is_up(vitals: Vitals, clock: HandClock) -> None:
    with vitals.within("relay", 10):
        assert vitals.unwell(["relay"]) == []
        clock.time += 10.1
        assert vitals.unwell(["relay"]) == ["relay"]
        assert vitals.unwell([]) == ["relay"], "what hangs is named, expected or not"


def test_a_service_that_is_at_nothing_is_not_well(vitals: Vitals) -> None:
    assert vitals.unwell(["relay", "batcher"]) == ["batcher", "relay"]
    with vitals.within("relay", 10):
        assert vitals.unwell(["relay", "batcher"]) == ["batcher"]
    assert vitals.unwell(["relay"]) == ["relay"]


def test_a_step_that_fails_is_over_too(vitals: Vitals, clock: HandClock) -> None:
    with pytest.raises(OSError, match="full"), vitals.within("relay", 10):
        raise OSError("full")
    clock.time += 100
    with vitals.within("relay", 10):
        assert vitals.unwell(["relay"]) == []


def test_whoever_waits_for_a_person_may_wait_for_ever(vitals: Vitals, clock: HandClock) -> None:
    assert math.isinf(FOR_EVER)
    with vitals.within("registration", FOR_EVER):
        clock.time += 1e9
        assert vitals.unwell(["registration"]) == []


def test_of_two_steps_at_once_the_one_that_hangs_counts(vitals: Vitals, clock: HandClock) -> None:
    with vitals.within("registration", FOR_EVER), vitals.within("session", 5):
        clock.time += 6
        assert vitals.unwell(["registration"]) == ["session"]
