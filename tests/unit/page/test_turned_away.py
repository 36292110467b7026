"""Whoever is turned away is named for an hour, however many they are."""

from datetime import datetime

import pytest

from befresh_agent.page.turned_away import KEPT_S, MOST_PEERS, OTHERS, RefusalReason, TurnedAwayPeers
from tests.unit.clocks import HandClock

CONNECTIONS, TOKENS = RefusalReason


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def peers(clock: HandClock) -> TurnedAwayPeers:
    return TurnedAwayPeers(clock.monotonic)


def test_each_address_is_named_with_how_often_and_since_when(peers: TurnedAwayPeers, clock: HandClock) -> None:
    peers.note("192.0.2.7", CONNECTIONS)
    clock.time += 600
    for _ in range(3):
        peers.note("192.0.2.8", TOKENS)
    peers.note("192.0.2.7", CONNECTIONS)
    first, second = peers.lately()
    assert (first.peer, first.count, first.why) == ("192.0.2.8", 3, TOKENS)
    assert (second.peer, second.count, second.why) == ("192.0.2.7", 2, CONNECTIONS)
    assert (second.last - second.since).total_seconds() == pytest.approx(600, abs=1)
    assert abs((datetime.now().astimezone() - second.last).total_seconds()) < 5


def test_after_an_hour_of_peace_nobody_is_named(peers: TurnedAwayPeers, clock: HandClock) -> None:
    peers.note("192.0.2.7", CONNECTIONS)
    clock.time += KEPT_S - 1
    peers.note("192.0.2.8", CONNECTIONS)
    clock.time += 1
    assert [one.peer for one in peers.lately()] == ["192.0.2.8"]
    clock.time += KEPT_S
    assert peers.lately() == []


def test_a_crowd_takes_no_room_and_hides_nobody_who_insists(peers: TurnedAwayPeers, clock: HandClock) -> None:
    for number in range(10_000):
        peers.note(f"10.0.{number // 250}.{number % 250}", CONNECTIONS)
        if number > 9_000:
            peers.note("192.0.2.7", CONNECTIONS)
    shown = peers.lately()
    assert [(one.peer, one.count) for one in shown[1:2]] == [("192.0.2.7", 999)]
    assert shown[0].peer == OTHERS
    assert 10_000 - MOST_PEERS <= shown[0].count <= 10_000 - MOST_PEERS + 2
    assert len(shown) <= 8
    clock.time += KEPT_S
    peers.note("192.0.2.9", CONNECTIONS)
    assert [one.peer for one in peers.lately()] == ["192.0.2.9"]


def test_the_log_is_told_once_of_each(peers: TurnedAwayPeers) -> None:
    assert peers.untold() is None
    for peer in ("192.0.2.7", "192.0.2.8", "192.0.2.7"):
        peers.note(peer, CONNECTIONS)
    assert peers.untold() == (3, "192.0.2.7", 2)
    assert peers.untold() is None
