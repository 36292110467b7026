"""Looking at messages and their fates, and sending them on their way again. Functions run inside a transaction."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from befresh_agent.outbox.rows import State, is_whole, mark, message_of
from befresh_agent.ports.publisher import Message

_BEYOND = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A message and its fate."""

    message: Message
    items: int
    created: str
    state: State
    delivered: str | None
    attempts: int
    last_error: str | None


def standing(connection: sqlite3.Connection) -> tuple[dict[str, int], datetime | None]:
    """How many messages there are of each state, and when the oldest waiting one was created."""
    counts = dict(connection.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())
    oldest = connection.execute("SELECT created FROM outbox WHERE state = 'waiting' ORDER BY seq LIMIT 1").fetchone()
    return counts, _time(oldest["created"]) if oldest else None


def entries(
    connection: sqlite3.Connection,
    states: Sequence[State] = (),
    *,
    after: int = 0,
    before: int | None = None,
    limit: int = -1,
    newest: bool = False,
) -> list[Entry]:
    """Messages of these states (all when none is given) between two numbers; the newest `limit` of them on demand."""
    chosen = tuple(states) or tuple(State)
    marks = ", ".join("?" * len(chosen))
    rows = connection.execute(
        f"SELECT * FROM outbox WHERE state IN ({marks}) AND seq > ? AND seq < ?"
        f" ORDER BY seq {'DESC' if newest else ''} LIMIT ?",
        (*chosen, after, _BEYOND if before is None else before, limit),
    )
    return sorted(_entries(rows), key=lambda entry: entry.message.seq)


def entry(connection: sqlite3.Connection, seq: int) -> Entry | None:
    return next(_entries(connection.execute("SELECT * FROM outbox WHERE seq = ?", (seq,))), None)


def revive(connection: sqlite3.Connection, seqs: Sequence[int] | None) -> list[int]:
    """Let dead messages, all or some, wait for delivery again."""
    dead = connection.execute("SELECT * FROM outbox WHERE state = 'dead'")
    chosen = [row["seq"] for row in dead if (seqs is None or row["seq"] in seqs) and is_whole(row)]
    update = "UPDATE outbox SET state = 'waiting', attempts = 0 WHERE seq = ?"
    connection.executemany(update, [(seq,) for seq in chosen])
    return chosen


def replay(connection: sqlite3.Connection, since: datetime | None) -> list[int]:
    """Let messages of the journal, all or those created since then, wait for delivery."""
    rows = connection.execute("SELECT seq, created FROM outbox WHERE state = 'journal' ORDER BY seq").fetchall()
    chosen = [row["seq"] for row in rows if since is None or (at := _time(row["created"])) is None or at >= since]
    mark(connection, chosen, State.WAITING, None)
    return chosen


def _entries(rows: Iterable[sqlite3.Row]) -> Iterator[Entry]:
    for row in rows:
        yield Entry(
            message_of(row),
            row["items"],
            row["created"],
            State(row["state"]),
            row["delivered"],
            row["attempts"],
            row["last_error"],
        )


def _time(text: str) -> datetime | None:
    """The time; None when it is garbled on disk."""
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
