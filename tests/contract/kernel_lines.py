"""Lines of a GPIO chip that this computer does not have, as the kernel's library shows them: its own events and
settings, edges with the times at which they happened, a descriptor to wait for. `make lab-pi` has a real kernel.
"""

import errno
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace

from gpiod import EdgeEvent, LineSettings
from gpiod.line import Direction, Value

_ECHO_AFTER_NS = 450_000


@dataclass
class Lines:
    """What one program has asked for. `echo_ns` gives how long the echo of a ping lasts, None when there is none."""

    settings: dict[int, LineSettings]
    echo_ns: Callable[[], int | None] = lambda: None
    gone: bool = False
    fd: int = field(default_factory=lambda: os.eventfd(0, os.EFD_NONBLOCK))
    _coming: list[tuple[int, bool]] = field(default_factory=list)
    _trigger: Value = Value.INACTIVE

    def edge(self, rising: bool, at_ns: int | None = None) -> None:
        self._coming.append((time.monotonic_ns() if at_ns is None else at_ns, rising))
        os.eventfd_write(self.fd, 1)

    def read_edge_events(self, max_events: int | None = None) -> list[EdgeEvent]:
        if self.gone:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        due = [edge for edge in self._coming if edge[0] <= time.monotonic_ns()][:max_events]
        self._coming = self._coming[len(due) :]
        if not self._coming:
            os.eventfd_read(self.fd)
        types = {True: EdgeEvent.Type.RISING_EDGE, False: EdgeEvent.Type.FALLING_EDGE}
        return [EdgeEvent(types[rising].value, at, 0, 0, 0) for at, rising in due]

    def wait_edge_events(self, timeout: float) -> bool:
        until = time.monotonic() + timeout
        while not (self._coming and self._coming[0][0] <= time.monotonic_ns()):
            if time.monotonic() >= until:
                return False
            time.sleep(1e-4)
        return True

    def get_value(self, line: int) -> Value:
        assert line in self.settings
        return Value.ACTIVE if self.echo_ns() == -1 else Value.INACTIVE

    def set_value(self, line: int, value: Value) -> None:
        assert self.settings[line].direction is Direction.OUTPUT
        if self._trigger is Value.ACTIVE and value is Value.INACTIVE and (long := self.echo_ns()) is not None:
            rises = time.monotonic_ns() + _ECHO_AFTER_NS
            self.edge(True, rises)
            self.edge(False, rises + long)
        self._trigger = value

    def release(self) -> None:
        self.settings.clear()
        os.close(self.fd)


def kernel(made: list[Lines], echo_ns: Callable[[], int | None] = lambda: None) -> Callable[..., Lines]:
    """What stands for `gpiod.request_lines`; a line belongs to one program at a time."""

    def request_lines(path: str, config: dict[int, LineSettings], consumer: str) -> Lines:
        assert (path.rpartition("/")[2], consumer) == ("gpiochip11", "befresh-agent")
        if taken(made, config):
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        made.append(Lines(dict(config), echo_ns))
        return made[-1]

    return request_lines


def taken(made: list[Lines], wanted: Iterable[int]) -> bool:
    return any(line in lines.settings for lines in made for line in wanted)


def chips(made: list[Lines], others: dict[int, str]) -> type[object]:
    """What stands for `gpiod.Chip`: who has a line, this program or `others` by their names."""

    class Chip:
        def __init__(self, path: str) -> None:
            assert path.endswith("gpiochip11")

        def __enter__(self) -> "Chip":
            return self

        def __exit__(self, *_: object) -> None:
            return

        def get_line_info(self, line: int) -> SimpleNamespace:
            consumer = others.get(line, "befresh-agent" if taken(made, [line]) else "")
            return SimpleNamespace(used=bool(consumer), consumer=consumer)

    return Chip
