"""The whole product in a virtual Pi, driven from outside: what people do, and what goes wrong. One line for each."""

import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from .everyday import a_food, an_evening
from .faults import FAULTS
from .household import Household, household
from .power import the_power_goes
from .updates import UPDATES
from .verdict import TIMES, verdict

SCENARIOS = (an_evening, a_food, *FAULTS, *UPDATES, the_power_goes)

pytestmark = [pytest.mark.lab, pytest.mark.timeout(7200), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house() -> AsyncIterator[Household]:
    """Whatever happens in it, it is the same fridge for all scenarios."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="befresh-pi-") as folder:
        async with household(Path(folder)) as house:
            print(f"\nthe machine is built and the installed agent at work: {time.monotonic() - began:.0f} s")
            yield house


@pytest.mark.parametrize("number", range(1, TIMES + 1))
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_scenario(house: Household, scenario: Callable[[Household], Awaitable[str]], number: int) -> None:
    await house.calm()
    await verdict(scenario.__name__, number, scenario(house))
