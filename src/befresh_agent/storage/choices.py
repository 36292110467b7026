"""What a person switched on at the page, kept beside the foods: it comes before the defaults, and after every file."""

import json
import sqlite3

from befresh_agent.domain import stored
from befresh_agent.storage.database import Database
from befresh_agent.storage.meta_table import read_fact, write_fact

_WAYS = "vision_ways"


class Choices:
    """Every call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ways(self) -> list[str]:
        """The spellings and orders of dates that were switched on."""
        return await self._database.run(_ways)

    async def switch_on(self, way: str) -> None:
        await self._database.run(lambda c: _keep(c, sorted({*_ways(c), way})))


def _ways(connection: sqlite3.Connection) -> list[str]:
    """Read tolerantly: what is garbled was never chosen."""
    kept = stored.parsed(read_fact(connection, _WAYS))
    return [way for way in kept if isinstance(way, str)] if isinstance(kept, list) else []


def _keep(connection: sqlite3.Connection, ways: list[str]) -> None:
    write_fact(connection, _WAYS, json.dumps(ways, ensure_ascii=False))
