"""The outbox as the page shows it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict
from typing import Literal

from befresh_agent.domain.letters import Letter, parsed
from befresh_agent.page.models_delivery import Delivery, Message, MessageList, WholeMessage
from befresh_agent.page.sources import Sources
from befresh_agent.page.tally import Tally
from befresh_agent.page.veil import Veil

PAGE = 40
_AT_ONCE = 10

MessageState = Literal["waiting", "delivered", "journal", "dead"]


class DeliveryDesk:
    def __init__(self, sources: Sources, tally: Tally, veil: Veil, touched: Callable[[frozenset[str]], None]) -> None:
        self._letters = sources.letters
        self._to = sources.broker
        self._tally = tally
        self._veil = veil
        self._touched = touched

    async def delivery(self) -> Delivery:
        standing = await self._letters.standing()
        error = self._veil.over(self._tally.broker_error)
        return Delivery(
            to=self._to or "journal",
            broker="none" if not self._to else "lost" if error else "ready",
            error=error,
            waiting=standing.waiting,
            oldest_s=round(standing.oldest_s),
            dead=standing.dead,
            journal=standing.journal,
            unnamed=standing.unnamed,
        )

    async def list(self, state: MessageState | None, before: int | None = None, limit: int = PAGE) -> MessageList:
        found = await self._letters.newest(state, before=before, limit=limit)
        return MessageList(
            delivery=await self.delivery(),
            messages=[Message.model_validate(self._fields(one)) for one in found],
            state=state,
        )

    async def find(self, seq: int) -> WholeMessage | None:
        found = await self._letters.following(seq - 1, 1)
        if not found or found[0].seq != seq:
            return None
        return WholeMessage.model_validate(self._fields(found[0]) | {"body": parsed(found[0].body)})

    async def retry(self, seq: int | None = None) -> Sequence[int]:
        """Let dead messages, all or this one, wait for delivery again."""
        revived = await self._letters.retry(seq)
        self._touched(frozenset({"delivery"}))
        return revived

    async def export(self) -> AsyncIterator[str]:
        """Every message as a line of JSON, the oldest first, as `befresh-agent outbox export` writes it."""
        after = 0
        while found := await self._letters.following(after, _AT_ONCE):
            yield await asyncio.to_thread(_lines, found)
            after = found[-1].seq

    def _fields(self, letter: Letter) -> dict[str, object]:
        return asdict(letter) | {"error": self._veil.over(letter.error) if letter.error else None}


def _lines(letters: Sequence[Letter]) -> str:
    return "".join(map(_line, letters))


def _line(letter: Letter) -> str:
    keys = ("seq", "id", "topic", "key", "headers", "body", "state", "created", "delivered")
    told = {key: getattr(letter, key) for key in keys} | {"body": parsed(letter.body)}
    return json.dumps(told, ensure_ascii=False) + "\n"
