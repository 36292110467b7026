from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.radio_recovery import RadioRecovery, RecoveryAction

ROUND = 600.0


def healing(*, may_restart: bool = True) -> RadioRecovery:
    return RadioRecovery(round_s=ROUND, silent_rounds=3, may_restart=may_restart)


def failing(ladder: RadioRecovery, until: float, every: float = 5.0) -> list[tuple[float, RecoveryAction]]:
    """The remedies while every visit fails."""
    times = [number * every for number in range(int(until / every))]
    return [(now, remedy) for now in times if (remedy := ladder.failed(now))]


def test_one_failure_is_not_worth_a_remedy() -> None:
    ladder = healing()

    assert ladder.failed(0) is None
    ladder.works()
    assert ladder.failed(100) is None
    assert not ladder.failing


def test_a_failing_radio_is_power_cycled_then_restarted_then_down() -> None:
    ladder = healing()

    remedies = failing(ladder, 600)

    assert remedies[:3] == [
        (10, RecoveryAction.POWER_CYCLE),
        (40, RecoveryAction.RESTART),
        (100, RecoveryAction.RELOAD),
    ]
    assert ladder.is_down


def test_it_is_not_down_before_every_remedy_had_its_chance() -> None:
    ladder = healing()

    failing(ladder, 95)

    assert ladder.failing
    assert not ladder.is_down


def test_a_radio_that_is_down_is_tried_for_ever_but_ever_more_rarely() -> None:
    ladder = healing()

    times = [now for now, _ in failing(ladder, 30 * 86_400, every=60)]

    pauses = [after - before for before, after in pairwise(times)]
    assert pauses == sorted(pauses)
    assert 6 * 3600 <= pauses[-1] <= 6 * 3600 + 60
    assert ladder.tried[RecoveryAction.POWER_CYCLE] > 35
    assert ladder.tried[RecoveryAction.RESTART] > 35


def test_without_permission_the_service_is_left_alone() -> None:
    ladder = healing(may_restart=False)

    failing(ladder, 86_400)

    assert ladder.tried[RecoveryAction.RESTART] == 0
    assert ladder.is_down


def test_silence_is_borne_for_three_rounds() -> None:
    ladder = healing()
    remedies = [(now, ladder.silent(now)) for now in range(0, 4000, 100)]

    assert [entry for entry in remedies if entry[1]] == [
        (1800, RecoveryAction.POWER_CYCLE),
        (2400, RecoveryAction.RESTART),
        (3600, RecoveryAction.RELOAD),
    ]


def test_a_deaf_radio_that_fails_is_healed_sooner() -> None:
    ladder = healing()
    ladder.silent(0)

    assert ladder.failed(100) is None
    assert ladder.failed(100 + ROUND) is RecoveryAction.POWER_CYCLE


def test_whatever_is_heard_ends_the_illness() -> None:
    ladder = healing()
    failing(ladder, 1000)
    ladder.works()

    assert not ladder.failing
    assert not ladder.is_down
    assert ladder.failed(2000) is None
    assert ladder.failed(2010) is RecoveryAction.POWER_CYCLE


@given(st.lists(st.tuples(st.floats(0.1, 1000), st.sampled_from(["works", "failed", "silent"])), max_size=200))
def test_remedies_are_never_more_frequent_than_patience_allows(history: list[tuple[float, str]]) -> None:
    ladder, now, last = healing(), 0.0, None
    for pause, outcome in history:
        now += pause
        if outcome == "works":
            ladder.works()
            last = None
        elif (ladder.failed(now) if outcome == "failed" else ladder.silent(now)) is not None:
            assert last is None or now - last >= 30
            last = now
