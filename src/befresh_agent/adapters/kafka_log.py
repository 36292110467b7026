"""Keeps a talkative library's log short: measured, aiokafka writes half a gigabyte a day while a broker is away."""

import logging
import time
from types import TracebackType
from typing import Self

_EVERY_S = 60.0


class OneLineAMinute(logging.Handler):
    """While entered, lets one record a minute of a logger family through and counts the rest."""

    def __init__(self, family: str) -> None:
        super().__init__(logging.WARNING)
        self._logger = logging.getLogger(family)
        self._next = 0.0
        self._held_back = 0
        self.last_word = ""
        """The latest record's text: often the only place that says why."""

    def __enter__(self) -> Self:
        self._logger.addHandler(self)
        self._logger.propagate = False
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._logger.propagate = True
        self._logger.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.last_word = record.getMessage()
        now = time.monotonic()
        if now < self._next:
            self._held_back += 1
            return
        self._next = now + _EVERY_S
        more = f" (and {self._held_back} lines before)" if self._held_back else ""
        self._held_back = 0
        logging.getLogger(f"befresh_agent.{self._logger.name}").log(record.levelno, "%s%s", self.last_word, more)
