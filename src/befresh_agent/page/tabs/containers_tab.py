"""The tab "Containers": its values, and what a person does to containers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from befresh_agent.domain.container import Address, parse_address
from befresh_agent.domain.phrase import Language
from befresh_agent.domain.quantities import Quantity
from befresh_agent.domain.reading import SeriesPoint, TimeSpan
from befresh_agent.domain.visits import ContainerHealth
from befresh_agent.errors import InvalidValue
from befresh_agent.history.heat_records import HeatEstimate
from befresh_agent.history.records import Chart
from befresh_agent.history.rules.trend import Trend, TrendState
from befresh_agent.i18n.words import name_of
from befresh_agent.page.context import PageContext
from befresh_agent.page.models import PageModel
from befresh_agent.page.page_watches import TrendWatch
from befresh_agent.page.tabs.container_days import ContainerDays, container_days
from befresh_agent.storage.history import ContainerContent
from befresh_agent.storage.roster import ContainerNames, title


def _kept(quantity: Quantity) -> tuple[Any, Any]:
    traits = quantity.traits
    return (float if traits.decimals else int) | None, Field(description=f"{traits.label}, as in `{traits.column}`.")


if TYPE_CHECKING:
    ContainerValues = PageModel
else:
    ContainerValues = create_model(
        "Values",
        __base__=PageModel,
        __doc__="The values of the last reading; null where one could not be read.",
        **{quantity.value: _kept(quantity) for quantity in Quantity},
    )


class AirChange(PageModel):
    """How much more of something there is in the air now than in the container's quietest half day."""

    quantity: Quantity
    amount: float
    """Of gas the share by which the resistance fell (0.2: by 20 %), of NH3 the raw value by which it rose."""
    uncertainty: float
    """The true amount lies within plus or minus this, 19 times out of 20."""
    rising: bool


class AirTrend(PageModel):
    """Whether the air in a container is changing. It tells nothing about food safety."""

    state: Literal["rising", "steady", "learning", "unmeasured"]
    changes: list[AirChange]
    silent_s: float | None
    since: datetime | None = None
    """About when it began to change."""


class ContainerView(PageModel):
    """A smart container."""

    address: str
    name: str | None
    """What people call it."""
    title: str
    """The same, or what else tells it from others: what is in it, the end of its address."""
    night: tuple[float, float] | None
    """Its lowest and highest temperature of last night, in degrees Celsius."""
    food: str | None
    """What was registered in it last."""
    last_at: datetime | None
    age_s: float | None
    values: ContainerValues | None
    absent: bool
    signal_dbm: int | None
    success_rate: float | None
    """Share of the latest visits that brought a reading."""
    visits: int
    battery_percent: int | None
    broadcasts: bool
    """It tells by itself and is never visited."""
    trouble: str | None
    """Why what it broadcast last could not be understood, or what it says is not believed."""
    trend: AirTrend
    days: ContainerDays


class ContainerChange(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: Annotated[str, Field(max_length=1000)]
    """What to call it from now on, in this house; empty takes the name away."""


class CurvePoint(PageModel):
    """One value over the readings taken between two times (seconds since 1970)."""

    first: float
    last: float
    mean: float
    low: float
    high: float


class ContainerHistory(PageModel):
    """What a container said; where the points of a curve lie further apart than `gap_s`, nothing was measured."""

    address: str
    begin: float
    end: float
    gap_s: float
    curves: dict[Quantity, list[CurvePoint]]


class VisitRequested(PageModel):
    """The container is visited as soon as the radio is free."""

    address: str


RANGES = {"1h": 3600, "24h": 86_400, "7d": 7 * 86_400}


class ContainersTab:
    def __init__(self, sources: PageContext, watch: TrendWatch, touched: Callable[[frozenset[str]], None]) -> None:
        self._sources = sources
        self._records = sources.records
        self._watch = watch
        self._names = ContainerNames(sources.database)
        self._touched = touched

    async def list(self) -> list[ContainerView]:
        """Everybody on the roster; rising ones first, then in the order they joined."""
        names, contents = await self._names.all(), await self._records.history.contents()
        nights = await self._records.nights()
        health = {one.address: one for one in self._sources.containers()}
        heat = await self._records.heat()
        boxes = [
            self._box(address, health.get(address), names, contents, nights.get(address), heat.get(address))
            for address in await self._sources.roster()
        ]
        return sorted(boxes, key=lambda box: box.trend.state != "rising")

    async def find(self, text: str) -> ContainerView | None:
        """One of them; None when it is not on the roster."""
        try:
            address = parse_address(text)
        except InvalidValue:
            return None
        return next((box for box in await self.list() if box.address == address), None)

    async def names(self) -> Mapping[Address, str]:
        """What people call them."""
        return await self._names.all()

    async def charts(
        self, box: ContainerView, seconds: float, language: Language
    ) -> Sequence[tuple[Quantity, str, Chart]]:
        """What is drawn, the title and the picture of every curve."""
        charts = await self._records.charts(Address(box.address), seconds, language)
        return [(quantity, _title(quantity, language), chart) for quantity, chart in charts.items()]

    async def sparklines(self, boxes: Sequence[ContainerView], language: Language) -> Mapping[Address, str]:
        """The last day of each as a small picture."""
        return await self._records.sparklines([Address(box.address) for box in boxes], language)

    async def history(self, box: ContainerView, seconds: float) -> ContainerHistory:
        now = self._sources.clock.now().timestamp()
        within = TimeSpan(now - seconds, now)
        curves = await self._records.history.curves(Address(box.address), within)
        return ContainerHistory(
            address=box.address,
            begin=within.begin,
            end=within.end,
            gap_s=self._records.gap_s,
            curves={quantity: [_curve_point(point) for point in curve] for quantity, curve in curves.items()},
        )

    async def rename(self, box: ContainerView, name: str) -> ContainerView:
        await self._names.set_name(Address(box.address), name)
        return await self._changed(box)

    async def forget(self, box: ContainerView) -> None:
        """It is read no longer; what it said is remembered."""
        await self._sources.forget(Address(box.address))
        self._touched(frozenset({"containers"}))

    async def renew(self, box: ContainerView) -> None:
        """Its battery was changed: it may count anew."""
        await self._sources.renew(Address(box.address))
        self._touched(frozenset({"containers"}))

    def read_now(self, box: ContainerView) -> bool:
        """Visit it as soon as the radio is free; whether the radio knows it yet."""
        return self._sources.read_now(Address(box.address))

    async def _changed(self, box: ContainerView) -> ContainerView:
        self._touched(frozenset({"containers", "food"}))
        return await self.find(box.address) or box

    def _box(
        self,
        address: Address,
        health: ContainerHealth | None,
        names: Mapping[Address, str],
        contents: Mapping[Address, ContainerContent],
        night: tuple[float, float] | None,
        heat: HeatEstimate | None,
    ) -> ContainerView:
        content, last = contents.get(address), health.last if health else None
        return ContainerView(
            address=address,
            name=names.get(address),
            title=title(address, names, contents),
            night=night,
            food=content.food if content else None,
            last_at=last.taken_at if last else None,
            age_s=round(health.age_s) if health and health.age_s is not None else None,
            values=ContainerValues(**asdict(last.values)) if last else None,
            absent=health is not None and health.absent,
            signal_dbm=health.signal_dbm if health else None,
            success_rate=health.success_rate if health else None,
            visits=health.visits if health else 0,
            battery_percent=health.battery_percent if health else None,
            broadcasts=health is not None and health.broadcasts,
            trouble=health.trouble if health else None,
            trend=air(self._watch.trends.get(address), self._watch.since.get(address)),
            days=container_days(heat, content),
        )


def _curve_point(point: SeriesPoint) -> CurvePoint:
    """Written out: there are a thousand of them, and `asdict` takes five times as long."""
    return CurvePoint(first=point.first, last=point.last, mean=point.mean, low=point.low, high=point.high)


def _title(quantity: Quantity, language: Language) -> str:
    unit = quantity.traits.unit
    return name_of(quantity, language) + (f", {unit}" if unit else "")


def air(trend: Trend | None, since: float | None = None) -> AirTrend:
    """The trend as the page shows it."""
    found = trend or Trend(TrendState.LEARNING)
    changes = [
        AirChange(
            quantity=change.quantity,
            amount=round(change.amount, 3),
            uncertainty=round(change.uncertainty, 3),
            rising=change.rising,
        )
        for change in found.changes
    ]
    began = None if since is None else datetime.fromtimestamp(since).astimezone()
    return AirTrend(state=found.state.value, changes=changes, silent_s=found.silent_s, since=began)
