"""One log format, on standard error: no colours, one line each; a time stamp where no journal adds its own."""

import logging
import sys

from befresh_agent.domain.events import Event
from befresh_agent.domain.narration import tell

_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _Journal(logging.Formatter):
    """`<4>radio: adapter hci0 is off` - the number is journald's priority."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record).replace("\n", "\n\t")
        return f"<{_PRIORITY.get(record.levelno, 6)}>{text}"


def set_up(level: str, *, journal: bool) -> None:
    """Log to standard error; `journal` adds journald's priorities in place of the time."""
    handler = logging.StreamHandler(sys.stderr)
    kind, pattern = (
        (_Journal, "%(name)s: %(message)s") if journal else (logging.Formatter, "%(asctime)s %(name)s: %(message)s")
    )
    handler.setFormatter(kind(pattern))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def write_down(event: Event) -> None:
    """Log an event; a listener for `Events`."""
    sentence = tell(event)
    text = f"{sentence.text}\n{sentence.detail}" if sentence.detail else sentence.text
    logging.getLogger(sentence.part).log(sentence.weight, text.rstrip())
