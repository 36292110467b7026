from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.trigger import HELP_AFTER_S, Press
from befresh_agent.triggers.rules import PressDetector

DOUBLE_S, HOLD_S = 0.4, 3.0
LIMITS = (DOUBLE_S, HOLD_S, HOLD_S + HELP_AFTER_S)
SPANS = st.floats(min_value=0.01, max_value=7).filter(lambda s: all(abs(s - limit) > 0.001 for limit in LIMITS))


def played(*spans: float) -> list[Press]:
    """Alternating times of down and up, then a long rest; the deadlines are kept as a loop would keep them."""
    rule, known = PressDetector(DOUBLE_S, HOLD_S), []
    for number, at in enumerate(accumulate(spans, initial=1.0)):
        while rule.deadline is not None and rule.deadline <= at:
            known += rule.tick(rule.deadline)
        known += rule.edge(down=number % 2 == 0, at=at)
    while rule.deadline is not None:
        known += rule.tick(rule.deadline)
    return known


def test_one_tap_is_short_once_the_double_window_passed() -> None:
    rule = PressDetector(DOUBLE_S, HOLD_S)
    assert rule.edge(down=True, at=1.0) == []
    assert rule.edge(down=False, at=1.1) == []
    assert rule.tick(1.49) == []
    assert rule.tick(1.5) == [Press.SHORT]
    assert rule.deadline is None


def test_two_taps_are_double_at_once_and_a_third_starts_anew() -> None:
    assert played(0.1, 0.2, 0.1) == [Press.DOUBLE]
    assert played(0.1, 0.2, 0.1, 0.2, 0.1) == [Press.DOUBLE, Press.SHORT]
    assert played(0.1, 0.5, 0.1) == [Press.SHORT, Press.SHORT]


def test_hold_is_known_while_the_button_is_still_down() -> None:
    rule = PressDetector(DOUBLE_S, HOLD_S)
    rule.edge(down=True, at=1.0)
    assert rule.deadline == 4.0
    assert rule.tick(4.0) == [Press.HOLD]
    assert rule.edge(down=False, at=5.9) == []
    assert rule.deadline is None


def test_held_for_five_seconds_it_asks_for_help_once_and_the_next_hold_begins_anew() -> None:
    rule = PressDetector(DOUBLE_S, HOLD_S)
    rule.edge(down=True, at=1.0)
    assert (rule.tick(4.0), rule.deadline) == ([Press.HOLD], 6.0)
    assert (rule.tick(5.9), rule.tick(6.0), rule.deadline) == ([], [Press.HELP], None)
    assert rule.tick(60.0) == rule.edge(down=False, at=60.0) == []
    rule.edge(down=True, at=61.0)
    assert rule.tick(70.0) == [Press.HOLD, Press.HELP], "a late loop loses nothing"


def test_a_tap_before_a_hold_belongs_to_the_hold() -> None:
    assert played(0.1, 0.2, 4.0) == [Press.HOLD]


def test_a_long_press_is_known_when_the_button_is_let_go() -> None:
    rule = PressDetector(DOUBLE_S, HOLD_S, long_s=1.0)
    rule.edge(down=True, at=1.0)
    assert rule.tick(2.5) == []
    assert rule.edge(down=False, at=2.5) == [Press.LONG]
    assert rule.deadline is None


def test_a_long_press_is_neither_short_nor_half_of_a_double_one_nor_a_hold() -> None:
    rule = PressDetector(DOUBLE_S, HOLD_S, long_s=1.0)
    edges = [(True, 0.0), (False, 0.9), (True, 1.2), (False, 2.4), (True, 5.0), (False, 6.0), (True, 6.1), (False, 6.2)]
    assert [press for down, at in edges for press in rule.edge(down=down, at=at)] == [Press.DOUBLE, Press.LONG]
    assert rule.tick(7.0) == [Press.SHORT]
    rule.edge(down=True, at=8.0)
    assert rule.tick(11.0) == [Press.HOLD]
    assert rule.edge(down=False, at=11.5) == []


def test_a_late_loop_loses_nothing() -> None:
    rule = PressDetector(DOUBLE_S, HOLD_S)
    assert rule.edge(down=True, at=1.0) == []
    assert rule.edge(down=False, at=1.1) == []
    assert rule.edge(down=True, at=6.0) == [Press.SHORT]
    assert rule.edge(down=False, at=9.5) == [Press.HOLD]


def test_a_repeated_level_says_nothing() -> None:
    rule = PressDetector(DOUBLE_S, HOLD_S)
    assert rule.edge(down=False, at=0.5) == []
    rule.edge(down=True, at=1.0)
    rule.edge(down=True, at=1.2)
    assert rule.deadline == 4.0


def expected(downs: list[float], gaps: list[float]) -> list[Press]:
    """The same rule, told about presses and the gaps after them."""
    known: list[Press] = []
    pending = False
    for down, gap in zip(downs, [*gaps, float("inf")], strict=True):
        if down >= HOLD_S:
            known, pending = [*known, Press.HOLD], False
            if down >= HOLD_S + HELP_AFTER_S:
                known.append(Press.HELP)
        elif pending:
            known, pending = [*known, Press.DOUBLE], False
        elif gap >= DOUBLE_S:
            known.append(Press.SHORT)
        else:
            pending = True
    return known


@given(st.lists(st.tuples(SPANS, SPANS), min_size=1, max_size=8))
def test_any_playing_with_the_button_is_understood(presses: list[tuple[float, float]]) -> None:
    downs, gaps = [down for down, _ in presses], [gap for _, gap in presses[:-1]]
    spans = [span for pair in zip(downs, [*gaps, 0], strict=True) for span in pair][:-1]
    assert played(*spans) == expected(downs, gaps)
