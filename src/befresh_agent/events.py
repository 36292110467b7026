"""The one stream of events: stages tell what happened, the log, the terminal and the page listen."""

from collections.abc import Callable

from befresh_agent.domain.events import DeviceChanged, DeviceState, Event

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

    def __init__(self, events: Events) -> None:
        self._events = events
        self._state: dict[str, DeviceChanged] = {}

    def report(self, device: str, state: DeviceState, detail: str = "") -> None:
        """Note a device's state; the event goes out only when the state is another than before."""
        before = self._state.get(device)
        self._state[device] = DeviceChanged(device, state, detail)
        if before is None or before.state is not state:
            self._events.tell(self._state[device])

    def states(self) -> tuple[DeviceChanged, ...]:
        return tuple(self._state.values())
