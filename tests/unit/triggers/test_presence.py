import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.trigger import Presence
from befresh_agent.triggers.rules import PresenceRule

NEAR, AWAY = Presence(True), Presence(False)
DISTANCES = st.floats(min_value=0.02, max_value=4) | st.just(math.inf)


def fed(rule: PresenceRule, *readings: float | None) -> list[Presence]:
    said = [rule.failed() if metres is None else rule.measured(metres, at) for at, metres in enumerate(readings)]
    return [presence for presence in said if presence]


def test_nothing_is_said_before_five_readings() -> None:
    rule = PresenceRule(0.5)
    assert fed(rule, *[0.3] * 4) == []
    assert fed(rule, 0.3) == [NEAR]
    assert fed(rule, *[0.3] * 5) == []


def test_stray_echoes_change_nothing() -> None:
    rule = PresenceRule(0.5)
    assert fed(rule, *[2.0] * 12) == [AWAY]
    assert fed(rule, 0.1, 2.0, 0.1, math.inf, 2.0, 2.0) == []


def test_gone_only_beyond_the_margin() -> None:
    rule = PresenceRule(0.5)
    assert fed(rule, *[0.49] * 5) == [NEAR]
    assert fed(rule, *[0.54] * 19) == []
    assert fed(rule, *[0.56] * 10) == [AWAY]
    assert fed(rule, *[0.54] * 19) == []


def test_a_change_is_told_only_once_it_has_lasted() -> None:
    rule = PresenceRule(0.5)
    assert fed(rule, *[0.3] * 5) == [NEAR]
    assert fed(rule, *[2.0] * 7, *[0.3] * 9) == []
    assert fed(rule, *[2.0] * 10) == [AWAY]
    assert fed(rule, *[0.3] * 3, *[2.0] * 9) == []
    assert fed(rule, *[0.3] * 6) == [NEAR]


def test_a_change_tells_since_when_it_has_been_so() -> None:
    rule = PresenceRule(0.5)
    assert [presence.since for presence in fed(rule, *[0.3] * 5, *[2.0] * 10)] == [4, 7]


def test_the_threshold_itself_is_near() -> None:
    assert fed(PresenceRule(0.5), *[0.5] * 5) == [NEAR]
    assert fed(PresenceRule(0.5), *[0.5001] * 12) == [AWAY]


def test_whoever_is_back_in_the_moment_in_which_absence_is_told_has_to_stay_for_four_readings_too() -> None:
    rule = PresenceRule(0.5)
    assert fed(rule, *[0.3] * 5) == [NEAR]
    assert fed(rule, *[2.0] * 8, 0.3, 0.3) == [AWAY]
    assert fed(rule, *[0.3] * 3) == []
    assert fed(rule, 0.3) == [NEAR]


def test_after_a_blind_moment_an_absence_has_to_last_anew() -> None:
    rule = PresenceRule(0.5)
    assert fed(rule, *[0.3] * 5) == [NEAR]
    assert fed(rule, *[2.0] * 9, None, None, *[2.0] * 11) == []
    (away,) = fed(rule, 2.0)
    assert not away.near


def test_a_sensor_that_fails_five_times_in_a_row_is_to_blame_itself() -> None:
    rule = PresenceRule(0.5)
    silent = []
    for distance in (None, None, None, None, None, 0.3):
        fed(rule, distance)
        silent.append(rule.silent)
    assert silent == [False, False, False, False, True, False]


def test_a_sensor_that_never_worked_says_nothing() -> None:
    rule = PresenceRule(0.5)
    assert fed(rule, None) == []
    assert not rule.blind
    assert fed(rule, None, None, None) == []
    assert rule.blind


def test_one_failed_reading_is_ignored() -> None:
    rule = PresenceRule(0.5)
    assert fed(rule, *[2.0] * 3, None, *[2.0] * 9) == [AWAY]
    assert fed(rule, None, 2.0, None, 2.0) == []
    assert not rule.blind


def test_a_dead_sensor_takes_away_back_and_never_says_it() -> None:
    rule = PresenceRule(0.5)
    assert fed(rule, *[2.0] * 12) == [AWAY]
    assert fed(rule, None, None, None, None) == [NEAR]
    assert rule.blind
    assert fed(rule, *[2.0] * 12) == [AWAY]
    assert not rule.blind


@given(st.lists(DISTANCES | st.none(), max_size=60))
def test_nothing_flaps(readings: list[float | None]) -> None:
    rule, told = PresenceRule(0.5), []
    for number, metres in enumerate(readings):
        told += [(number, presence.near) for presence in fed(rule, metres) if metres is not None]
    for (before, was_near), (after, near) in pairwise(told):
        assert was_near is near or after - before >= 4


@given(st.lists(DISTANCES | st.none(), max_size=60))
def test_away_always_rests_on_five_readings_and_no_change_is_told_twice(readings: list[float | None]) -> None:
    rule, last = PresenceRule(0.5), None
    for number, metres in enumerate(readings):
        for presence in fed(rule, metres):
            assert presence != last
            last = presence
            if not presence.near:
                working = [one for one in readings[: number + 1] if one is not None][-5:]
                assert sum(one > 0.5 for one in working) >= 3
                assert metres is not None
