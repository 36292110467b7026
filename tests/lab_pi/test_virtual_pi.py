"""The whole product in a virtual Pi, driven from outside."""

import time
from pathlib import Path

import pytest

from .everyday import an_evening
from .household import household


@pytest.mark.lab
@pytest.mark.timeout(1800)
async def test_an_evening_at_the_virtual_pi(home: Path) -> None:
    began = time.monotonic()
    async with household(home) as house:
        print(f"\nPASS  the machine is built and the installed agent at work: {time.monotonic() - began:.0f} s")
        began = time.monotonic()
        note = await an_evening(house)
        print(f"VERDICT PASS: {note}; {time.monotonic() - began:.0f} s")
