"""One container's place: when it is due again after a good, a late, or a failed visit."""

import pytest

from befresh_agent.containers.rules.rotation import ContainerTurn

T, SLOT, RETRY = 600.0, 60.0, 50.0


def failed(turn: ContainerTurn, opened: float, now: float) -> ContainerTurn:
    turn.fail(opened, now, slot_s=SLOT, retry_s=RETRY, period_s=T)
    return turn


def absent(slots: int = 3) -> ContainerTurn:
    return ContainerTurn(0, 0, failed=slots)


@pytest.mark.parametrize(
    ("due", "opened", "next_due"),
    [
        (100, 100, 700),
        (100, 50, 650),  # taken before its time: a period from the visit
        (100, 130, 700),  # late by less than a tenth of the period, which is won back
        (100, 160, 700),
        (100, 300, 840),  # later: a tenth is won back
    ],
)
def test_a_container_is_due_a_period_after_its_visit_and_wins_back_a_tenth_when_late(
    due: float, opened: float, next_due: float
) -> None:
    turn = ContainerTurn(opened=-500, due=due, failed=2, retries=1)
    turn.succeed(opened, T)
    assert (turn.opened, turn.due, turn.failed, turn.retries) == (opened, next_due, 0, 0)


def test_within_a_slot_the_pauses_double_and_then_the_slot_is_failed() -> None:
    turn = ContainerTurn(0, 0)
    assert [failed(turn, 0, now).due - now for now in (10, 20, 30)] == [2, 4, 8]
    assert (turn.opened, turn.failed, turn.retries) == (0, 0, 3)
    assert failed(turn, 0, 42).due == 42 + SLOT  # sixteen seconds more would be too late for a visit
    assert (turn.failed, turn.retries) == (1, 0)


def test_the_last_moment_for_another_attempt_is_when_a_visit_still_fits_in() -> None:
    assert failed(ContainerTurn(0, 0), 0, RETRY - 2).retries == 1
    assert failed(ContainerTurn(0, 0), 0, RETRY - 1.9).failed == 1


def test_another_attempt_has_the_rest_of_its_slot_as_long_as_it_begins_in_time() -> None:
    turn = failed(ContainerTurn(0, 0), 100, 110)
    assert [turn.slot_opened(now, RETRY) for now in (120, 150, 150.1)] == [100, 100, 150.1]
    assert ContainerTurn(100, 0).slot_opened(120, RETRY) == 120, "without a failure the slot is a new one"


def test_an_attempt_that_comes_too_late_for_its_slot_leaves_that_one_failed() -> None:
    turn = failed(ContainerTurn(0, 0), 0, 10)
    assert turn.start(40, RETRY) == 0
    assert (turn.failed, turn.retries) == (0, 1)
    for slots in (1, 2):
        failed(turn, turn.start(slots * 1000, RETRY), slots * 1000 + 1)
        assert (turn.failed, turn.retries) == (slots, 1)
    assert turn.start(3000, RETRY) == 3000
    assert (turn.failed, turn.retries, turn.absent) == (3, 0, True)


def test_an_absent_one_is_due_ever_more_rarely_and_gets_no_second_attempt() -> None:
    turn = absent(slots=2)
    assert failed(turn, 0, 49).due == 49 + T
    assert turn.absent
    assert [failed(turn, 0, 1).due for _ in range(3)] == [1 + 2 * T, 1 + 4 * T, 1 + 8 * T]
    assert (turn.failed, turn.retries) == (6, 0)
    assert failed(absent(slots=18), 0, 0).due == failed(absent(slots=40), 0, 0).due == 2**16 * T


def test_one_that_nobody_has_tried_was_not_heard() -> None:
    assert ContainerTurn(0, 0).silent is True


def test_one_that_is_heard_has_all_rights_and_is_due_at_once() -> None:
    turn = ContainerTurn(0, 9999, failed=7, retries=2)
    turn.restore(500)
    assert (turn.due, turn.failed, turn.retries, turn.absent) == (500, 0, 0, False)
