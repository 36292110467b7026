"""The agent's database: one SQLite file, one connection, one thread of its own.

Stages hand in a small function that gets the connection; it runs as one transaction on the database's thread and is
durable when the call returns (WAL with synchronous=FULL: measured, NORMAL loses acknowledged rows in a power cut).
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from befresh_agent.errors import StoreError, StoreFull, told
from befresh_agent.runtime.remedies import closed
from befresh_agent.storage import database_file, salvage, schema
from befresh_agent.storage.database_file import DatabaseReplaced
from befresh_agent.storage.schema import DatabaseSchema

T = TypeVar("T")

SQLITE_VERSION = sqlite3.sqlite_version

Work = Callable[[sqlite3.Connection], T]


def together(*parts: Work[None]) -> Work[None]:
    """All of them in one transaction."""

    def work(connection: sqlite3.Connection) -> None:
        for part in parts:
            part(connection)

    return work


class Database:
    """An async context manager around one SQLite file.

    The agent owns the file: it alone creates, checks, repairs and migrates it, and entering raises `StoreBusy` when
    another agent holds it. A guest (`owner=False`) looks in beside a running agent and may write single rows.
    `world` ("real" or "simulated") keeps a dry run's food from ever being delivered as real.
    """

    def __init__(self, path: Path, *, size_mb: int = 64, world: str = "real", owner: bool = True) -> None:
        self.path = path
        self.replaced: DatabaseReplaced | None = None
        """Set when a damaged file had to be replaced."""
        self.reserve_spent = False
        """Set when the disk was full and the room kept back for that was used."""
        self.schema = DatabaseSchema(0, 0)
        """That of the open file."""
        self._size_mb = size_mb
        self._world = world
        self._owner = owner
        self._lock: int | None = None
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")

    async def __aenter__(self) -> Self:
        try:
            await self._on_thread(self._open)
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._leave()

    async def run(self, work: Work[T]) -> T:
        """Do the work in one transaction. Raises `StoreFull` when there is no room, `StoreError` otherwise."""
        return await self._on_thread(lambda: self._repaired(work))

    async def keep_reserve(self) -> None:
        """Set the reserve aside again where it was used and the disk has room once more."""
        await self._on_thread(self._keep_reserve)

    async def _leave(self) -> None:
        await self._on_thread(self._close)
        self._thread.shutdown(wait=False)

    async def _on_thread(self, call: Callable[[], T]) -> T:
        # Shielded: a cancelled caller must not leave a half-known outcome on the database's thread.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, call))

    def _open(self) -> None:
        try:
            if not self._owner:
                self._connection = database_file.open_as_guest(self.path, self._size_mb)
                self.schema = schema.schema(self._connection)
                return
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = database_file.hold(self.path)
            self._with_reserve(self._open_whole)
            self._keep_reserve()
        except PermissionError as error:
            raise closed(self.path) from error
        except OSError as error:
            raise StoreError(told(error, self.path.parent)) from error
        except sqlite3.Error as error:
            raise database_file.translated(error, self.path) from error

    def _open_whole(self) -> None:
        self._connection, replaced = database_file.open_whole(self.path, size_mb=self._size_mb, world=self._world)
        self.replaced = replaced or self.replaced
        self.schema = schema.schema(self._connection)

    def _keep_reserve(self) -> None:
        if self._owner and self._connection is not None and salvage.keep_reserve(self.path):
            database_file.limit(self._connection, self._size_mb)

    def _with_reserve(self, call: Callable[[], T]) -> T:
        """Call; when the disk is full, release the reserve and call again."""
        try:
            return call()
        except StoreFull:
            if not self._owner or not salvage.release_reserve(self.path):
                raise
            self.reserve_spent = True
            result = call()
            if self._connection is not None:
                salvage.claim_reserve(self._connection)
            return result

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _repaired(self, work: Work[T]) -> T:
        """Do the work; when the file proves damaged, replace it with what can be rescued and do the work again."""
        try:
            return self._with_reserve(lambda: self._transact(work))
        except database_file.DatabaseDamaged:
            if not self._owner or self._connection is None:
                raise
            self._connection.close()
            self._open_whole()
            return self._transact(work)

    def _transact(self, work: Work[T]) -> T:
        connection = self._connection
        if connection is None:
            raise StoreError("the database is closed")
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise database_file.translated(error, self.path, self.schema) from error
        return result
