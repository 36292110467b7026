"""The outbox as the page shows it. Stands behind `ports/letters.py`."""

from collections.abc import Sequence

from befresh_agent.domain.letters import Letter, Standing
from befresh_agent.outbox.lookup import Entry
from befresh_agent.outbox.rows import State
from befresh_agent.outbox.store import Store


class LetterBox:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def standing(self) -> Standing:
        summary = await self._store.summary()
        return Standing(summary.waiting, summary.oldest_s, summary.dead, summary.journal, summary.unnamed)

    async def newest(self, state: str | None, *, before: int | None, limit: int) -> Sequence[Letter]:
        states = (State(state),) if state else ()
        entries = await self._store.entries(states, before=before, limit=limit, newest=True)
        return [_letter(entry) for entry in reversed(entries)]

    async def following(self, after: int, limit: int) -> Sequence[Letter]:
        return [_letter(entry) for entry in await self._store.entries(after=after, limit=limit)]

    async def retry(self, seq: int | None) -> Sequence[int]:
        return await self._store.revive(None if seq is None else [seq])


def _letter(entry: Entry) -> Letter:
    message = entry.message
    return Letter(
        seq=message.seq,
        id=message.id,
        topic=message.topic,
        key=message.key,
        headers=dict(message.headers),
        body=message.body,
        carries=entry.items,
        state=entry.state,
        created=entry.created,
        delivered=entry.delivered,
        attempts=entry.attempts,
        error=entry.last_error,
    )
