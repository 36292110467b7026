import math

from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.presence import PresenceRule
from befresh_agent.domain.trigger import Presence

NEAR, AWAY = Presence(True), Presence(False)
DISTANCES = st.floats(min_value=0.02, max_value=4) | st.just(math.inf)


def fed(rule: PresenceRule, *readings: float | None) -> list[Presence]:
    said = [rule.failed() if metres is None else rule.measured(metres) for metres in readings]
    return [presence for presence in said if presence]


def test_nothing_is_said_before_five_readings() -> None:
    rule = PresenceRule(0.5)
    assert fed(rule, *[0.3] * 4) == []
    assert fed(rule, 0.3) == [NEAR]
    assert fed(rule, *[0.3] * 5) == []


def test_stray_echoes_change_nothing() -> None:
    rule = PresenceRule(0.5)
    assert fed(rule, *[2.0] * 5) == [AWAY]
    assert fed(rule, 0.1, 2.0, 0.1, math.inf, 2.0, 2.0) == []


def test_gone_only_beyond_the_margin() -> None:
    rule = PresenceRule(0.5)
    assert fed(rule, *[0.49] * 5) == [NEAR]
    assert fed(rule, *[0.54] * 9) == []
    assert fed(rule, *[0.56] * 5) == [AWAY]
    assert fed(rule, *[0.54] * 9) == []


def test_one_failed_reading_is_ignored() -> None:
    rule = PresenceRule(0.5)
    assert fed(rule, *[2.0] * 3, None, *[2.0] * 2) == [AWAY]
    assert fed(rule, None, 2.0, None, 2.0) == []
    assert not rule.blind


def test_a_dead_sensor_takes_away_back_and_never_says_it() -> None:
    rule = PresenceRule(0.5)
    assert fed(rule, *[2.0] * 5) == [AWAY]
    assert fed(rule, None, None, None, None) == [NEAR]
    assert rule.blind
    assert fed(rule, *[2.0] * 5) == [AWAY]
    assert not rule.blind


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
