"""What alarms are about: what has been wrong for a while.

In: the stages, asked through functions. Out: conditions by key. What is not known at the
moment is said to be so: a container that was just not read, an agent that has only started.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from befresh_agent.domain.container import Address
from befresh_agent.domain.delivery_events import MessageDelivered
from befresh_agent.domain.events import DeviceState, Event
from befresh_agent.domain.phrase import Language, Phrase
from befresh_agent.domain.quantities import Quantity
from befresh_agent.domain.visits import ContainerHealth
from befresh_agent.history.records import HistoryRecords
from befresh_agent.home.rules.notice_rules import DELIVERY_S, RADIO_S, UPDATE_S, WARM_S, AlarmCondition
from befresh_agent.i18n.words import say
from befresh_agent.ports.storage import MessageBrowser
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.storage.roster import ContainerNames, title


@dataclass(frozen=True, slots=True)
class UpdateFailure:
    """How the last update failed; both empty where it did not."""

    at: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSources:
    """Whom to ask."""

    letters: MessageBrowser
    names: ContainerNames
    records: HistoryRecords
    roster: Callable[[], Awaitable[Sequence[Address]]]
    containers: Callable[[], Sequence[ContainerHealth]]
    devices: DeviceRegistry
    radios: Sequence[str]
    update: Callable[[], UpdateFailure | None]
    """None while nobody knows."""
    highest_c: float
    fresh_s: float
    """A reading that is older says nothing about now."""
    has_broker: bool


class HouseWatch:
    """`on_event` must be told every event. Everything else raises `StoreError`."""

    def __init__(self, sources: WatchSources, language: Language) -> None:
        self._sources = sources
        self._language = language
        self._delivered = False

    def on_event(self, event: Event) -> None:
        """A listener for `EventBus`."""
        if isinstance(event, MessageDelivered):
            self._delivered = True

    async def conditions(self) -> Mapping[str, AlarmCondition]:
        """How everything stands that alarms are about."""
        return {**await self._warm(), **dict(self._radios()), **await self._delivery(), **dict(self._update())}

    async def _warm(self) -> Mapping[str, AlarmCondition]:
        names, contents = await self._sources.names.all(), await self._sources.records.history.contents()
        health = {one.address: one for one in self._sources.containers()}
        found = {}
        for address in await self._sources.roster():
            value, wrong = self._temperature(health.get(address)), None
            if value is not None:
                wrong = value > self._sources.highest_c
            about = title(address, names, contents)
            text = Phrase("{container} is too warm: {value} °C", container=about, value=f"{value or 0:.1f}")
            found[f"warm {address}"] = AlarmCondition(wrong, WARM_S, self._said(text))
        return found

    def _temperature(self, health: ContainerHealth | None) -> float | None:
        if health is None or health.last is None or health.age_s is None or health.age_s > self._sources.fresh_s:
            return None
        return health.last.values.of(Quantity.TEMPERATURE)

    def _radios(self) -> Iterator[tuple[str, AlarmCondition]]:
        states = {seen.device: seen.state for seen, _ in self._sources.devices.states()}
        text = self._said(Phrase("Bluetooth does not work: containers are not measured."))
        for radio in self._sources.radios:
            state = states.get(radio)
            yield radio, AlarmCondition(None if state is None else state is DeviceState.LOST, RADIO_S, text)

    async def _delivery(self) -> Mapping[str, AlarmCondition]:
        waiting, delivered = (await self._sources.letters.status()).waiting, self._delivered
        self._delivered = False
        words = "The food service has not been reached for a day. Nothing is lost: {count} messages wait."
        wrong = self._sources.has_broker and waiting > 0 and not delivered
        return {"delivery": AlarmCondition(wrong, DELIVERY_S, self._said(Phrase(words, count=waiting)))}

    def _update(self) -> Iterator[tuple[str, AlarmCondition]]:
        found = self._sources.update()
        text = self._said(Phrase("The last update did not work; the fridge goes on as before."))
        wrong = None if found is None else bool(found.at)
        yield "update", AlarmCondition(wrong, UPDATE_S, text, mark=found.at if found else "")

    def _said(self, phrase: Phrase) -> str:
        return say(self._language, phrase)
