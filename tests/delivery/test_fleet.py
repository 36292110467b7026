"""Fault 21: a hundred thousand fridges must not act as one."""

import random

from benchmarks.fleet import FLEET, power_returns, recovery, sends_a_minute, unevenness


def test_fault_21_sends_are_flat_within_five_percent_a_minute() -> None:
    assert unevenness(sends_a_minute(range(1, FLEET + 1))) < 0.05
    assert unevenness(sends_a_minute(range(5_000_000, 5_000_000 + FLEET))) < 0.05


def test_fault_21_after_an_outage_nobody_storms_the_broker(seed: int) -> None:
    fleet = 20_000
    back = recovery(2 * 3600, random.Random(seed), fleet)
    assert sum(back.values()) == fleet
    assert max(back) <= 300
    assert max(back.values()) < fleet / 50, "not more than two percent in one second"


def test_fault_21_when_the_power_returns_backlogs_are_spread(seed: int) -> None:
    fleet = 20_000
    assert max(power_returns(random.Random(seed), fleet).values()) < fleet / 80
