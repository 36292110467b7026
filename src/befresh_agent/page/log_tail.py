"""The last lines of the log, as they stand in the journal, without what is secret."""

import contextlib
import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from befresh_agent.page.veil import Veil

_KEPT = 200


@dataclass(frozen=True, slots=True)
class LogLine:
    at: datetime
    level: int
    part: str
    text: str


class LogTail(logging.Handler):
    """Hears the root logger while `attached`."""

    def __init__(self, veil: Veil) -> None:
        super().__init__(logging.INFO)
        self._veil = veil
        self.lines: deque[LogLine] = deque(maxlen=_KEPT)

    @contextlib.contextmanager
    def attached(self) -> Iterator[None]:
        logging.getLogger().addHandler(self)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        at = datetime.fromtimestamp(record.created).astimezone()
        self.lines.append(LogLine(at, record.levelno, record.name, self._veil.over(record.getMessage())))
