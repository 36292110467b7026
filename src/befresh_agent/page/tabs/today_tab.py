"""What a household has to know now, gathered from all stages."""

from collections.abc import Mapping

from befresh_agent.domain.attention import ContainerStands, Situation, concerns
from befresh_agent.domain.events import DeviceState
from befresh_agent.domain.phrase import Language
from befresh_agent.domain.quantities import Quantity
from befresh_agent.domain.stock import StockFilter, StockItem
from befresh_agent.history.rules.trend import TrendState
from befresh_agent.i18n.words import say
from befresh_agent.page.context import PageContext
from befresh_agent.page.maintenance import UpdateStatus
from befresh_agent.page.models import AlarmShown, ConcernShown, Today
from befresh_agent.page.observers import EventCounters
from befresh_agent.page.page_watches import StandingWatch, TrendWatch
from befresh_agent.runtime.redaction import SecretRedactor
from befresh_agent.storage.roster import ContainerNames, title

_DUE = 200


class TodayDesk:
    def __init__(
        self,
        sources: PageContext,
        tally: EventCounters,
        trends: TrendWatch,
        standing: StandingWatch,
        updates: UpdateStatus,
        redaction: SecretRedactor,
    ) -> None:
        self._sources = sources
        self._tally = tally
        self._trends = trends
        self._standing = standing
        self._updates = updates
        self._redaction = redaction
        self._names = ContainerNames(sources.database)

    async def today(self, language: Language = "en") -> Today:
        """Everything to look at, in words."""
        found = concerns(await self._situation(language))
        alarms = self._sources.open_alarms()
        return Today(
            alarms=[AlarmShown(key=key, text=self._redaction.redact(text)) for key, text in alarms.items()],
            concerns=[
                ConcernShown(
                    kind=one.kind,
                    text=self._redaction.redact(say(language, one.text)),
                    where=one.where,
                    detail=self._redaction.redact(one.detail),
                )
                for one in found
            ],
        )

    async def acknowledge(self, key: str, who: str = "") -> None:
        """Somebody has seen the alarm. Raises `StoreError`."""
        if self._sources.acknowledge is not None:
            await self._sources.acknowledge(key, who)

    async def _situation(self, language: Language) -> Situation:
        sources = self._sources
        found = await sources.stock.page(StockFilter.SOON, urgent=self._trends.rising, limit=_DUE)
        messages, left = await sources.letters.status(), self._left(found.items)
        containers, update = sources.settings.containers, self._updates.state
        return Situation(
            over=[name for name, days in left if days < 0],
            today=[name for name, days in left if days == 0],
            unnamed=found.counts[StockFilter.UNNAMED],
            containers=await self._containers(language),
            allowed=(containers.lowest_c, containers.highest_c),
            lost=self._lost(),
            other_radio=any(
                seen.device.startswith("radio") and seen.state is not DeviceState.LOST
                for seen, _ in sources.devices.states()
            ),
            troubles={one.subject: str(one) for one in sources.troubles()},
            broker_error=self._tally.broker_error,
            refused=messages.dead,
            clock_set=sources.clock_synced(),
            disk_full=self._standing.now.disk_full,
            update_error=update.last.line if update and update.last and update.last.code else "",
            hanging=sources.unwell(),
        )

    def _left(self, items: tuple[StockItem, ...]) -> list[tuple[str | None, int]]:
        now = self._sources.clock.now()
        standings = ((item.name, item.freshness_at(now)) for item in items)
        return [(name, standing.days_left) for name, standing in standings if standing is not None]

    def _lost(self) -> Mapping[str, str]:
        states = self._sources.devices.states()
        return {seen.device: seen.detail for seen, _ in states if seen.state is DeviceState.LOST}

    async def _containers(self, language: Language) -> list[ContainerStands]:
        names, contents = await self._names.all(), await self._sources.records.history.contents()
        fresh_s = self._sources.records.gap_s
        stands = []
        for one in self._sources.containers():
            called, trend = title(one.address, names, contents), self._trends.trends.get(one.address)
            is_fresh = one.last is not None and one.age_s is not None and one.age_s <= fresh_s
            stands.append(
                ContainerStands(
                    title=say(language, called),
                    address=one.address,
                    rising=trend is not None and trend.state is TrendState.RISING,
                    absent=one.absent,
                    temperature=one.last.values.of(Quantity.TEMPERATURE) if one.last and is_fresh else None,
                )
            )
        return stands
