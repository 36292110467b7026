"""The containers as the page shows them, and what a person does to them."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from befresh_agent.domain.container import Address
from befresh_agent.domain.container_health import ContainerHealth
from befresh_agent.domain.gatt import Quantity
from befresh_agent.domain.name import typed_name
from befresh_agent.domain.series import Span
from befresh_agent.domain.trend import State, Trend
from befresh_agent.page.container_models import (
    Air,
    AirChange,
    Container,
    ContainerCurves,
    ContainerList,
    CurvePoint,
    Values,
)
from befresh_agent.page.container_sources import ContainerSources
from befresh_agent.ports.clock import Clock
from befresh_agent.record.history import Content
from befresh_agent.record.words import Language

Window = Literal["1h", "24h", "7d"]
WINDOWS: Mapping[Window, float] = {"1h": 3600, "24h": 86_400, "7d": 7 * 86_400}
_REMEMBERED_DAYS = 366
_PORTION = 16_384
"""Characters that are sent at once."""
_ORDER = (State.RISING, State.UNMEASURED, State.LEARNING, State.STEADY)


class ContainerDesk:
    """`touched` is told when something changed."""

    def __init__(self, sources: ContainerSources, clock: Clock, touched: Callable[[frozenset[str]], None]) -> None:
        self._sources = sources
        self._clock = clock
        self._touched = touched

    async def list(self) -> ContainerList:
        records = self._sources.records
        trends, names, contents = (
            await records.trends(),
            await records.history.names(),
            await records.history.contents(),
        )
        unknown = Trend(State.UNMEASURED)
        found = [
            _container(one, names.get(one.address), contents.get(one.address), trends.get(one.address, unknown))
            for one in self._sources.health()
        ]
        return ContainerList(containers=sorted(found, key=lambda one: _ORDER.index(one.air.state)))

    async def find(self, address: str) -> Container | None:
        return next((one for one in (await self.list()).containers if one.address == address.upper()), None)

    async def rising(self) -> frozenset[Address]:
        """The containers whose food should be looked at first."""
        trends = await self._sources.records.trends()
        return frozenset(address for address, trend in trends.items() if trend.state is State.RISING)

    async def charts(self, container: Container, window: Window, language: Language) -> Mapping[Quantity, str]:
        """As SVG, ready for the middle of a page."""
        return await self._sources.records.charts(Address(container.address), WINDOWS[window], language)

    async def curves(self, container: Container, window: Window) -> ContainerCurves:
        now = self._clock.now()
        within = Span(now.timestamp() - WINDOWS[window], now.timestamp())
        records = self._sources.records
        found = await records.history.curves(Address(container.address), within)
        return ContainerCurves(
            address=container.address,
            begin=datetime.fromtimestamp(within.begin, UTC).astimezone(now.tzinfo),
            end=now,
            gap_s=records.gap_s,
            curves={one: [CurvePoint(**asdict(point)) for point in curve] for one, curve in found.items()},
        )

    async def lines(self, container: Container, since: date | None, until: date | None) -> AsyncIterator[str]:
        """Every remembered reading, for a spreadsheet: with the mark without which it garbles Korean."""
        last = until or self.today()
        first = since or last - timedelta(days=_REMEMBERED_DAYS)
        yield "\ufeff"
        portion = ""
        async for line in self._sources.records.lines([Address(container.address)], first, last, "csv"):
            portion += line
            if len(portion) > _PORTION:
                yield portion
                portion = ""
        yield portion

    async def sheet(self, container: Container, day: date | None, language: Language, style_at: str) -> str:
        """The daily sheet; today's where no day is given."""
        return await self._sources.records.sheet([Address(container.address)], day or self.today(), language, style_at)

    def today(self) -> date:
        return self._clock.now().date()

    async def rename(self, container: Container, name: str) -> None:
        """Raises `InvalidValue` when the name is too long; the empty one takes it away."""
        chosen = typed_name(name) if name.strip() else None
        await self._sources.records.history.set_name(Address(container.address), chosen)
        self._touched(frozenset({"containers", "food"}))

    async def remove(self, container: Container) -> bool:
        """Off the roster; what it said stays remembered, and the next registration brings it back."""
        removed = await self._sources.remove(Address(container.address))
        self._touched(frozenset({"containers", "food"}))
        return removed

    def read_now(self, container: Container) -> bool:
        """Whether it is visited next."""
        return self._sources.read_now(Address(container.address))


def _container(health: ContainerHealth, name: str | None, content: Content | None, trend: Trend) -> Container:
    return Container(
        address=health.address,
        name=name,
        food=content.food if content else None,
        absent=health.absent,
        last=health.last.taken_at if health.last else None,
        age_s=health.age_s,
        values=Values(**asdict(health.last.values)) if health.last else None,
        signal_dbm=health.signal_dbm,
        visits=health.visits,
        success_rate=health.success_rate,
        air=_air(trend),
    )


def _air(trend: Trend) -> Air:
    changes = [
        AirChange(
            quantity=one.quantity,
            amount=one.amount,
            uncertainty=one.uncertainty,
            rising=one.rising,
            since=datetime.fromtimestamp(one.since, UTC),
        )
        for one in trend.changes
    ]
    return Air(state=trend.state, silent_s=trend.silent_s, changes=changes)
