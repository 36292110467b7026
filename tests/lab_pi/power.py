"""The power goes, at any moment of a session; what was confirmed is not lost, and nothing comes twice."""

import asyncio
import contextlib
import os
import random
import time

from .everyday import close_session, open_session, show
from .household import FOOD, Household, container, package
from .pi import SLOW_S, Journal
from .shell import Refused

CUTS = int(os.environ.get("CUTS") or 10)
SEED = int(os.environ.get("SEED") or random.randrange(1000))
_FOODS = 2
"""In a whole session."""


async def the_power_goes(house: Household) -> str:
    """At random moments between the press that opens a session and the delivery of its message."""
    chance = random.Random(SEED)
    whole_s, told = await _session_for(house, 4 * SLOW_S)
    assert told == _FOODS
    confirmed, late = 0, 0
    for number in range(CUTS):
        before = len(await house.foods())
        _, told = await _session_for(house, (number + chance.random()) * whole_s / CUTS)
        await house.cut()
        await house.switch_on()
        await _arrived(house, before + told)
        found = len(await house.foods()) - before
        assert found <= told + 1, f"{found} foods arrived, {told} were confirmed"
        confirmed, late = confirmed + told, late + found - told
    said = f"{confirmed} foods were confirmed before them, all arrived"
    return f"{CUTS} power cuts within {whole_s:.0f} s (SEED={SEED}), {said}, {late} more were on disk already"


async def _session_for(house: Household, seconds: float) -> tuple[float, int]:
    """A session that is left to itself after so long: how long it was watched, how many foods were confirmed."""
    began = time.monotonic()
    async with house.pi.journal() as journal:
        session = asyncio.create_task(_session(house, journal))
        await asyncio.wait([session], timeout=seconds)
        if session.done():
            await session
        else:
            house.pi.machine.stop()
            session.cancel()
            with contextlib.suppress(asyncio.CancelledError, AssertionError, Refused):  # it lost its machine
                await session
        await asyncio.sleep(1)  # what had left the machine arrives
        return time.monotonic() - began, sum("♪ registered" in line for line in journal.told)


async def _session(house: Household, journal: Journal) -> None:
    await open_session(house, journal)
    await show(house, journal, container())
    await show(house, journal, package())
    await close_session(house, journal)
    await journal.says(f"for {FOOD} delivered")


async def _arrived(house: Household, count: int) -> None:
    """Wait until the broker has so many foods, and nothing more is on its way."""

    async def all_there() -> bool:
        status = await house.pi.status()
        return len(await house.foods()) >= count and not status["session"] and not status["outbox"]["waiting"]

    await house.pi.sees(f"{count} foods at the broker", all_there)
