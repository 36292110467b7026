"""The last warnings, kept in the database: Raspberry Pi OS keeps its log in memory, and a restart wipes that.

In: what is logged as a warning or worse. Out: the last of them, also those from before the last start.
"""

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from befresh_agent.domain import stored
from befresh_agent.domain.trouble import Warned
from befresh_agent.errors import StoreError
from befresh_agent.storage.database import Database
from befresh_agent.storage.meta_table import read_fact, write_fact

MOST = 100
_LONGEST = 300
"""Characters of one that are kept."""
_KEY = "last_warnings"
_KEEP_S = 20.0
"""Not sooner than this after the last time: the card is spared."""


class LastWarnings(logging.Handler):
    """A service of the agent; hears the root logger while `attached`."""

    def __init__(self, database: Database) -> None:
        super().__init__(logging.WARNING)
        self._database = database
        self._kept: deque[Warned] = deque(maxlen=MOST)
        self._changed = False

    @property
    def lines(self) -> Sequence[Warned]:
        """The oldest first."""
        return tuple(self._kept)

    def emit(self, record: logging.LogRecord) -> None:
        at = datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="seconds")
        text = record.getMessage().partition("\n")[0][:_LONGEST]
        warned = Warned(at, record.name, text)
        if self._kept and (self._kept[-1].part, self._kept[-1].text) == (warned.part, warned.text):
            warned = replace(warned, times=self._kept.pop().times + 1)
        self._kept.append(warned)
        self._changed = True

    @contextlib.contextmanager
    def attached(self) -> Iterator[None]:
        logging.getLogger().addHandler(self)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(self)

    async def run(self) -> None:
        """For ever: what was kept before comes first, what is new is kept soon."""
        with self.attached():
            before = await kept(self._database)
            self._kept = deque([*before, *self._kept], maxlen=MOST)
            try:
                while True:
                    await asyncio.sleep(_KEEP_S)
                    await self.keep()
            finally:
                await self.keep()

    async def keep(self) -> None:
        """Write down what is new. A disk that takes nothing has its own alarm."""
        if not self._changed:
            return
        text = json.dumps([asdict(one) for one in self._kept], ensure_ascii=False)
        with contextlib.suppress(StoreError):
            await self._database.run(lambda connection: write_fact(connection, _KEY, text))
            self._changed = False


async def kept(database: Database) -> list[Warned]:
    """What was kept; what cannot be understood is left out."""
    found = stored.parsed(await database.run(lambda connection: read_fact(connection, _KEY)))
    return [one for one in map(_warned, found) if one is not None] if isinstance(found, list) else []


def _warned(found: object) -> Warned | None:
    told = found if isinstance(found, dict) else {}
    at, part, text = (stored.text(told.get(name)) for name in ("at", "part", "text"))
    if at is None or part is None or text is None:
        return None
    return Warned(at, part, text, stored.whole(told.get("times")) or 1)
