"""The containers as the page shows them, and what a person does to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from befresh_agent.domain.container import Address, parse_address
from befresh_agent.domain.container_health import ContainerHealth
from befresh_agent.domain.gatt import Quantity
from befresh_agent.domain.series import Point, Span
from befresh_agent.domain.trend import State, Trend
from befresh_agent.errors import InvalidValue
from befresh_agent.page.container_names import ContainerNames
from befresh_agent.page.models_boxes import AirChange, AirTrend, Box, BoxHistory, CurvePoint, Values
from befresh_agent.page.sources import Sources
from befresh_agent.page.trend_watch import TrendWatch
from befresh_agent.record.history import Content
from befresh_agent.record.words import Language, name_of, unit_of

RANGES = {"1h": 3600, "24h": 86_400, "7d": 7 * 86_400}


class ContainerDesk:
    def __init__(self, sources: Sources, watch: TrendWatch, touched: Callable[[frozenset[str]], None]) -> None:
        self._sources = sources
        self._records = sources.records
        self._watch = watch
        self._names = ContainerNames(sources.database)
        self._touched = touched

    async def list(self) -> list[Box]:
        """Everybody on the roster; rising ones first, then in the order they joined."""
        names, contents = await self._names.all(), await self._records.history.contents()
        health = {one.address: one for one in self._sources.containers()}
        boxes = [self._box(address, health.get(address), names, contents) for address in await self._sources.roster()]
        return sorted(boxes, key=lambda box: box.trend.state != "rising")

    async def find(self, text: str) -> Box | None:
        """One of them; None when it is not on the roster."""
        try:
            address = parse_address(text)
        except InvalidValue:
            return None
        return next((box for box in await self.list() if box.address == address), None)

    async def charts(self, box: Box, seconds: float, language: Language) -> Sequence[tuple[str, str]]:
        """Title and SVG picture of every curve."""
        charts = await self._records.charts(Address(box.address), seconds, language)
        return [(_title(quantity, language), chart) for quantity, chart in charts.items()]

    async def history(self, box: Box, seconds: float) -> BoxHistory:
        now = self._sources.clock.now().timestamp()
        within = Span(now - seconds, now)
        curves = await self._records.history.curves(Address(box.address), within)
        return BoxHistory(
            address=box.address,
            begin=within.begin,
            end=within.end,
            gap_s=self._records.gap_s,
            curves={
                quantity.value: [_curve_point(point) for point in curve]  # type: ignore[misc]  # the four
                for quantity, curve in curves.items()
            },
        )

    async def rename(self, box: Box, name: str) -> Box:
        await self._names.give(Address(box.address), name)
        return await self._changed(box)

    async def forget(self, box: Box) -> None:
        """It is read no longer; what it said is remembered."""
        await self._sources.forget(Address(box.address))
        self._touched(frozenset({"containers"}))

    def read_now(self, box: Box) -> bool:
        """Visit it as soon as the radio is free; whether the radio knows it yet."""
        return self._sources.read_now(Address(box.address))

    async def _changed(self, box: Box) -> Box:
        self._touched(frozenset({"containers", "food"}))
        return await self.find(box.address) or box

    def _box(
        self,
        address: Address,
        health: ContainerHealth | None,
        names: Mapping[Address, str],
        contents: Mapping[Address, Content],
    ) -> Box:
        content, last = contents.get(address), health.last if health else None
        return Box(
            address=address,
            name=names.get(address),
            food=content.food if content else None,
            last_at=last.taken_at if last else None,
            age_s=round(health.age_s) if health and health.age_s is not None else None,
            values=Values(**asdict(last.values)) if last else None,
            absent=health is not None and health.absent,
            signal_dbm=health.signal_dbm if health else None,
            success_rate=health.success_rate if health else None,
            visits=health.visits if health else 0,
            battery_percent=health.battery_percent if health else None,
            broadcasts=health is not None and health.broadcasts,
            trouble=health.trouble if health else None,
            trend=air(self._watch.trends.get(address)),
        )


def _curve_point(point: Point) -> CurvePoint:
    """Written out: there are a thousand of them, and `asdict` takes five times as long."""
    return CurvePoint(first=point.first, last=point.last, mean=point.mean, low=point.low, high=point.high)


def _title(quantity: Quantity, language: Language) -> str:
    unit = unit_of(quantity)
    return name_of(quantity, language) + (f", {unit}" if unit else "")


def air(trend: Trend | None) -> AirTrend:
    """The trend as the page shows it."""
    found = trend or Trend(State.LEARNING)
    changes = [
        AirChange(
            quantity=change.quantity.value,  # type: ignore[arg-type]  # trends are made of gas and NH3
            amount=round(change.amount, 3),
            uncertainty=round(change.uncertainty, 3),
            rising=change.rising,
        )
        for change in found.changes
    ]
    return AirTrend(state=found.state.value, changes=changes, silent_s=found.silent_s)
