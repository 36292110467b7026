"""How many of its days the food in each container has used: what page, daily sheet and messages tell alike.

In: the history of temperatures, what is registered in each container, the settings. Out: one estimate for each, and its
sentences. A food without a published model, or without enough readings, gets no figure, and that is said.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from enum import StrEnum

from befresh_agent.domain.container import Address
from befresh_agent.domain.phrase import Language
from befresh_agent.domain.reading import TimeSpan
from befresh_agent.domain.spoilage import FoodSpoilage, SpoilageModel, parse_spoilage, spoilage_of
from befresh_agent.history.chart import local_time
from befresh_agent.history.rules.heat import DAY_S, GAP_S, HeatUse, WarmSpell, heat_use
from befresh_agent.i18n.words import record_text
from befresh_agent.settings.model import ContainerSettings
from befresh_agent.storage.history import ContainerContent, ReadingHistory


class HeatState(StrEnum):
    ESTIMATED = "estimated"
    UNKNOWN_FOOD = "unknown-food"
    """No published model is known to be for it."""
    TOO_LITTLE = "too-little-measured"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class HeatEstimate:
    """Of the food in a container; `use` is there where it is estimated."""

    state: HeatState
    model: SpoilageModel | None = None
    days_known: float | None = None
    """For how many days it keeps at 5 °C, where a person said so."""
    use: HeatUse | None = None
    today: WarmSpell | None = None
    """What cost most since midnight."""

    @property
    def share(self) -> float | None:
        """Of the days it has; None where nobody said how many."""
        return self.use.days / self.days_known if self.use and self.days_known else None

    # As page, API and messages show them
    @property
    def used_days(self) -> float | None:
        return round(self.use.days, 2) if self.use else None

    @property
    def known_days(self) -> float | None:
        return round(self.days_known, 2) if self.days_known else None

    @property
    def used_share(self) -> float | None:
        return None if self.share is None else round(self.share, 3)


@dataclass(frozen=True, slots=True)
class _CachedEstimate:
    measured_at: float
    content: ContainerContent
    midnight: float
    estimate: HeatEstimate


class HeatRecords:
    """`zone` is that of days and written times; None: this machine's."""

    def __init__(
        self, history: ReadingHistory, settings: ContainerSettings, *, gap_s: float, zone: tzinfo | None = None
    ) -> None:
        self._history = history
        self._chosen = parse_spoilage(settings.spoilage)
        self._gap_s = max(GAP_S, gap_s)
        self._zone = zone
        self._known: dict[Address, _CachedEstimate] = {}

    async def all(self, midnight: float) -> Mapping[Address, HeatEstimate]:
        """Of every container that is remembered, up to its last reading; worked out anew where there is a new one."""
        latest, contents = await self._history.latest(), await self._history.contents()
        for gone in self._known.keys() - latest.keys():
            del self._known[gone]
        return {one: await self._latest(one, at, contents.get(one), midnight) for one, at in latest.items()}

    async def of_day(self, address: Address, content: ContainerContent | None, day: TimeSpan) -> HeatEstimate:
        """As it was at the end of that day, or of as much of it as is over."""
        if content is None or content.food is None or content.since >= day.end:
            return HeatEstimate(HeatState.EMPTY)
        found = spoilage_of(content.food, self._chosen)
        if found is None:
            return HeatEstimate(HeatState.UNKNOWN_FOOD)
        within = TimeSpan(content.since, day.end)
        measured = await self._history.temperatures(address, within)
        return await asyncio.to_thread(self._estimate, found, content, measured, day)

    async def _latest(
        self, address: Address, measured_at: float, content: ContainerContent | None, midnight: float
    ) -> HeatEstimate:
        known, there = self._known.get(address), content or ContainerContent(None, 0.0)
        if known is None or (known.measured_at, known.content, known.midnight) != (measured_at, there, midnight):
            day = TimeSpan(min(midnight, measured_at), measured_at)
            estimate = await self.of_day(address, there, day)
            known = self._known[address] = _CachedEstimate(measured_at, there, midnight, estimate)
        return known.estimate

    def _estimate(
        self, found: FoodSpoilage, content: ContainerContent, measured: list[tuple[float, float]], day: TimeSpan
    ) -> HeatEstimate:
        within = TimeSpan(content.since, day.end)
        use, days = heat_use(measured, found.model, within, self._gap_s), self._days(found, content)
        if not use.believable:
            return HeatEstimate(HeatState.TOO_LITTLE, found.model, days)
        today = TimeSpan(max(day.begin, content.since), day.end)
        spell = heat_use(measured, found.model, today, self._gap_s).warm
        return HeatEstimate(HeatState.ESTIMATED, found.model, days, use, spell)

    def _days(self, found: FoodSpoilage, content: ContainerContent) -> float | None:
        """What a person said: the day on the list, else the settings."""
        if content.use_by is None:
            return found.days
        end = datetime.combine(content.use_by, time(23, 59)).replace(tzinfo=self._zone).timestamp()
        return (end - content.since) / DAY_S if end > content.since else found.days


def heat_sentences(one: HeatEstimate, language: Language, zone: tzinfo | None = None) -> list[str]:
    """What is known of its days, the figure first; nothing for an empty container."""
    return list(_sentences(one, language, zone))


def _sentences(one: HeatEstimate, language: Language, zone: tzinfo | None) -> Iterator[str]:
    if one.state is HeatState.UNKNOWN_FOOD:
        yield record_text(language, "No statement: no published model is known for this food.")
    elif one.state is HeatState.TOO_LITTLE:
        yield record_text(language, "No statement: too little was measured, or out of the model's range.")
    if one.use is None or one.model is None:
        return
    if one.share is not None:
        text = "Has used {percent} % of the {days} days it has at 5 °C."
        yield record_text(language, text, percent=round(one.share * 100), days=f"{one.days_known:.1f}")
    else:
        text = "{span} days in here were worth {days} days at 5 °C."
        yield record_text(language, text, span=f"{one.use.within.seconds / DAY_S:.1f}", days=f"{one.use.days:.1f}")
    if one.today is not None:
        text = "Warm from {begin} to {end}: that cost {days} days."
        begin, end = (f"{local_time(at, zone):%H:%M}" for at in (one.today.span.begin, one.today.span.end))
        yield record_text(language, text, begin=begin, end=end, days=f"{one.today.cost_days:.1f}")
    yield from _doubts(one.use, one.model, language)


def _doubts(use: HeatUse, model: SpoilageModel, language: Language) -> Iterator[str]:
    if use.unmeasured_s >= GAP_S:
        yield record_text(
            language, "Not measured for {hours} hours; not counted.", hours=round(use.unmeasured_s / 3600)
        )
    if use.outside_s >= 60:
        text = "Out of the model's range ({low} to {high} °C) for {minutes} minutes; not counted."
        minutes = round(use.outside_s / 60)
        yield record_text(language, text, low=f"{model.low_c:g}", high=f"{model.high_c:g}", minutes=minutes)
    if model.accuracy is not None:
        text = "Such estimates were off by a factor of {factor} on average."
        yield record_text(language, text, factor=f"{model.accuracy:.1f}")
