"""Seven days of virtual time with random faults of all kinds: memory stays flat, promises are kept, faults are seen."""

import gc
import random
import sys
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

import pytest

from befresh_agent.containers import poller
from befresh_agent.domain.quantities import Measurement
from befresh_agent.simulation.simulated_radio import RadioFault

from .conftest import Kitchen, Play
from .week import EVERYBODY, HOUR, HUNG, PROMISE_S, SETTINGS, VISITED, Week

DAY = 24 * HOUR
HUNG_ON, WELL_ON = 1, 4
"""From the beginning of that day on one container's sensors hang, and at that of this one they no longer do."""

Fault = Callable[[Week], Coroutine[Any, Any, None]]
_SAID = cycle((60.0, -30.0, 20.0))
ANY_TIME: dict[str, Fault] = {
    **{
        f"every adapter is {fault}": partial(Week.no_radio, fault=fault)
        for fault in (RadioFault.GONE, RadioFault.STUCK, RadioFault.HANGING, RadioFault.DEAF)
    },
    "carried away": Week.carried_away,
    "refusing": Week.one_refuses,
    "left and joined": Week.left_and_joined,
    "does not start": partial(Week.nonsense, answer=lambda _: Measurement(0.0, 0, None, 0, 0, 0), word="zeros"),
    "leaping": partial(Week.nonsense, answer=lambda was: replace(was, temperature=next(_SAID)), word="leaps"),
    "hostile packets": Week.hostile_packets,
    "old packets": Week.old_packets,
    "battery changed": Week.battery_changed,
    "full disk": Week.full_disk,
    "wrong clock": Week.wrong_clock,
}
OF_TWO_ADAPTERS: dict[str, Fault] = {
    "one is deaf": Week.one_is_deaf,
    "one fails": Week.one_fails,
    "one moves": Week.one_moves,
    "one hears little": Week.one_hears_little,
}


async def a_day(week: Week, day: int) -> None:
    """Every kind of fault in a random order, with quiet times between; the agent is restarted after each half.

    In the second half it has two adapters.
    """
    until, names = week.now + DAY, week.chance.sample([*ANY_TIME], len(ANY_TIME))
    second = week.chance.sample(afternoon := [*names[9:], *OF_TWO_ADAPTERS], len(afternoon))
    async with week.kitchen.polling():
        await happen(week, names[:9])
    await restart(week, adapters=2)
    async with week.kitchen.polling():
        await happen(week, second)
        while week.now < until:
            await week.kitchen.clock.sleep(HOUR)
            await week.kitchen.store.batch()
            week.kitchen.told.clear()
        if day != HUNG_ON:
            assert ("says the same" in week.trouble(HUNG)) == (HUNG_ON < day < WELL_ON), week.trouble(HUNG)
    await restart(week, adapters=1)


async def happen(week: Week, names: list[str]) -> None:
    for name in names:
        week.kitchen.told.clear()
        await (ANY_TIME | OF_TWO_ADAPTERS)[name](week)
        week.seen[name] += 1
        await week.kitchen.clock.sleep(week.chance.uniform(0.25, 0.5) * HOUR)
        await week.kitchen.store.batch()


async def restart(week: Week, adapters: int) -> None:
    """The agent is started again, and the clock leaps meanwhile; the test's clock goes on."""
    week.outages.append((week.now, week.now + 1))
    await week.clock_leaps()
    week.start(adapters)


def sensors_hang(week: Week, day: int) -> None:
    """For three days one container says the same, which is told from the second one on, over all restarts."""
    if day == HUNG_ON:
        same = week.adapters[0].measured(HUNG, 0)
        week.service.answers[HUNG] = lambda _: same
    elif day == WELL_ON:
        del week.service.answers[HUNG]


@pytest.mark.week
@pytest.mark.timeout(1800)
def test_a_week_of_bad_luck(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poller, "LOOK_S", 30.0)  # to look at the roster every five seconds takes most of the week

    async def story(kitchen: Kitchen) -> None:
        random.seed(7)  # what the agent itself leaves to chance
        week = Week(kitchen, Random(7))
        for address in EVERYBODY:
            await kitchen.roster.add(address)
        sizes, files = [], []
        for day in range(7):
            sensors_hang(week, day)
            await a_day(week, day)
            gc.collect()
            sizes.append(sys.getallocatedblocks())
            files.append(len(list(Path("/proc/self/fd").iterdir())))

        attempts = [gap for address in VISITED for gap in week.undisturbed(week.attempts[address])]
        readings = [gap for address in EVERYBODY for gap in week.undisturbed(week.read[address])]
        figures = (
            f"{week.now / DAY:.1f} days, {sum(week.seen.values())} faults seen, "
            f"{sum(map(len, week.attempts.values()))} visits, {week.taken} readings; "
            f"gaps: attempts at most {max(attempts):.0f} s, readings at most {max(readings):.0f} s "
            f"of {PROMISE_S:.0f}; blocks of memory at the end of each day: {sizes}"
        )
        print(figures)
        assert week.seen == dict.fromkeys(ANY_TIME | OF_TWO_ADAPTERS, 7)
        assert await week.on_their_way() == week.taken, "nothing is lost, nothing twice"
        assert len(attempts) > 7 * DAY / SETTINGS.period_s * len(VISITED) / 4, "quiet times were watched too"
        assert max(attempts) <= PROMISE_S + SETTINGS.slot_s, figures
        assert max(readings) <= 2 * PROMISE_S, figures
        assert files[-1] <= files[0], files
        # Each container's visits fill up in two days. An object left over by each reading would be 8,000.
        assert sizes[-1] - sizes[2] < 4000, figures

    play(story)
