"""What people call their containers; it stays in this house."""

import sqlite3
from collections.abc import Mapping

from befresh_agent.database import Database
from befresh_agent.domain.container import Address
from befresh_agent.domain.name import typed_name


class ContainerNames:
    """Raises `StoreError`, `InvalidValue` for a name that is none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Mapping[Address, str]:
        def work(connection: sqlite3.Connection) -> dict[Address, str]:
            return {Address(row["address"]): row["name"] for row in connection.execute("SELECT * FROM container_names")}

        return await self._database.run(work)

    async def give(self, address: Address, name: str) -> None:
        """Call it that; an empty name takes its name away."""
        if not name.strip():
            await self._database.run(lambda c: c.execute("DELETE FROM container_names WHERE address = ?", (address,)))
            return
        values = (address, typed_name(name))
        await self._database.run(lambda c: c.execute("INSERT OR REPLACE INTO container_names VALUES (?, ?)", values))
