"""A few megabytes kept back beside the database, to be given to it when the disk is full.

Without them a full disk also stops deleting and delivering, which need room themselves for a moment.
"""

import os
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

SIZE = 4 * 1024 * 1024


def keep(path: Path) -> bool:
    """Set the reserve aside where it is missing and the disk has plenty; whether there is one now."""
    file = _file(path)
    if not file.exists() and shutil.disk_usage(path.parent).free > 4 * SIZE:
        with file.open("wb") as reserve, suppress(OSError):
            os.posix_fallocate(reserve.fileno(), 0, SIZE)
    return file.exists()


def release(path: Path) -> bool:
    """Give the reserve back to a full disk; whether there was one and the disk is what is full."""
    full = shutil.disk_usage(path.parent).free < SIZE
    if not full or not _file(path).exists():
        return False
    _file(path).unlink()
    return True


def claim(connection: sqlite3.Connection) -> None:
    """Turn released room into free pages of the database, before somebody else's log takes it all.

    The file may not grow beyond them: then an insert fails early, while deleting and checkpoints go on working.
    """
    with suppress(sqlite3.Error):
        connection.execute(f"INSERT OR REPLACE INTO meta VALUES ('reserve', zeroblob({SIZE // 4}))")
    with suppress(sqlite3.Error):
        connection.execute("DELETE FROM meta WHERE key = 'reserve'")
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")


def _file(path: Path) -> Path:
    return path.with_suffix(".reserve")
