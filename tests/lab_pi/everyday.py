"""What people do at a fridge every day, as the steps that all scenarios are made of."""

import contextlib

from tests.delivery.consumers import as_before
from tests.google_speech import NAME

from .household import CONTAINER, FAR_MM, FOOD, NEAR_MM, SENSORS, USE_BY, WAKE, Household, container, package, table
from .pi import Journal

_PATIENCE = 6


async def an_evening(house: Household) -> str:
    """Three kinds of food are registered, the containers are read, both messages travel."""
    async with house.pi.journal() as journal:
        await open_session(house, journal)
        await show(house, journal, container())
        await show(house, journal, package())
        await wake(house, journal)
        await speak(house, journal)
        await house.pi.hand(FAR_MM)
        await journal.says("session closed")
        await journal.says(f"for {FOOD} delivered")
        await journal.says(f"for {SENSORS} delivered")
    assert as_before((await house.messages(FOOD))[-1]["foodList"]) == [
        {"name": NAME, "ftypeId": 1, "qrId": CONTAINER},
        {"name": NAME, "ftypeId": 2, "expirationDate": USE_BY},
        {"name": NAME, "ftypeId": 3},
    ]
    readings = (await house.messages(SENSORS))[-1]["data"][CONTAINER]
    truth = house.air.containers[CONTAINER]
    for reading in readings:
        values = truth.measures(reading["data"]["gas"])
        assert reading["data"]["temperature"] == values.temperature
    assert CONTAINER in await house.pi.shell.run("befresh-agent status")
    return f"three kinds of food in one message, {len(readings)} readings of the new container in another"


async def a_food(house: Household) -> str:
    """A whole small session: a container is shown and named, and its message arrives."""
    before = len(await house.foods())
    async with house.pi.journal() as journal:
        await open_session(house, journal)
        await show(house, journal, container())
        await close_session(house, journal)
        await journal.says(f"for {FOOD} delivered")
    assert as_before((await house.foods())[before:]) == [{"name": NAME, "ftypeId": 1, "qrId": CONTAINER}]
    return "a food was registered and delivered"


async def open_session(house: Household, journal: Journal) -> None:
    await house.pi.hand(NEAR_MM)
    await house.pi.show(table())
    await house.pi.press()
    await journal.says("session open")


async def close_session(house: Household, journal: Journal) -> str:
    """By the button."""
    await house.pi.press()
    return await journal.says("session closed")


async def show(house: Household, journal: Journal, gray: bytes) -> None:
    """Show a picture until it is recognised, say its name, take it away."""
    await house.pi.show(gray)
    await speak(house, journal)
    await house.pi.show(table())


async def speak(house: Household, journal: Journal) -> str:
    """Answer the question for the name, as often as it is asked; what was registered."""
    line = await journal.says("♪ speak")
    while "♪ speak" in line:
        await house.say(NAME)
        line = await journal.says("session: registered", "♪ speak")
    assert NAME in line, "\n".join(journal.told[-40:])
    return line


async def wake(house: Household, journal: Journal) -> None:
    """Say the wake phrase, again where the emulated machine was too busy to hear all of it."""
    for _ in range(_PATIENCE):
        await house.say(WAKE)
        with contextlib.suppress(AssertionError):
            await journal.says("wake phrase heard", within_s=15)
            return
    raise AssertionError(f"the wake phrase was not heard in {_PATIENCE} times")
