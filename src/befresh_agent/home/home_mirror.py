"""Home Assistant as a mirror of the fridge: what is so now, and never what was so before.

In: how everything stands, events, commands. Out: retained topics on the household's broker. Nothing waits for it: what
happens while nobody can be reached is not told later, and what is so then is told as soon as somebody is there. On
every connection, and when Home Assistant says that it has started, everything is published anew; what the broker still
keeps of things that are gone is taken away.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping

from befresh_agent.domain import events as e
from befresh_agent.domain.events import DeviceState, Event
from befresh_agent.domain.pacing import Backoff, RetryPauses
from befresh_agent.errors import DeviceError, StoreError, root_of
from befresh_agent.home.rules.discovery import ONLINE, packed
from befresh_agent.home.rules.home_topics import HomeTopics
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.outside import HomeBroker, HomeConnection, HomeMessage
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.runtime.event_loop import until_set

DEVICE = "home assistant"
_LOOK_S = 15.0
"""What no event tells, such as a name given on the page, is seen after so many seconds."""
_BREATH_S = 0.3
"""What happens in one breath is told at once."""
_AFTER_BIRTH_S = 3.0
"""Not all devices of a house answer Home Assistant's start in the same moment."""
_SWEEP_S = 10.0
"""So long what the broker had kept is looked through."""
_DEAF_S = 2.0
"""After so long Home Assistant listens no more to what a config that was taken away named."""
_EVENTS = 50
_COMMAND_S = 1.0
"""Of commands that come faster only the first counts."""

Command = Callable[[str], None]


class HomeMirror:
    """A service of the agent; `on_event` must be told every event. Times are real ones."""

    def __init__(
        self,
        broker: HomeBroker,
        topics: HomeTopics,
        compose: Callable[[], Awaitable[Mapping[str, bytes]]],
        commands: Mapping[str, Command],
        *,
        devices: DeviceRegistry,
        clock: Clock,
        backoff: Backoff | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._broker = broker
        self._topics = topics
        self._compose = compose
        self._commands = {topics.of(word): command for word, command in commands.items()}
        self._devices = devices
        self._clock = clock
        self._rng = rng or random.Random()
        self._pauses = RetryPauses(backoff or Backoff(), self._rng.random)
        self._news = asyncio.Event()
        self._events: deque[bytes] = deque(maxlen=_EVENTS)
        self._shown: dict[str, bytes] = {}
        """What was published on this connection."""
        self._kept: set[str] = set()
        """Topics of this fridge that the broker had kept from before."""
        self._commanded: dict[str, float] = {}

    def on_event(self, event: Event) -> None:
        """A listener for `EventBus`."""
        if (told := event_state(event)) is not None:
            self._events.append(packed(told))
        self._news.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                async with self._broker.connected(self._topics.of("status")) as connection:
                    self._pauses.worked()
                    await self._mirrored(connection)
            except (DeviceError, ExceptionGroup) as error:
                self._lost(error)
            await self._clock.sleep(self._pauses.failed())

    def _lost(self, error: DeviceError | ExceptionGroup[Exception]) -> None:
        cause = root_of(error)
        if not isinstance(cause, DeviceError):
            raise error
        self._devices.report(DEVICE, DeviceState.LOST, str(cause))

    async def _mirrored(self, connection: HomeConnection) -> None:
        """Until the connection is lost."""
        self._shown, self._kept = {}, set()
        self._events.clear()
        await connection.subscribe([*self._topics.own, self._topics.birth, *self._commands])
        self._devices.report(DEVICE, DeviceState.READY, self._broker.where)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear(connection))
            tasks.create_task(self._sweep(connection))
            tasks.create_task(self._tell(connection))

    async def _hear(self, connection: HomeConnection) -> None:
        async for message in connection.messages():
            if message.retained:
                if message.payload and self._topics.is_own(message.topic):
                    self._kept.add(message.topic)
                    self._news.set()
            elif message.topic == self._topics.birth:
                if message.payload == ONLINE:
                    await self._clock.sleep(self._rng.uniform(0, _AFTER_BIRTH_S))
                    self._shown.clear()
                    self._news.set()
            elif message.topic in self._commands and message.payload:  # an empty one takes a kept one away
                self._obey(message)

    def _obey(self, command: HomeMessage) -> None:
        now = self._clock.monotonic()
        if now - self._commanded.get(command.topic, -_COMMAND_S) >= _COMMAND_S:
            self._commanded[command.topic] = now
            self._commands[command.topic](command.payload.decode(errors="replace"))

    async def _sweep(self, connection: HomeConnection) -> None:
        await self._clock.sleep(_SWEEP_S)
        await connection.unsubscribe(self._topics.own)

    async def _tell(self, connection: HomeConnection) -> None:
        while True:
            self._news.clear()
            await self._publish(connection)
            while self._events:
                await connection.publish(self._topics.of("event"), self._events.popleft(), retain=False)
            await self._wait()

    async def _publish(self, connection: HomeConnection) -> None:
        """What is otherwise than before; the fridge is there once all of it is."""
        try:
            wanted = {**await self._compose(), self._topics.of("status"): ONLINE}
        except StoreError:
            return  # told of where things are kept; what was shown stays
        for topic, payload in wanted.items():
            if self._shown.get(topic) != payload:
                self._shown[topic] = payload
                await connection.publish(topic, payload, retain=True)
        gone = {*self._shown, *self._kept} - {*wanted, self._topics.of("picture")}
        configs = {topic for topic in gone if topic.endswith("/config")}
        await self._take_away(connection, configs)
        if configs and gone != configs:  # Home Assistant would try to read the end of states that it still listens to
            await self._clock.sleep(_DEAF_S)
        await self._take_away(connection, gone - configs)

    async def _take_away(self, connection: HomeConnection, topics: Iterable[str]) -> None:
        for topic in topics:
            self._shown.pop(topic, None)
            self._kept.discard(topic)
            await connection.publish(topic, b"", retain=True)

    async def _wait(self) -> None:
        await until_set(self._news, self._clock.sleep(_LOOK_S))
        await self._clock.sleep(_BREATH_S)


def event_state(event: Event) -> dict[str, object] | None:
    """What the event entity tells of it; None for what it does not."""
    match event:
        case e.ItemRegistered(item=item):
            kind = "unnamed" if item.name is None else "registered"
            day, address, name = item.expires_on, item.address, item.name
        case e.FoodTakenOut(food=food):
            kind, day, address, name = "taken_out", food.use_by, food.item.address, food.name
        case _:
            return None
    use_by = day.isoformat() if day else None
    return {"event_type": kind, "name": name, "use_by": use_by, "container": address}
