"""The agent's memory: one SQLite file, one connection, one thread of its own.

Stages hand in a small function that gets the connection; it runs as one transaction on the database's thread and is
durable when the call returns (WAL with synchronous=FULL: measured, NORMAL loses acknowledged rows in a power cut).
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from befresh_agent.errors import StoreError, StoreFull

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_VERSION = 1
_PAGE = 4096


class Database:
    """An async context manager around one SQLite file."""

    def __init__(self, path: Path, *, size_mb: int) -> None:
        self.path = path
        self._pages = size_mb * 1024 * 1024 // _PAGE
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._connection: sqlite3.Connection | None = None

    async def __aenter__(self) -> Self:
        await self._on_thread(self._open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._on_thread(self._close)
        self._thread.shutdown(wait=False)

    async def run(self, work: Work[T]) -> T:
        """Do the work in one transaction. Raises `StoreFull` when there is no room, `StoreError` otherwise."""
        return await self._on_thread(lambda: self._transact(work))

    async def _on_thread(self, call: Callable[[], T]) -> T:
        # Shielded: a cancelled caller must not leave a half-known outcome on the database's thread.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, call))

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.executescript(
            f"""
            PRAGMA auto_vacuum = INCREMENTAL;
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA wal_autocheckpoint = 256;
            PRAGMA journal_size_limit = 1048576;
            PRAGMA busy_timeout = 5000;
            PRAGMA max_page_count = {self._pages};
            """
        )
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            schema = resources.files("befresh_agent").joinpath("schema.sql").read_text()
            connection.executescript(f"BEGIN;{schema}PRAGMA user_version = {_VERSION};COMMIT;")
        self._connection = connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

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
            full = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
            raise (StoreFull if full else StoreError)(f"{self.path}: {error}") from error
        return result
