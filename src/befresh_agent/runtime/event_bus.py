"""The one stream of events: stages emit what happened; the log, the terminal and the page subscribe.

Also the log's form: standard error, one line each, no colours; a time stamp where no journal adds its own.
"""

import contextlib
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from befresh_agent.domain.events import DeviceChanged, DeviceState, Event
from befresh_agent.domain.narration import describe
from befresh_agent.domain.visible import visible_text
from befresh_agent.ports.clock import Clock

Listener = Callable[[Event], None]


class EventBus:
    """Tells every listener, in order, on the loop's thread. Listeners must be quick and must not raise."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def emit(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)


class DeviceRegistry:
    """How every device is doing; tells an event when that changes, so a failing device is reported once."""

    def __init__(self, events: EventBus, clock: Clock) -> None:
        self._events = events
        self._clock = clock
        self._state: dict[str, tuple[DeviceChanged, datetime]] = {}

    def report(self, device: str, state: DeviceState, detail: str = "") -> None:
        """Note a device's state; the event goes out only when the state is another than before."""
        before, since = self._state.get(device, (None, self._clock.now()))
        back = before is not None and before.state is DeviceState.LOST and state is not DeviceState.OFF
        seen = DeviceChanged(device, state, detail, back)
        changed = before is None or before.state is not state
        self._state[device] = (seen, self._clock.now() if changed else since)
        if changed:
            self._events.emit(seen)

    def states(self) -> Sequence[tuple[DeviceChanged, datetime]]:
        """Every device's last state and since when it is in it."""
        return tuple(self._state.values())


_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _Lines(logging.Formatter):
    """What stands in a record from outside steers no terminal, and its lines are no records of their own."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n\t".join(map(visible_text, super().format(record).split("\n")))


class _JournalFormatter(_Lines):
    """`<4>radio: adapter hci0 is off` - the number is journald's priority."""

    def format(self, record: logging.LogRecord) -> str:
        return f"<{_PRIORITY.get(record.levelno, 6)}>{super().format(record)}"


def configure_logging(level: str, *, journal: bool) -> None:
    """Log to standard error; `journal` adds journald's priorities in place of the time."""
    handler = logging.StreamHandler(sys.stderr)
    kind, pattern = (
        (_JournalFormatter, "%(name)s: %(message)s") if journal else (_Lines, "%(asctime)s %(name)s: %(message)s")
    )
    handler.setFormatter(kind(pattern))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


class _LineHandler(logging.Handler):
    def __init__(self, show: Callable[[logging.LogRecord], None], level: int) -> None:
        super().__init__(level)
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        self._show(record)


@contextlib.contextmanager
def sent_to(show: Callable[[logging.LogRecord], None], level: int) -> Iterator[None]:
    """Meanwhile what is logged goes there alone."""
    root = logging.getLogger()
    before, handler = root.handlers[:], _LineHandler(show, level)
    root.handlers[:] = [handler]
    try:
        yield
    finally:
        root.handlers[:] = before


def log_event(event: Event) -> None:
    """Log an event; a listener for `EventBus`."""
    sentence = describe(event)
    text = f"{sentence.text}\n{sentence.detail}" if sentence.detail else sentence.text
    logging.getLogger(sentence.part).log(sentence.weight, text.rstrip())
