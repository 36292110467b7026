"""How the agent is doing, as one value: what `status` prints.

In: questions to the other stages, handed in as functions. Out: a plain dictionary for JSON.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from befresh_agent import __version__
from befresh_agent.domain.delivery_events import DatabaseNewer, DeliveryFaults
from befresh_agent.domain.events import Event
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.trouble import Trouble, Warned
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.status.loop_lag import LoopLag

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StatusSources:
    """Whom to ask."""

    devices: DeviceRegistry
    lag: LoopLag
    clock: Clock
    session: Callable[[], Sequence[FoodItem] | None]
    """The items of the open session, or None while none is open."""
    vision: Callable[[], Json]
    containers: Callable[[], Sequence[Json]]
    outbox: Callable[[], Awaitable[Json]]
    troubles: Callable[[], Sequence[Trouble]]
    warnings: Callable[[], Sequence[Warned]]
    turned_away: Callable[[], Sequence[Json]]
    """Who was turned away from the page lately."""


class StatusReporter:
    """Asks everybody; `ready` is set once every service runs."""

    def __init__(self, sources: StatusSources) -> None:
        self._sources = sources
        self.ready = False
        self._faults = DeliveryFaults()
        self._newer: DatabaseNewer | None = None

    def on_event(self, event: Event) -> None:
        """Remember what is wrong with a sink or a topic, and whose database it is; a listener for `EventBus`."""
        self._faults.on_event(event)
        if isinstance(event, DatabaseNewer):
            self._newer = event

    def open_items(self) -> Sequence[FoodItem] | None:
        """What the open session has registered, or None while none is open."""
        return self._sources.session()

    async def snapshot(self) -> Json:
        sources = self._sources
        items = self.open_items()
        return {
            "version": __version__,
            "ready": self.ready,
            "time": sources.clock.now().isoformat(timespec="seconds"),
            "session": None if items is None else {"items": [_item(item) for item in items]},
            "devices": {
                seen.device: {"state": seen.state, "since": _text(since), "detail": seen.detail}
                for seen, since in sources.devices.states()
            },
            "troubles": [asdict(trouble) for trouble in sources.troubles()],
            "warnings": [asdict(warned) for warned in sources.warnings()],
            "page": {"turned_away": list(sources.turned_away())},
            "vision": sources.vision(),
            "containers": list(sources.containers()),
            "outbox": {**await sources.outbox(), **_faults(self._faults)},
            "database": {"newer": asdict(self._newer) if self._newer else None},
            "loop_lag_ms": sources.lag.milliseconds(),
        }


def _faults(faults: DeliveryFaults) -> Json:
    """`broker` is set while any sink is out of reach; whoever waits for messages to be gone waits no longer then."""
    topics = {topic: error for (_, topic), error in faults.topics.items()}
    return {"broker": "; ".join(faults.sinks.values()) or None, "sinks": dict(faults.sinks), "topics": topics}


def _item(item: FoodItem) -> Json:
    expires = item.expires_on.isoformat() if item.expires_on else None
    return {"name": item.name, "ftypeId": int(item.kind), "qrId": item.address, "expirationDate": expires}


def _text(when: datetime) -> str:
    return when.isoformat(timespec="seconds")
