from itertools import pairwise
from random import Random

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.rotation import ABSENT_SHARE, Rest, Rotation, Visit

T, S = 600.0, 60.0


def fleet(count: int) -> list[Address]:
    return [Address(f"02:00:00:00:00:{i:02X}") for i in range(count)]


def rotation(count: int, now: float = 0.0) -> Rotation:
    made = Rotation(period_s=T, slot_s=S, find_s=10, absent_find_s=5)
    made.keep(fleet(count), now)
    return made


def visit(turns: Rotation, now: float) -> Visit:
    turn = turns.next(now)
    assert isinstance(turn, Visit), f"{turn} at {now}"
    return turn


def rest(turns: Rotation, now: float) -> float:
    turn = turns.next(now)
    assert isinstance(turn, Rest), f"{turn} at {now}"
    return turn.until


def first_round(turns: Rotation, seconds: float) -> float:
    """Everybody is read once, each visit taking so many seconds; when it is over."""
    now = 0.0
    for _ in turns.addresses():
        address = visit(turns, now).address
        now += seconds
        turns.succeeded(address, now)
    return now


def fail_until_absent(turns: Rotation, address: Address, now: float) -> float:
    while not turns.absent(address):
        turn = turns.next(now)
        if isinstance(turn, Rest):
            now = turn.until
            continue
        now += turn.find_s
        if turn.address == address:
            turns.failed(address, now)
        else:
            turns.succeeded(turn.address, now)
    return now


def test_nobody_there_is_a_rest() -> None:
    assert rest(rotation(0), 5.0) > 5.0


def test_one_container_is_visited_once_a_period() -> None:
    turns = rotation(1)
    (address,) = fleet(1)

    assert visit(turns, 0) == Visit(address, 10, S)
    turns.succeeded(address, 12)
    assert rest(turns, 12) == T
    assert visit(turns, T).address == address


def test_nine_have_slots_of_a_ninth_each() -> None:
    turns = rotation(9)
    now = first_round(turns, 2)

    opened: list[float] = []
    while len(opened) < 19:
        turn = turns.next(now)
        if isinstance(turn, Rest):
            now = turn.until
        else:
            opened.append(now)
            now += 2
            turns.succeeded(turn.address, now)

    spacing = [after - before for before, after in pairwise(opened[8:])]
    assert spacing == pytest.approx([T / 9] * 10)


def test_within_its_slot_a_container_may_be_tried_again() -> None:
    turns = rotation(4)
    address = visit(turns, 0).address
    turns.failed(address, 10)
    for now in (10, 20, 30):
        other = visit(turns, now).address
        turns.succeeded(other, now + 10)

    retry = visit(turns, 40)

    assert retry == Visit(address, 10, S)
    turns.failed(address, 130)
    assert rest(turns, 130) == pytest.approx(134)
    assert visit(turns, 134) == Visit(address, 10, 150 - 134)


def test_from_ten_on_the_next_due_one_follows_at_once_in_due_order() -> None:
    turns = rotation(12)
    first_round(turns, 20)

    order, now = [], T
    for _ in range(24):
        address = visit(turns, now).address
        order.append(address)
        now += S
        turns.succeeded(address, now)

    assert order == fleet(12) * 2


def test_from_ten_on_the_radio_rests_when_nobody_is_due() -> None:
    turns = rotation(20)
    now = first_round(turns, 30)

    while isinstance(turns.next(now), Visit):
        now += 1
    assert rest(turns, now) > now


def test_the_rule_changes_at_ten_in_both_directions() -> None:
    turns = rotation(9)
    assert turns.slot_s == pytest.approx(T / 9)
    turns.keep(fleet(10), 0)
    assert turns.slot_s == S
    turns.keep(fleet(9), 0)
    assert turns.slot_s == pytest.approx(T / 9)


@pytest.mark.parametrize("count", [3, 30])
def test_a_new_container_is_visited_next(count: int) -> None:
    turns = rotation(count)
    now = first_round(turns, 5)
    new = Address("02:00:00:00:01:00")

    turns.keep([*fleet(count), new], now)

    assert visit(turns, now).address == new


@pytest.mark.parametrize("count", [3, 30])
def test_one_that_somebody_waits_for_is_visited_next_and_once(count: int) -> None:
    turns = rotation(count)
    now = first_round(turns, 5)
    wanted = fleet(count)[1]

    assert turns.hurry(wanted)
    assert visit(turns, now).address == wanted
    turns.succeeded(wanted, now + 5)

    following = turns.next(now + 5)
    assert not isinstance(following, Visit) or following.address != wanted
    assert not turns.hurry(Address("02:00:00:00:01:00"))


@pytest.mark.parametrize("count", [3, 30])
def test_a_removed_container_is_gone(count: int) -> None:
    turns = rotation(count)
    gone = visit(turns, 0).address

    turns.remove(gone)
    turns.succeeded(gone, 5)
    turns.failed(gone, 5)

    now, seen = 5.0, set()
    while now < 3 * T:
        turn = turns.next(now)
        if isinstance(turn, Visit):
            seen.add(turn.address)
            now += 5
            turns.succeeded(turn.address, now)
        else:
            now = turn.until
    assert seen == set(fleet(count)) - {gone}


@pytest.mark.parametrize("count", [1, 4, 12])
def test_three_failed_slots_make_a_container_absent_and_its_tries_cheap(count: int) -> None:
    turns = rotation(count)
    missing = fleet(count)[0]
    now = fail_until_absent(turns, missing, 0.0)

    spent, tries, began = 0.0, 0, now
    while now < began + 6 * T:
        turn = turns.next(now)
        if isinstance(turn, Rest):
            now = turn.until
        elif turn.address == missing:
            assert turn.find_s == 5
            now += turn.find_s
            spent, tries = spent + turn.find_s, tries + 1
            turns.failed(missing, now)
        else:
            now += 3
            turns.succeeded(turn.address, now)
    assert tries >= 5
    assert spent / (now - began) <= ABSENT_SHARE


def test_an_absent_container_that_is_heard_is_visited_at_once_with_all_rights() -> None:
    turns = rotation(12)
    missing = fleet(12)[3]
    now = fail_until_absent(turns, missing, 0.0)
    while isinstance(turn := turns.next(now), Visit):
        now += 2
        turns.succeeded(turn.address, now)

    turns.seen(missing, now)

    assert not turns.absent(missing)
    assert visit(turns, now) == Visit(missing, 10, S)


def test_hearing_one_that_was_heard_at_its_last_failure_too_is_no_news() -> None:
    turns = rotation(1)
    (address,) = fleet(1)
    now = 0.0
    while not turns.absent(address):
        turn = turns.next(now)
        if isinstance(turn, Rest):
            now = turn.until
        else:
            now += 30
            turns.failed(address, now, heard=True)

    turns.seen(address, now)

    assert turns.absent(address)


def test_a_visit_that_never_took_place_counts_for_nothing() -> None:
    turns = rotation(12)
    address = visit(turns, 0).address

    turns.postponed(address)

    assert visit(turns, 500).address == address


def test_two_radios_never_visit_the_same_container() -> None:
    turns = rotation(12)
    under_way = {visit(turns, 0).address for _ in range(12)}

    assert under_way == set(fleet(12))
    assert rest(turns, 0) > 0


def test_known_ages_decide_who_comes_first_after_a_restart() -> None:
    turns = Rotation(period_s=T, slot_s=S, find_s=10, absent_find_s=5)
    chance = Random(1)
    ages = {address: chance.uniform(0, T) for address in fleet(30)}
    for address, age in ages.items():
        turns.add(address, 10_000, read_at=10_000 - age)

    oldest = max(ages, key=lambda address: ages[address])

    now = 10_000.0
    while isinstance(turn := turns.next(now), Rest):
        now = turn.until
    assert turn.address == oldest


def test_a_container_that_one_radio_cannot_hear_goes_to_the_other() -> None:
    turns = Rotation(period_s=T, slot_s=S, find_s=10, absent_find_s=5, lanes=2)
    turns.keep(fleet(12), 0)
    far = fleet(12)[0]
    clocks, tries = [0.0, 0.0], [0, 0]
    while min(clocks) < 6 * T:
        lane = clocks.index(min(clocks))
        turn = turns.next(clocks[lane], lane)
        if isinstance(turn, Rest):
            clocks[lane] = min(turn.until, clocks[lane] + 5)
            continue
        clocks[lane] += 5
        if turn.address == far:
            tries[lane] += 1
        if turn.address == far and lane == 0:
            turns.failed(far, clocks[lane])
        else:
            turns.succeeded(turn.address, clocks[lane])

    assert tries[0] <= 2
    assert tries[1] >= 5
    assert not turns.absent(far)
