import math

import pytest

from befresh_agent.runtime.supervision import FOR_EVER, VitalSigns
from tests.unit.clocks import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def vitals(clock: HandClock) -> VitalSigns:
    return VitalSigns(clock)


def test_a_service_is_well_until_its_steps_time_is_up(vitals: VitalSigns, clock: HandClock) -> None:
    with vitals.step("relay", 10):
        assert vitals.unhealthy(["relay"]) == []
        clock.time += 10
        assert vitals.unhealthy(["relay"]) == []
        clock.time += 0.1
        assert vitals.unhealthy(["relay"]) == ["relay"]
        assert vitals.unhealthy([]) == ["relay"], "what hangs is named, expected or not"


def test_a_service_that_is_at_nothing_is_not_well(vitals: VitalSigns) -> None:
    assert vitals.unhealthy(["relay", "batcher"]) == ["batcher", "relay"]
    with vitals.step("relay", 10):
        assert vitals.unhealthy(["relay", "batcher"]) == ["batcher"]
    assert vitals.unhealthy(["relay"]) == ["relay"]


def test_a_step_that_fails_is_over_too(vitals: VitalSigns, clock: HandClock) -> None:
    with pytest.raises(OSError, match="full"), vitals.step("relay", 10):
        raise OSError("full")
    clock.time += 100
    with vitals.step("relay", 10):
        assert vitals.unhealthy(["relay"]) == []


def test_whoever_waits_for_a_person_may_wait_for_ever(vitals: VitalSigns, clock: HandClock) -> None:
    assert math.isinf(FOR_EVER)
    with vitals.step("registration", FOR_EVER):
        clock.time += 1e9
        assert vitals.unhealthy(["registration"]) == []


def test_of_two_steps_at_once_the_one_that_hangs_counts(vitals: VitalSigns, clock: HandClock) -> None:
    with vitals.step("registration", FOR_EVER), vitals.step("session", 5):
        clock.time += 6
        assert vitals.unhealthy(["registration"]) == ["session"]
