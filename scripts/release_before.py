"""Keeps what this release writes, for the next one to be tested with: `PYTHONPATH=. python scripts/release_before.py`.

Out: `tests/fixtures/release-before`, every setting but secrets, and a database with something in every table as SQL.
"""

import asyncio
import re
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from befresh_agent.cli.config import template
from befresh_agent.storage.database import Database
from befresh_agent.storage.message_table import MessageState
from tests.unit.storage.stand_ins import refused
from tests.unit.storage.test_any_garbled_row import filled, store_of

FOLDER = Path(__file__).parents[1] / "tests" / "fixtures" / "release-before"


def settings() -> str:
    """The default file with every setting in force; secrets apart, as they belong in no repository."""
    text, _, _ = template().partition("\n# Values that are never shown.")
    return re.sub(r"^# ([a-z_0-9]+ = )", r"\1", text, flags=re.MULTILINE).rstrip() + "\n"


async def database(path: Path) -> None:
    """One message of every fate: delivered, refused, dead, in the journal, waiting."""
    async with Database(path) as kept:
        store = store_of(kept)
        await filled(store, kept)
        for seq, times in ((2, 1), (3, 3)):
            for _ in range(times):
                await refused(store, seq)
        await store.mark([1], MessageState.DELIVERED)
        await store.mark([4], MessageState.JOURNAL)


def dumped(path: Path) -> str:
    """The file as SQL, with what SQLite's dump leaves out."""
    with closing(sqlite3.connect(path)) as connection:
        marks = [
            f"PRAGMA {name} = {connection.execute(f'PRAGMA {name}').fetchone()[0]};"
            for name in ("application_id", "user_version")
        ]
        return "\n".join([*marks, *connection.iterdump(), ""])


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "config.toml").write_text(settings(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "agent.db")
        asyncio.run(database(path))
        (FOLDER / "agent.sql").write_text(dumped(path), encoding="utf-8")
    print(f"wrote {FOLDER}")


if __name__ == "__main__":
    main()
