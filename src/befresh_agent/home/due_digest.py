"""What the daily notice says. In: the stock. Out: what is due, a line each, what should be eaten first at the top."""

from befresh_agent.domain.phrase import Language, Phrase, counted
from befresh_agent.domain.stock import StockFilter, StockItem
from befresh_agent.history.records import HistoryRecords
from befresh_agent.i18n.words import say
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.storage import FoodStock

_MOST = 30
"""Foods of a digest."""


class DueDigest:
    def __init__(self, stock: FoodStock, records: HistoryRecords, clock: Clock, language: Language) -> None:
        self._stock = stock
        self._records = records
        self._clock = clock
        self._language = language

    async def lines(self) -> str:
        """Nothing where nothing is due. Raises `StoreError`."""
        rising = await self._records.rising()
        page = await self._stock.page(StockFilter.SOON, urgent=rising, limit=_MOST)
        return "\n".join(self._line(one) for one in page.items)

    def _line(self, one: StockItem) -> str:
        standing = one.freshness_at(self._clock.now())
        name = one.name or self._said(Phrase("Food without a name"))
        if standing is None:
            return self._said(Phrase("{container}: its air is changing, have a look", container=name))
        left = standing.days_left
        when = {-1: Phrase("past its day"), 0: Phrase("today")}.get(max(left, -1))
        return f"{name}: {self._said(when or counted(left, '1 day left', '{count} days left'))}"

    def _said(self, phrase: Phrase) -> str:
        return say(self._language, phrase)
