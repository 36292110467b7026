from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from befresh_agent.database import Database
from befresh_agent.record.history import History


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(tmp_path / "agent.db") as database:
        yield database


@pytest.fixture
def history(database: Database) -> History:
    return History(database)
