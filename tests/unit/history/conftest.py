from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from befresh_agent.storage.database import Database
from befresh_agent.storage.history import ReadingHistory


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(tmp_path / "agent.db") as database:
        yield database


@pytest.fixture
def history(database: Database) -> ReadingHistory:
    return ReadingHistory(database)
