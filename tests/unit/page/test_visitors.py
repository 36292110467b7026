"""Who may come in, and who has to go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.page.visitors import LONGEST_S, Visitor, VisitorLimits, VisitorStage

steps = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(VisitorStage)), max_size=60)


def entered(visitors: VisitorLimits, peer: str, now: float) -> Visitor:
    visitor, _ = visitors.enter(peer, now)
    assert visitor is not None
    return visitor


@given(steps)
def test_there_are_never_more_than_allowed_and_nobody_served_is_sent_away(
    steps: list[tuple[str, VisitorStage]],
) -> None:
    visitors, inside = VisitorLimits(8, 3), set[Visitor]()
    for now, (peer, stage) in enumerate(steps):
        visitor, leaves = visitors.enter(peer, now)
        if leaves is not None:
            assert leaves.stage is not VisitorStage.SERVED
            inside.remove(leaves)
        if visitor is None:
            mine = [one for one in inside if one.peer == peer]
            crowd = mine if len(mine) == 3 else inside
            assert all(one.stage is VisitorStage.SERVED for one in crowd)
        else:
            visitor.turns(stage, now)
            inside.add(visitor)
        assert len(visitors) == len(inside) <= 8
        assert all(sum(one.peer == other.peer for one in inside) <= 3 for other in inside)


def test_the_one_who_has_the_most_makes_room_and_of_theirs_who_waited_longest() -> None:
    visitors = VisitorLimits(4, 4)
    entered(visitors, "quiet", 0)
    first, second, third = (entered(visitors, "greedy", now) for now in (1, 2, 3))
    first.turns(VisitorStage.SERVED, 1)
    third.turns(VisitorStage.HEADERS, 9)
    assert visitors.enter("owner", 10)[1] is second


def test_who_is_being_answered_and_asks_for_more_is_no_crowd() -> None:
    visitors = VisitorLimits(4, 4)
    strangers = [entered(visitors, f"stranger {number}", number) for number in range(2)]
    for now in (2, 3):
        mine = entered(visitors, "owner", now)
        mine.turns(VisitorStage.SERVED, now)
    asking, leaves = visitors.enter("owner", 4)
    assert leaves is strangers[0]
    assert visitors.enter("stranger", 5)[1] is strangers[1]
    assert asking is not None


def test_a_peer_with_too_many_makes_room_among_its_own() -> None:
    visitors = VisitorLimits(9, 2)
    others = [entered(visitors, f"other {number}", number) for number in range(5)]
    mine = [entered(visitors, "me", 10), entered(visitors, "me", 11)]
    visitor, leaves = visitors.enter("me", 12)
    assert visitor is not None
    assert leaves is mine[0]
    assert leaves not in others


def test_time_runs_from_the_first_moment_of_a_stage() -> None:
    visitor = Visitor("a", 100.0)
    visitor.turns(VisitorStage.HEADERS, 104.0)
    for now in (106.0, 110.0, 114.0):
        visitor.turns(VisitorStage.HEADERS, now)
        assert not visitor.overdue(now)
    assert visitor.overdue(104.0 + LONGEST_S[VisitorStage.HEADERS] + 0.1)
    visitor.turns(VisitorStage.SERVED, 115.0)
    assert not visitor.overdue(1e9)


def test_who_overstays_is_found() -> None:
    visitors = VisitorLimits()
    late, gone = entered(visitors, "a", 0), entered(visitors, "b", 0)
    entered(visitors, "c", 9)
    visitors.leave(gone)
    visitors.leave(gone)
    assert list(visitors.overdue(LONGEST_S[VisitorStage.SILENT] + 1)) == [late]


@pytest.mark.parametrize(("peers", "most"), [(1, 24), (64, 64)])
def test_so_many_come_in_and_nobody_more_while_all_of_them_are_served(peers: int, most: int) -> None:
    visitors = VisitorLimits()
    for number in range(most):
        entered(visitors, f"peer {number % peers}", 0).turns(VisitorStage.SERVED, 0)
    assert visitors.enter("peer 0", 1) == (None, None)
    assert len(visitors) == most


@pytest.mark.parametrize(
    ("stage", "seconds"),
    [
        (VisitorStage.SILENT, 5),
        (VisitorStage.HEADERS, 10),
        (VisitorStage.BODY, 60),
        (VisitorStage.DEAF, 30),
        (VisitorStage.IDLE, 15),
    ],
)
def test_each_stage_has_its_time(stage: VisitorStage, seconds: float) -> None:
    visitor = Visitor("peer", 100, stage)
    assert not visitor.overdue(100 + seconds)
    assert visitor.overdue(100 + seconds + 0.5)


def test_whoever_is_served_may_take_any_time() -> None:
    assert not Visitor("peer", 0, VisitorStage.SERVED).overdue(1e9)
