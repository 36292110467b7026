"""The tab "Delivery": the outbox as the page shows it and the API answers it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict
from typing import Any, Literal

from befresh_agent.page.context import PageContext
from befresh_agent.page.models import PageModel
from befresh_agent.page.observers import EventCounters
from befresh_agent.ports.storage import OutboxMessage, exported, parsed_body
from befresh_agent.runtime.redaction import SecretRedactor


class MessageView(PageModel):
    """One message of the outbox."""

    seq: int
    id: str
    topic: str
    carries: int
    """How many foods or readings."""
    state: Literal["waiting", "delivered", "journal", "dead"]
    created: str
    delivered: str | None
    attempts: int
    error: str | None


class MessageDetail(MessageView):
    """With everything that travels."""

    key: str
    headers: dict[str, str]
    body: Any


class DeliveryView(PageModel):
    """How messages leave the house."""

    to: str
    """Where they go: the broker, or the journal."""
    broker: Literal["none", "ready", "lost"]
    error: str
    waiting: int
    oldest_s: float
    dead: int
    journal: int
    unnamed: int


class MessageList(PageModel):
    delivery: DeliveryView
    messages: list[MessageView]
    """The newest first."""
    state: Literal["waiting", "delivered", "journal", "dead"] | None


class RetryResult(PageModel):
    retried: list[int]


PAGE = 40

_AT_ONCE = 10

StateName = Literal["waiting", "delivered", "journal", "dead"]


class DeliveryTab:
    def __init__(
        self,
        sources: PageContext,
        tally: EventCounters,
        redaction: SecretRedactor,
        touched: Callable[[frozenset[str]], None],
    ) -> None:
        self._letters = sources.letters
        self._to = sources.broker
        self._tally = tally
        self._redaction = redaction
        self._touched = touched

    async def delivery(self) -> DeliveryView:
        standing = await self._letters.status()
        error = self._redaction.redact(self._tally.broker_error)
        return DeliveryView(
            to=self._to or "journal",
            broker="none" if not self._to else "lost" if error else "ready",
            error=error,
            waiting=standing.waiting,
            oldest_s=round(standing.oldest_s),
            dead=standing.dead,
            journal=standing.journal,
            unnamed=standing.unnamed,
        )

    async def list(self, state: StateName | None, before: int | None = None, limit: int = PAGE) -> MessageList:
        found = await self._letters.newest(state, before=before, limit=limit)
        return MessageList(
            delivery=await self.delivery(),
            messages=[MessageView.model_validate(self._fields(one)) for one in found],
            state=state,
        )

    async def find(self, seq: int) -> MessageDetail | None:
        found = await self._letters.after(seq - 1, 1)
        if not found or found[0].seq != seq:
            return None
        return MessageDetail.model_validate(self._fields(found[0]) | {"body": parsed_body(found[0].body)})

    async def retry(self, seq: int | None = None) -> Sequence[int]:
        """Let dead messages, all or this one, be delivered again."""
        revived = await self._letters.retry(seq)
        self._touched(frozenset({"delivery"}))
        return revived

    async def export(self) -> AsyncIterator[str]:
        """Every message as a line of JSON, the oldest first, as `befresh-agent outbox export` writes it."""
        after = 0
        while found := await self._letters.after(after, _AT_ONCE):
            yield await asyncio.to_thread(_lines, found)
            after = found[-1].seq

    def _fields(self, letter: OutboxMessage) -> dict[str, object]:
        return asdict(letter) | {"error": self._redaction.redact(letter.error) if letter.error else None}


def _lines(letters: Sequence[OutboxMessage]) -> str:
    return "".join(json.dumps(exported(letter), ensure_ascii=False) + "\n" for letter in letters)
