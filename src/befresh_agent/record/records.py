"""What is shown and handed out of the history: charts, trends, daily sheets, lines for spreadsheets.

Serves the page and the commands; everything is asked in short transactions and worked out off the event loop.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from befresh_agent.domain.container import Address
from befresh_agent.domain.day_record import record
from befresh_agent.domain.gatt import Quantity
from befresh_agent.domain.series import Span
from befresh_agent.domain.trend import RULE, STEP_S, Sample, State, Trend, trend
from befresh_agent.ports.clock import Clock
from befresh_agent.record.chart import Look, chart
from befresh_agent.record.history import CURVES, Content, Curves, History
from befresh_agent.record.lines import Form as LineForm
from befresh_agent.record.lines import Lines, head
from befresh_agent.record.sheet import Form, Subject, document, page
from befresh_agent.record.words import Language
from befresh_agent.settings import ContainerSettings

_GAP_PERIODS = 3
"""A gap is where so many readings in a row are missing."""
_SHEET_POINTS = 150


@dataclass(frozen=True, slots=True)
class _Known:
    """A trend that was worked out, and for which state of the history."""

    measured_at: float
    since: float
    trend: Trend


class Records:
    """`zone` is that of days and written times; None: this machine's."""

    def __init__(
        self,
        history: History,
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
        self._trends: dict[Address, _Known] = {}

    @property
    def gap_s(self) -> float:
        """Without a reading for longer than this, there is a gap."""
        return _GAP_PERIODS * self._settings.period_s

    async def charts(self, address: Address, seconds: float, language: Language) -> Mapping[Quantity, str]:
        """The latest so many seconds as SVG, ready for the middle of a page."""
        now = self._clock.now().timestamp()
        within = Span(now - seconds, now)
        curves = await self.history.curves(address, within)
        look = Look(within, self.gap_s, language, self._zone, f"c{address.replace(':', '')}")
        return await asyncio.to_thread(lambda: {one: chart(one, curves[one], look) for one in CURVES})

    async def trends(self) -> Mapping[Address, Trend]:
        """Of every container that is remembered; worked out anew where there is a new reading."""
        latest, contents = await self.history.latest(), await self.history.contents()
        for gone in self._trends.keys() - latest.keys():
            del self._trends[gone]
        return {address: await self._trend(address, at, contents.get(address)) for address, at in latest.items()}

    async def sheet(self, addresses: Sequence[Address], day: date, language: Language) -> str:
        """The daily sheet of these containers (all that are remembered when none is given) as HTML."""
        whole, now = self._day(day), self._clock.now()
        within = Span(whole.begin, max(whole.begin, min(whole.end, now.timestamp())))
        contents = await self.history.contents()
        allowed = self._settings.lowest_c, self._settings.highest_c
        form = Form(self._fridge_id, whole, allowed, self.gap_s, now, language, self._zone)
        pages = []
        for number, address in enumerate(addresses or await self.history.everybody(), 1):
            readings = await self.history.readings(address, within)
            curves = await self.history.curves(address, within, points=_SHEET_POINTS)
            found = await asyncio.to_thread(record, readings, within, allowed=allowed, gap_s=self.gap_s)
            subject = Subject(address, _food(contents.get(address)), found, curves)
            pages.append(await asyncio.to_thread(page, subject, form, number))
        return document(pages, form)

    async def lines(self, addresses: Sequence[Address], first: date, last: date, form: LineForm) -> AsyncIterator[str]:
        """Every reading of these containers (all when none is given) of these days, some lines at once."""
        within = Span(self._day(first).begin, self._day(last).end)
        contents = await self.history.contents()
        yield head(form)
        for address in addresses or await self.history.everybody():
            written = Lines(_food(contents.get(address)), form, gap_s=self.gap_s, zone=self._zone)
            async for part in self.history.parts(address, within):
                yield await asyncio.to_thread(written.of, part)

    async def _trend(self, address: Address, measured_at: float, content: Content | None) -> Trend:
        now, since = self._clock.now().timestamp(), content.since if content else 0.0
        known = self._trends.get(address)
        if known is None or (known.measured_at, known.since) != (measured_at, since):
            # Other food has other air: what was in there before does not count.
            within = Span(max(measured_at - RULE.window_s, since), measured_at + 1)
            curves = await self.history.steps(address, within, step_s=STEP_S)
            found = await asyncio.to_thread(lambda: trend(samples(curves), measured_at))
            known = self._trends[address] = _Known(measured_at, since, found)
        silent_s = max(0.0, now - measured_at)
        if silent_s > RULE.silent_s:
            return Trend(State.UNMEASURED, silent_s=silent_s)
        return replace(known.trend, silent_s=silent_s)

    def _day(self, day: date) -> Span:
        midnight, following = (
            datetime.combine(day + timedelta(days=days), time()).replace(tzinfo=self._zone) for days in (0, 1)
        )
        # Without a zone these are this machine's own midnights, whatever its clock does between them.
        return Span(midnight.timestamp(), following.timestamp())


def samples(curves: Curves) -> list[Sample]:
    """Half hours of all quantities, put together again."""
    halves: dict[float, dict[Quantity, float]] = {}
    middles: dict[float, float] = {}
    for quantity, curve in curves.items():
        for point in curve:
            halves.setdefault(point.first, {})[quantity] = point.mean
            middles[point.first] = point.at
    return [Sample(middles[first], *(found.get(one) for one in CURVES)) for first, found in sorted(halves.items())]


def _food(content: Content | None) -> str | None:
    return content.food if content else None
