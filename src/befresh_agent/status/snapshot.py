"""How the agent is doing, as one value: what `status` prints.

In: questions to the other stages, handed in as functions. Out: a plain dictionary for JSON.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from befresh_agent import __version__
from befresh_agent.domain.events import BrokerFound, BrokerLost, Event
from befresh_agent.domain.food import FoodItem
from befresh_agent.events import Devices
from befresh_agent.ports.clock import Clock
from befresh_agent.status.loop_lag import LoopLag

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom to ask."""

    devices: Devices
    lag: LoopLag
    clock: Clock
    session: Callable[[], Sequence[FoodItem] | None]
    """The items of the open session, or None while none is open."""
    containers: Callable[[], Sequence[Json]]
    outbox: Callable[[], Awaitable[Json]]


class Status:
    """Asks everybody; `ready` is set once every service runs."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.ready = False
        self._broker = ""

    def listen(self, event: Event) -> None:
        """Remember what is wrong with the broker; a listener for `Events`."""
        match event:
            case BrokerLost(error=error):
                self._broker = error
            case BrokerFound():
                self._broker = ""

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
            "containers": list(sources.containers()),
            "outbox": {**await sources.outbox(), "broker": self._broker or None},
            "loop_lag_ms": sources.lag.milliseconds(),
        }


def _item(item: FoodItem) -> Json:
    expires = item.expires_on.isoformat() if item.expires_on else None
    return {"name": item.name, "ftypeId": int(item.kind), "qrId": item.address, "expirationDate": expires}


def _text(when: datetime) -> str:
    return when.isoformat(timespec="seconds")
