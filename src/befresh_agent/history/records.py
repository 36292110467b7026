"""What is shown and handed out of the history: charts, trends, daily sheets, lines for spreadsheets and programs.

Serves the page and the commands; everything is asked in short transactions and worked out off the event loop.
"""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from befresh_agent.domain.container import Address
from befresh_agent.domain.phrase import Language
from befresh_agent.domain.quantities import Quantity
from befresh_agent.domain.reading import Reading, TimeSpan
from befresh_agent.history.chart import ChartStyle, chart, extremes, sparkline
from befresh_agent.history.daily_sheet import SheetForm, SheetSubject, document, page
from befresh_agent.history.heat_records import HeatEstimate, HeatRecords
from befresh_agent.history.rules.day_record import record
from befresh_agent.history.rules.trend import RULE, STEP_S, Trend, TrendSample, TrendState, trend
from befresh_agent.ports.clock import Clock
from befresh_agent.settings.model import ContainerSettings
from befresh_agent.storage.history import CURVES, ContainerContent, Curves, ReadingHistory

Form = Literal["csv", "json"]

COLUMNS = (
    *("container", "food", "time", "clock_set", "minutes_missing_before"),
    *(quantity.traits.column for quantity in Quantity),
)

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def head(form: Form) -> str:
    """What comes before all others; the names of the columns, or nothing."""
    return _csv(COLUMNS) if form == "csv" else ""


class ReadingExporter:
    """Those of one container; times with their offset, in the zone (None: this machine's).

    The first reading after a gap longer than `gap_s` says how many minutes are missing before it.
    """

    def __init__(self, food: str | None, form: Form, *, gap_s: float, zone: tzinfo | None = None) -> None:
        self._food = food
        self._form = form
        self._gap_s = gap_s
        self._zone = zone
        self._before: float | None = None

    def rows_of(self, readings: Iterable[Reading]) -> str:
        """One line for each of the readings, which follow those of the call before."""
        rows = map(self._row, readings)
        if self._form == "json":
            return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return _csv(*([_harmless(row[column]) for column in COLUMNS] for row in rows))

    def _row(self, reading: Reading) -> dict[str, object]:
        at, before = reading.taken_at.timestamp(), self._before
        self._before = at
        return {
            "container": reading.address,
            "food": self._food,
            "time": reading.taken_at.astimezone(self._zone).isoformat(timespec="seconds"),
            "clock_set": reading.clock_synced,
            "minutes_missing_before": (
                None if before is None or at - before <= self._gap_s else round((at - before) / 60)
            ),
            **{quantity.traits.column: reading.values.of(quantity) for quantity in Quantity},
        }


def _harmless(value: object) -> object:
    """A name that a spreadsheet would take for a formula is quoted."""
    if isinstance(value, bool):
        return int(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _csv(*rows: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


_GAP_PERIODS = 3
"""A gap is where so many readings in a row are missing."""

_SHEET_POINTS = 150

_NIGHT_BEFORE_S, _NIGHT_AFTER_S = 2 * 3600, 6 * 3600
"""A night: from ten in the evening to six in the morning."""

_HALF_DAY_S = 43_200

_SPARK_S = 86_400
"""What a card shows of the past."""

_BACK_S = 3 * 3600.0
"""The beginning of a change is looked for in steps of so many seconds."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A curve, ready for a page."""

    svg: str
    extremes: tuple[str, str] | None
    """Its lowest and its highest value, in words."""


@dataclass(frozen=True, slots=True)
class _CachedTrend:
    """A trend that was worked out, and for which state of the history."""

    measured_at: float
    since: float
    trend: Trend


class HistoryRecords:
    """`zone` is that of days and written times; None: this machine's."""

    def __init__(
        self,
        history: ReadingHistory,
        settings: ContainerSettings,
        clock: Clock,
        *,
        fridge_id: int | None,
        zone: tzinfo | None = None,
    ) -> None:
        self.history = history
        self._settings = settings
        self._clock = clock
        self._fridge_id = fridge_id
        self._zone = zone
        self._trends: dict[Address, _CachedTrend] = {}
        self._heat = HeatRecords(history, settings, gap_s=self.gap_s, zone=zone)

    @property
    def gap_s(self) -> float:
        """Without a reading for longer than this, there is a gap."""
        return _GAP_PERIODS * self._settings.period_s

    async def charts(self, address: Address, seconds: float, language: Language) -> Mapping[Quantity, Chart]:
        """The latest so many seconds as SVG, ready for the middle of a page."""
        now = self._clock.now().timestamp()
        within = TimeSpan(now - seconds, now)
        curves = await self.history.curves(address, within)
        look = ChartStyle(within, self.gap_s, language, self._zone, f"c{address.replace(':', '')}")
        return await asyncio.to_thread(
            lambda: {one: Chart(chart(one, curves[one], look), extremes(one, curves[one])) for one in CURVES}
        )

    async def sparklines(self, addresses: Sequence[Address], language: Language) -> Mapping[Address, str]:
        """The temperature of the last day of each as a small curve; empty where it was not measured."""
        now = self._clock.now().timestamp()
        within = TimeSpan(now - _SPARK_S, now)
        look, one, found = ChartStyle(within, self.gap_s, language, self._zone), Quantity.TEMPERATURE, {}
        for address in addresses:
            curve = (await self.history.steps(address, within, step_s=STEP_S))[one]
            found[address] = await asyncio.to_thread(sparkline, one, curve, look)
        return found

    async def nights(self) -> Mapping[Address, tuple[float, float]]:
        """The lowest and the highest temperature of last night, in degrees Celsius, where it was measured."""
        today = self._day(self._clock.now().date()).begin
        within = TimeSpan(today - _NIGHT_BEFORE_S, today + _NIGHT_AFTER_S)
        found = {}
        for address in await self.history.everybody():
            curve = (await self.history.steps(address, within, step_s=_HALF_DAY_S))[Quantity.TEMPERATURE]
            if curve:
                found[address] = min(point.low for point in curve), max(point.high for point in curve)
        return found

    async def trends(self) -> Mapping[Address, Trend]:
        """Of every container that is remembered; worked out anew where there is a new reading."""
        latest, contents = await self.history.latest(), await self.history.contents()
        for gone in self._trends.keys() - latest.keys():
            del self._trends[gone]
        return {address: await self._trend(address, at, contents.get(address)) for address, at in latest.items()}

    async def rising(self) -> Collection[Address]:
        """Containers whose air is changing: what is in them is due today at the latest."""
        return [address for address, trend in (await self.trends()).items() if trend.state is TrendState.RISING]

    async def heat(self) -> Mapping[Address, HeatEstimate]:
        """How many of its days the food in every container has used, as far as that can be told."""
        return await self._heat.all(self._day(self._clock.now().date()).begin)

    async def rising_since(self, address: Address) -> float | None:
        """About when its air began to change, seconds since 1970; None where it does not change."""
        known = self._trends.get(address)
        if known is None or known.trend.state is not TrendState.RISING:
            return None
        within = TimeSpan(max(known.measured_at - RULE.window_s, known.since), known.measured_at + 1)
        curves = await self.history.steps(address, within, step_s=STEP_S)
        return await asyncio.to_thread(_turning_point, samples(curves), known.measured_at)

    async def sheet(
        self,
        addresses: Sequence[Address],
        day: date,
        language: Language,
        names: Mapping[Address, str] | None = None,
    ) -> str:
        """The daily sheet of these containers (all that are remembered when none is given) as HTML.

        `names` are what people call them.
        """
        whole, now = self._day(day), self._clock.now()
        within = TimeSpan(whole.begin, max(whole.begin, min(whole.end, now.timestamp())))
        contents = await self.history.contents()
        allowed = self._settings.lowest_c, self._settings.highest_c
        seal = await self.history.seal()
        form = SheetForm(self._fridge_id, whole, allowed, self.gap_s, now, language, self._zone, seal)
        pages = []
        for number, address in enumerate(addresses or await self.history.everybody(), 1):
            readings = await self.history.readings(address, within)
            curves = await self.history.curves(address, within, points=_SHEET_POINTS)
            found = await asyncio.to_thread(record, readings, within, allowed=allowed, gap_s=self.gap_s)
            content, name = contents.get(address), (names or {}).get(address)
            heat = await self._heat.of_day(address, content, within)
            subject = SheetSubject(address, _food(content), found, curves, heat, name)
            pages.append(await asyncio.to_thread(page, subject, form, number))
        return document(pages, form)

    async def lines(self, addresses: Sequence[Address], first: date, last: date, form: Form) -> AsyncIterator[str]:
        """Every reading of these containers (all when none is given) of these days, some lines at once."""
        within = TimeSpan(self._day(first).begin, self._day(last).end)
        contents = await self.history.contents()
        yield head(form)
        for address in addresses or await self.history.everybody():
            written = ReadingExporter(_food(contents.get(address)), form, gap_s=self.gap_s, zone=self._zone)
            async for part in self.history.parts(address, within):
                yield await asyncio.to_thread(written.rows_of, part)

    async def _trend(self, address: Address, measured_at: float, content: ContainerContent | None) -> Trend:
        now, since = self._clock.now().timestamp(), content.since if content else 0.0
        known = self._trends.get(address)
        if known is None or (known.measured_at, known.since) != (measured_at, since):
            # Other food has other air: what was in there before does not count.
            within = TimeSpan(max(measured_at - RULE.window_s, since), measured_at + 1)
            curves = await self.history.steps(address, within, step_s=STEP_S)
            found = await asyncio.to_thread(lambda: trend(samples(curves), measured_at))
            known = self._trends[address] = _CachedTrend(measured_at, since, found)
        silent_s = max(0.0, now - measured_at)
        if silent_s > RULE.silent_s:
            return Trend(TrendState.UNMEASURED, silent_s=silent_s)
        return replace(known.trend, silent_s=silent_s)

    def _day(self, day: date) -> TimeSpan:
        midnight, following = (
            datetime.combine(day + timedelta(days=days), time()).replace(tzinfo=self._zone) for days in (0, 1)
        )
        # Without a zone these are this machine's own midnights, whatever its clock does between them.
        return TimeSpan(midnight.timestamp(), following.timestamp())


def _turning_point(measured: Sequence[TrendSample], at: float) -> float:
    """How far back the trend was rising already."""
    while trend([one for one in measured if one.at <= at - _BACK_S], at - _BACK_S).state is TrendState.RISING:
        at -= _BACK_S
    return at


def samples(curves: Curves) -> list[TrendSample]:
    """Half hours of all quantities, put together again."""
    halves: dict[float, dict[Quantity, float]] = {}
    middles: dict[float, float] = {}
    for quantity, curve in curves.items():
        for point in curve:
            halves.setdefault(point.first, {})[quantity] = point.mean
            middles[point.first] = point.at
    return [TrendSample(middles[first], found) for first, found in sorted(halves.items())]


def _food(content: ContainerContent | None) -> str | None:
    return content.food if content else None
