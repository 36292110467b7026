"""What becomes of a message, and what there is to say of all of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from befresh_agent.errors import InvalidValue
from befresh_agent.ports.storage import OutboxStatus
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore
from tests.unit.storage.stand_ins import LeapingClock, general, packaged, refused, register


async def sessions(store: OutboxStore, count: int) -> None:
    """So many messages, each with one food."""
    for number in range(count):
        await register(store, f"s{number}", general(f"사과 {number}"))
        await store.settle(f"s{number}")


async def fates(store: OutboxStore) -> dict[int, MessageState]:
    return {entry.message.seq: entry.state for entry in await store.entries()}


async def test_what_is_refused_three_times_is_dead_and_what_the_broker_said_is_kept(store: OutboxStore) -> None:
    await sessions(store, 2)
    assert [await refused(store, 1, f"no {number}") for number in range(3)] == [False, False, True]
    assert await fates(store) == {1: MessageState.DEAD, 2: MessageState.WAITING}
    entry = await store.meant("1")
    assert (entry.attempts, entry.last_error, entry.items) == (3, "no 2", 1)
    assert await store.refuse(replace(entry.message, seq=99), "who?") is False


async def test_dead_messages_wait_again_the_chosen_ones_or_all_with_all_their_tries(store: OutboxStore) -> None:
    await sessions(store, 4)
    for seq in (1, 2, 3):
        for _ in range(3):
            await refused(store, seq)
    assert await store.retry([2, 4, 99]) == [2]
    assert await fates(store) == {
        1: MessageState.DEAD,
        2: MessageState.WAITING,
        3: MessageState.DEAD,
        4: MessageState.WAITING,
    }
    assert await refused(store, 2) is False
    assert await store.retry(None) == [1, 3]
    assert set((await fates(store)).values()) == {MessageState.WAITING}


async def test_the_journal_is_sent_on_demand_from_a_moment_on(store: OutboxStore, clock: LeapingClock) -> None:
    await sessions(store, 1)
    await clock.sleep(3600)
    later = clock.now()
    await register(store, "later", general())
    await store.settle("later")
    await store.mark([1, 2], MessageState.JOURNAL)
    assert await fates(store) == {1: MessageState.JOURNAL, 2: MessageState.JOURNAL}
    assert await store.replay(later) == [2]
    assert await store.replay(None) == [1]
    assert set((await fates(store)).values()) == {MessageState.WAITING}


async def test_a_message_that_is_not_there_has_no_entry(store: OutboxStore) -> None:
    with pytest.raises(InvalidValue, match="there is no message 1"):
        await store.meant("1")


async def test_an_empty_outbox_is_summed_up_as_nothing(store: OutboxStore, clock: LeapingClock) -> None:
    await clock.sleep(90)
    assert await store.summary() == OutboxStatus(waiting=0, oldest_s=0, dead=0, journal=0, unnamed=0)


async def test_every_fate_is_counted(store: OutboxStore, clock: LeapingClock) -> None:
    await sessions(store, 6)
    await register(store, "unnamed", packaged(None))
    await store.settle("unnamed")
    await store.mark([1], MessageState.DELIVERED)
    await store.mark([2, 3], MessageState.JOURNAL)
    for _ in range(3):
        await refused(store, 4)
    await clock.sleep(90)
    assert await store.summary() == OutboxStatus(waiting=2, oldest_s=90, dead=1, journal=2, unnamed=1)


async def test_a_clock_that_was_set_back_makes_no_message_younger_than_new(
    store: OutboxStore, clock: LeapingClock
) -> None:
    await sessions(store, 1)
    clock.jumped = timedelta(days=-1)
    assert (await store.summary()).oldest_s == 0
