"""The one stream of events: stages tell what happened, the log, the terminal and the page listen."""

from collections.abc import Callable, Sequence
from datetime import datetime

from befresh_agent.domain.events import DeviceChanged, DeviceState, Event
from befresh_agent.ports.clock import Clock

Listener = Callable[[Event], None]


class Events:
    """Tells every listener, in order, on the loop's thread. Listeners must be quick and must not raise."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def tell(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)


class Devices:
    """How every device is doing; tells an event when that changes, so a failing device is reported once."""

    def __init__(self, events: Events, clock: Clock) -> None:
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
            self._events.tell(seen)

    def states(self) -> Sequence[tuple[DeviceChanged, datetime]]:
        """Every device's last state and since when it is in it."""
        return tuple(self._state.values())
