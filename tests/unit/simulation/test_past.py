from datetime import UTC, datetime, timedelta
from itertools import pairwise

from befresh_agent.domain.container import Address
from befresh_agent.simulation.clock import SimulatedClock
from befresh_agent.simulation.past import DAYS, past
from befresh_agent.simulation.radio import SimulatedRadio

FISH, STRANGER = Address("02:00:00:00:00:01"), Address("02:00:00:00:00:02")
NOW = datetime(2026, 11, 21, 18, tzinfo=UTC)


def test_the_days_before_are_there_with_a_gap_and_run_on_without_a_jump() -> None:
    radio = SimulatedRadio({FISH: "fish"}, SimulatedClock(began=NOW), seed=17)
    readings = list(past(radio, [FISH, STRANGER], NOW))
    assert {reading.address for reading in readings} == {FISH}
    assert readings[0].taken_at == NOW - timedelta(days=DAYS)
    steps = [(after.taken_at - before.taken_at) / timedelta(minutes=10) for before, after in pairwise(readings)]
    assert sorted(set(steps)) == [1, 16]
    nh3 = [reading.values.nh3 or 0 for reading in readings]
    assert sum(nh3[-20:]) > 5 * sum(nh3[:20]) > 0
    assert readings == list(past(SimulatedRadio({FISH: "fish"}, SimulatedClock(began=NOW), seed=17), [FISH], NOW))
