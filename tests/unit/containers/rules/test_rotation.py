from collections.abc import Iterable
from itertools import pairwise
from random import Random

import pytest

from befresh_agent.containers.rules.rotation import PlannedVisit, RadioRest, VisitRotation
from befresh_agent.domain.container import Address

T, S = 600.0, 60.0
ABSENT_SHARE = 1 / 40


def fleet(count: int) -> list[Address]:
    return [Address(f"02:00:00:00:00:{i:02X}") for i in range(count)]


def rotation(count: int, now: float = 0.0) -> VisitRotation:
    made = VisitRotation(period_s=T, slot_s=S, find_s=10, absent_find_s=5)
    made.keep(fleet(count), now)
    return made


def visit(turns: VisitRotation, now: float) -> PlannedVisit:
    turn = turns.next(now)
    assert isinstance(turn, PlannedVisit), f"{turn} at {now}"
    return turn


def rest(turns: VisitRotation, now: float) -> float:
    turn = turns.next(now)
    assert isinstance(turn, RadioRest), f"{turn} at {now}"
    return turn.until


def first_round(turns: VisitRotation, seconds: float) -> float:
    """Everybody is read once, each visit taking so many seconds; when it is over."""
    now = 0.0
    for _ in turns.addresses():
        address = visit(turns, now).address
        now += seconds
        turns.succeeded(address, now)
    return now


def fail_until_absent(turns: VisitRotation, address: Address, now: float) -> float:
    for _ in range(2000):
        if turns.absent(address):
            return now
        turn = turns.next(now)
        if isinstance(turn, RadioRest):
            now = turn.until
            continue
        now += turn.find_s
        if turn.address == address:
            turns.failed(address, now)
        else:
            turns.succeeded(turn.address, now)
    pytest.fail("it never becomes absent")


def attempts(turns: VisitRotation, missing: set[Address], now: float, until: float) -> list[tuple[Address, float]]:
    """Who of the missing was tried and when, while everybody else is read in a second."""
    tried: list[tuple[Address, float]] = []
    for _ in range(5000):
        if now >= until:
            return tried
        turn = turns.next(now)
        if isinstance(turn, RadioRest):
            assert turn.until > now
            now = turn.until
        elif turn.address in missing:
            tried.append((turn.address, now))
            now += turn.find_s
            turns.failed(turn.address, now)
        else:
            now += 1
            turns.succeeded(turn.address, now)
    pytest.fail("time does not pass")


def fail(turns: VisitRotation, address: Address, *starts: float) -> None:
    """Visits of one container at these times, in vain."""
    for start in starts:
        turns.hurry(address)
        assert visit(turns, start).address == address
        turns.failed(address, start + 5)
    assert turns.absent(address)


def read(turns: VisitRotation, addresses: Iterable[Address], at: float) -> None:
    """As if they had all been read at that time."""
    for address in addresses:
        turns.remove(address)
        turns.add(address, at, read_at=at)


def test_nobody_there_is_a_rest() -> None:
    assert rest(rotation(0), 5.0) > 5.0


def test_one_container_is_visited_once_a_period() -> None:
    turns = rotation(1)
    (address,) = fleet(1)

    assert visit(turns, 0) == PlannedVisit(address, 10, S)
    turns.succeeded(address, 12)
    assert rest(turns, 12) == T
    assert visit(turns, T).address == address


def test_nine_have_slots_of_a_ninth_each() -> None:
    turns = rotation(9)
    now = first_round(turns, 2)

    opened: list[float] = []
    while len(opened) < 19:
        turn = turns.next(now)
        if isinstance(turn, RadioRest):
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

    assert retry == PlannedVisit(address, 10, S)
    turns.failed(address, 130)
    assert rest(turns, 130) == pytest.approx(134)
    assert visit(turns, 134) == PlannedVisit(address, 10, 150 - 134)


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

    while isinstance(turns.next(now), PlannedVisit):
        now += 1
    assert rest(turns, now) > now


def test_the_rule_changes_at_ten_in_both_directions() -> None:
    turns = rotation(9)
    assert turns.slot_s == pytest.approx(T / 9)
    turns.keep(fleet(10), 0)
    assert turns.slot_s == S
    turns.keep(fleet(9), 0)
    assert turns.slot_s == pytest.approx(T / 9)
    shorter = VisitRotation(period_s=T, slot_s=50, find_s=10, absent_find_s=5)
    shorter.keep(fleet(10), 0)
    assert shorter.slot_s == 50


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
    assert not isinstance(following, PlannedVisit) or following.address != wanted
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
        if isinstance(turn, PlannedVisit):
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
        if isinstance(turn, RadioRest):
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
    while isinstance(turn := turns.next(now), PlannedVisit):
        now += 2
        turns.succeeded(turn.address, now)

    turns.seen(missing, now)

    assert not turns.absent(missing)
    assert visit(turns, now) == PlannedVisit(missing, 10, S)


def test_hearing_one_that_was_heard_at_its_last_failure_too_is_no_news() -> None:
    turns = rotation(1)
    (address,) = fleet(1)
    now = 0.0
    while not turns.absent(address):
        turn = turns.next(now)
        if isinstance(turn, RadioRest):
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
    turns = VisitRotation(period_s=T, slot_s=S, find_s=10, absent_find_s=5)
    chance = Random(1)
    ages = {address: chance.uniform(0, T) for address in fleet(30)}
    for address, age in ages.items():
        turns.add(address, 10_000, read_at=10_000 - age)

    oldest = max(ages, key=lambda address: ages[address])

    now = 10_000.0
    while isinstance(turn := turns.next(now), RadioRest):
        now = turn.until
    assert turn.address == oldest


def test_a_container_that_one_radio_cannot_hear_goes_to_the_other() -> None:
    turns = VisitRotation(period_s=T, slot_s=S, find_s=10, absent_find_s=5, radios=2)
    turns.keep(fleet(12), 0)
    far = fleet(12)[0]
    clocks, tries = [0.0, 0.0], [0, 0]
    while min(clocks) < 6 * T:
        radio = clocks.index(min(clocks))
        turn = turns.next(clocks[radio], radio)
        if isinstance(turn, RadioRest):
            clocks[radio] = min(turn.until, clocks[radio] + 5)
            continue
        clocks[radio] += 5
        if turn.address == far:
            tries[radio] += 1
        if turn.address == far and radio == 0:
            turns.failed(far, clocks[radio])
        else:
            turns.succeeded(turn.address, clocks[radio])

    assert tries[0] <= 2
    assert tries[1] >= 5
    assert not turns.absent(far)


def two_absent() -> tuple[VisitRotation, Address, Address]:
    """Two of forty became absent at 5 and at 15. All others are under way, so nothing but these two wants a radio."""
    turns = rotation(40)
    first, second, *others = fleet(40)
    read(turns, (first, second), -5000)
    for _ in others:
        visit(turns, -5000)
    fail(turns, first, -2000, -1000, 0)
    fail(turns, second, -1990, -990, 10)
    return turns, first, second


def test_absent_containers_share_a_fortieth_of_the_radio() -> None:
    turns, first, second = two_absent()
    assert attempts(turns, {first, second}, 15, 1500) == [(first, 605), (second, 605 + 5 / ABSENT_SHARE)]


@pytest.mark.parametrize("comes_back", [True, False])
def test_what_an_absent_container_takes_is_paid_back_before_the_next_absent_one(comes_back: bool) -> None:
    turns, first, second = two_absent()
    assert visit(turns, 605) == PlannedVisit(first, 5, S)
    if comes_back:
        turns.succeeded(first, 615)
    else:
        turns.failed(first, 615)
    assert attempts(turns, {second}, 615, 1500) == [(second, 605 + 10 / ABSENT_SHARE)]


def test_healthy_ones_do_not_pay_for_absent_ones() -> None:
    turns = rotation(12)
    missing = fleet(12)[0]
    now = fail_until_absent(turns, missing, 0.0)
    (_, at), *_ = attempts(turns, {missing}, now, now + 2 * T)
    read(turns, fleet(12)[1:], at + 10 - T)

    assert isinstance(turns.next(at + 10), PlannedVisit)


def hard_pressed(now: float) -> tuple[VisitRotation, Address, Address]:
    """Twelve, some time after an absent one's attempt at 0: it, one that is due now, and ten that were just read."""
    turns = rotation(12)
    absent, due, *others = fleet(12)
    read(turns, fleet(12), -5000)
    fail(turns, absent, -4000, -3000, -2000, -1000, 0)
    read(turns, [due], now - T)
    read(turns, others, now)
    return turns, absent, due


def test_one_that_is_due_is_read_if_the_promise_to_an_absent_one_still_holds_afterwards() -> None:
    turns, _, due = hard_pressed(now=660)
    assert turns.promise_s == 720
    assert visit(turns, 660).address == due


def test_an_absent_one_goes_first_where_its_promise_would_be_broken() -> None:
    turns, absent, _ = hard_pressed(now=661)
    assert visit(turns, 661).address == absent


def test_what_an_absent_one_took_is_not_paid_by_one_that_is_due() -> None:
    turns, _, due = hard_pressed(now=100)
    assert visit(turns, 100).address == due


def all_under_way_but_two(now: float = 0) -> tuple[VisitRotation, Address, Address]:
    """Ten, eight of them for ever under way on other radios."""
    turns = rotation(10, now)
    first, second, *_ = fleet(10)
    for _ in range(10):
        visit(turns, now)
    return turns, first, second


def test_one_whose_visit_would_break_the_promise_to_another_that_is_not_due_yet_waits_for_it() -> None:
    turns, waiting, due = all_under_way_but_two()
    turns.succeeded(waiting, 5)
    turns.failed(due, 5)
    assert visit(turns, 480).address == due
    turns.failed(due, 485)
    assert rest(turns, 545) == 600
    assert visit(turns, 600).address == waiting


def test_one_that_is_due_at_this_very_moment_goes_before_one_whose_visit_would_break_its_promise() -> None:
    turns, late, due = all_under_way_but_two()
    turns.succeeded(late, 5)
    turns.succeeded(due, 5)
    assert visit(turns, 630).address == late
    turns.succeeded(late, 635)
    assert visit(turns, 670).address == due
    turns.failed(due, 675)
    assert visit(turns, 1200).address == late


def test_one_that_was_read_before_the_start_is_due_a_period_after_that() -> None:
    turns = VisitRotation(period_s=T, slot_s=S, find_s=10, absent_find_s=5)
    (address,) = fleet(1)
    turns.add(address, 1000, read_at=900)
    turns.add(address, 1000)  # known already
    assert rest(turns, 1000) == 1500
    assert visit(turns, 1500).address == address


def test_one_that_was_read_in_the_future_by_a_clock_that_was_wrong_is_due_in_a_period() -> None:
    turns = VisitRotation(period_s=T, slot_s=S, find_s=10, absent_find_s=5)
    turns.add(fleet(1)[0], 1000, read_at=5000)
    assert rest(turns, 1000) == 1600


def test_removing_and_postponing_whoever_is_not_there_changes_nothing() -> None:
    turns = rotation(2)
    stranger = Address("02:00:00:00:01:00")
    turns.remove(stranger)
    turns.postponed(stranger)
    assert turns.addresses() == set(fleet(2))


def three_radios() -> tuple[VisitRotation, Address]:
    """A container that the first of three radios failed to read is due at 70; the others are not there any more."""
    turns = VisitRotation(period_s=T, slot_s=S, find_s=10, absent_find_s=5, radios=3)
    turns.keep(fleet(12), 0)
    (address, *others) = fleet(12)
    assert turns.next(0, radio=0) == PlannedVisit(address, 10, S)
    turns.failed(address, 10)
    read(turns, others, 10)
    return turns, address


def test_what_one_radio_cannot_read_is_left_to_the_next_one_for_half_a_slot() -> None:
    for radio in (0, 2):
        turns, address = three_radios()
        assert turns.next(70, radio=radio) == RadioRest(100)
        turn = turns.next(100, radio=radio)
        assert isinstance(turn, PlannedVisit)
        assert turn.address == address
    turns, address = three_radios()
    assert turns.next(69, radio=1) == RadioRest(70)
    turn = turns.next(70, radio=1)
    assert isinstance(turn, PlannedVisit)
    assert turn.address == address


def test_a_radio_takes_its_own_container_before_another_ones_that_is_due_a_little_earlier() -> None:
    turns = VisitRotation(period_s=T, slot_s=S, find_s=10, absent_find_s=5, radios=2)
    mine, theirs, *others = fleet(12)
    for address, radio, began in ((theirs, 1, 0.0), (mine, 0, 10.0)):
        turns.add(address, began)
        assert turns.next(began, radio) == PlannedVisit(address, 10, S)
        turns.succeeded(address, began + 5)
    read(turns, others, T)
    turn = turns.next(T + 12, radio=0)
    assert isinstance(turn, PlannedVisit)
    assert turn.address == mine
