"""An ordinary evening: three kinds of food are registered, the containers are read, both messages travel."""

import contextlib

from tests.google_speech import NAME

from .household import CONTAINER, FOOD, SENSORS, USE_BY, WAKE, Household, container, package, table
from .pi import Journal

_NEAR_MM, _FAR_MM = 100, 3900
_SLOW_S = 180.0
_PATIENCE = 6


async def open_session(house: Household, journal: Journal) -> None:
    await house.pi.hand(_NEAR_MM)
    await house.pi.show(table())
    await house.pi.press()
    await journal.says("session open", _SLOW_S)


async def show(house: Household, journal: Journal, gray: bytes) -> None:
    """Show a picture until it is recognised, say its name, take it away."""
    await house.pi.show(gray)
    await speak(house, journal, "사과")
    await house.pi.show(table())


async def speak(house: Household, journal: Journal, name: str) -> str:
    """Answer the question for the name; what was registered."""
    await journal.says("♪ speak", _SLOW_S)
    await house.say(name)
    return await journal.says("registered", _SLOW_S)


async def wake(house: Household, journal: Journal) -> None:
    """Say the wake phrase, again where the emulated machine was too busy to hear all of it."""
    for _ in range(_PATIENCE):
        await house.say(WAKE)
        with contextlib.suppress(AssertionError):
            await journal.says("wake phrase heard", 15)
            return
    raise AssertionError(f"the wake phrase was not heard in {_PATIENCE} times")


async def close_session(house: Household, journal: Journal) -> str:
    """By going away."""
    await house.pi.hand(_FAR_MM)
    return await journal.says("session closed", _SLOW_S)


async def an_evening(house: Household) -> str:
    async with house.pi.journal() as journal:
        await open_session(house, journal)
        await show(house, journal, container())
        await show(house, journal, package())
        await wake(house, journal)
        await speak(house, journal, "사과")
        await close_session(house, journal)
        await journal.says(f"for {FOOD} delivered", _SLOW_S)
        await journal.says(f"for {SENSORS} delivered", _SLOW_S)
    foods = (await house.messages(FOOD))[-1]["foodList"]
    assert foods == [
        {"name": NAME, "ftypeId": 1, "qrId": CONTAINER},
        {"name": NAME, "ftypeId": 2, "expirationDate": USE_BY},
        {"name": NAME, "ftypeId": 3},
    ]
    readings = (await house.messages(SENSORS))[-1]["data"][CONTAINER]
    truth = house.air.containers[CONTAINER]
    for reading in readings:
        values = truth.measures(reading["data"]["gas"])
        assert reading["data"]["temperature"] == values.temperature
    return f"three kinds of food in one message, {len(readings)} readings of the new container in another"
