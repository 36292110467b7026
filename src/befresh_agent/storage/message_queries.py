"""Looking at messages and their fates, and the journal's way out. Functions run inside a transaction."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from befresh_agent.domain import stored
from befresh_agent.domain.short_ids import the_one
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.storage.message_table import MessageState, mark, message_of

_BEYOND = 2**63 - 1


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A message and its fate."""

    message: OutgoingMessage
    items: int
    created: str
    state: MessageState
    delivered: str | None
    attempts: int
    last_error: str | None


def standing(connection: sqlite3.Connection) -> tuple[dict[str, int], datetime | None]:
    """How many messages there are of each state, and when the oldest waiting one was created."""
    counts = dict(connection.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())
    oldest = connection.execute("SELECT created FROM outbox WHERE state = 'waiting' ORDER BY seq LIMIT 1").fetchone()
    return counts, stored.moment(oldest["created"]) if oldest else None


def entries(
    connection: sqlite3.Connection,
    states: Sequence[MessageState] = (),
    *,
    after: int = 0,
    before: int | None = None,
    limit: int = -1,
    newest: bool = False,
) -> list[OutboxEntry]:
    """Messages of these states (all when none is given) between two numbers; the newest `limit` of them on demand."""
    chosen = tuple(states) or tuple(MessageState)
    marks = ", ".join("?" * len(chosen))
    rows = connection.execute(
        f"SELECT * FROM outbox WHERE state IN ({marks}) AND seq > ? AND seq < ?"
        f" ORDER BY seq {'DESC' if newest else ''} LIMIT ?",
        (*chosen, min(after, _BEYOND), _BEYOND if before is None else min(before, _BEYOND), min(limit, _BEYOND)),
    )
    return sorted(_entries(rows), key=lambda entry: entry.message.seq)


def entry(connection: sqlite3.Connection, seq: int) -> OutboxEntry | None:
    rows = connection.execute("SELECT * FROM outbox WHERE seq = ?", (min(seq, _BEYOND),))
    return next(_entries(rows), None)


def meant(connection: sqlite3.Connection, typed: str) -> OutboxEntry | None:
    """The message with this number, or the only one whose id begins so. (Ids begin with their time, and so with 0.)"""
    if typed.isascii() and typed.isdecimal() and not typed.startswith("0"):
        return entry(connection, int(typed[:20]))
    ids = {row["id"]: row["seq"] for row in connection.execute("SELECT id, seq FROM outbox ORDER BY seq")}
    found = the_one(typed, ids, "message")
    return None if found is None else entry(connection, ids[found])


def replay(connection: sqlite3.Connection, since: datetime | None) -> list[int]:
    """Let messages of the journal, all or those created since then, wait for delivery."""
    rows = connection.execute("SELECT seq, created FROM outbox WHERE state = 'journal' ORDER BY seq").fetchall()
    chosen = [
        row["seq"] for row in rows if since is None or (at := stored.moment(row["created"])) is None or at >= since
    ]
    mark(connection, chosen, MessageState.WAITING, None)
    return chosen


def _entries(rows: Iterable[sqlite3.Row]) -> Iterator[OutboxEntry]:
    for row in rows:
        yield OutboxEntry(
            message=message_of(row),
            items=stored.whole(row["items"]) or 0,
            created=stored.text(row["created"]) or "",
            state=next((state for state in MessageState if state == row["state"]), MessageState.DEAD),
            delivered=stored.text(row["delivered"]),
            attempts=stored.whole(row["attempts"]) or 0,
            last_error=stored.text(row["last_error"]),
        )
