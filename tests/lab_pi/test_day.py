"""A machine of its own that nobody disturbs for a day."""

from pathlib import Path

import pytest

from .day import a_day_passes
from .verdict import TIMES, verdict

pytestmark = [pytest.mark.lab, pytest.mark.timeout(7200)]


@pytest.mark.parametrize("number", range(1, TIMES + 1))
async def test_day(home: Path, number: int) -> None:
    await verdict(a_day_passes.__name__, number, a_day_passes(home))
