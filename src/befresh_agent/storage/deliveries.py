"""What has become of a message at each sink. Functions run inside a transaction.

A row of `deliveries` is what differs from waiting: there is none where a sink was not tried, and none any more when all
have the message. `outbox.state` sums it up, and is all that a release before this table knows: it may send again what
one sink has, with the same id and bytes, and loses nothing.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from befresh_agent.domain import stored
from befresh_agent.domain.message_parts import halves
from befresh_agent.errors import StoreFull
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.storage.message_table import (
    GARBLED,
    MessageDraft,
    MessageState,
    address,
    drop,
    enqueue,
    freeze,
    is_whole,
    mark,
    message_of,
)

ATTEMPTS = 3
"""A message that a sink refused so often, at least twice of it alone, is dead there."""
_DONE = (MessageState.DELIVERED, MessageState.DEAD)
_WAITING = (
    "SELECT o.*, coalesce(d.attempts, 0) AS refusals FROM outbox o"
    " LEFT JOIN deliveries d ON d.seq = o.seq AND d.sink = ?"
    " WHERE o.state = 'waiting' AND o.kind = ? AND coalesce(d.state, '') NOT IN ('delivered', 'dead')"
    " ORDER BY o.seq LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class SinkDelivery:
    """What has become of a message at one sink."""

    state: MessageState
    delivered: str | None
    attempts: int
    last_error: str | None


def peek(
    connection: sqlite3.Connection, sink: str, kind: str, topic: str, limit: int
) -> tuple[list[OutgoingMessage], list[int]]:
    """The oldest messages of a kind that wait for the sink, and the numbers of those that proved garbled: dead now.

    They are addressed to the topic that their kind has today, whatever it was called when they were queued. A message
    that was refused before travels alone, to prove who is to blame.
    """
    rows = connection.execute(_WAITING, (sink, kind, limit)).fetchall()
    if any(row["topic"] != topic for row in rows):
        address(connection, [row for row in rows if is_whole(row)], topic)
        rows = connection.execute(_WAITING, (sink, kind, limit)).fetchall()
    garbled = [row["seq"] for row in rows if not is_whole(row)]
    for seq in garbled:
        connection.execute("UPDATE outbox SET state = 'dead', last_error = ? WHERE seq = ?", (GARBLED, seq))
    whole = [row for row in rows if row["seq"] not in garbled]
    suspect = next((n for n, row in enumerate(whole) if row["refusals"]), len(whole))
    return [message_of(row) for row in whole[: max(suspect, 1)]], garbled


def arrived(
    connection: sqlite3.Connection, messages: Iterable[OutgoingMessage], sink: str, sinks: Sequence[str], at: datetime
) -> None:
    """Note that the sink has these messages; those that all `sinks` are done with are delivered."""
    for seq in _those(connection, messages):
        states = _states(connection, seq)
        if (end := _end(states | {sink: MessageState.DELIVERED}, sinks)) is not MessageState.DELIVERED:
            note = (seq, sink, MessageState.DELIVERED, at.isoformat(timespec="milliseconds"))
            connection.execute("REPLACE INTO deliveries (seq, sink, state, delivered) VALUES (?, ?, ?, ?)", note)
        elif states:
            connection.execute("DELETE FROM deliveries WHERE seq = ?", (seq,))
        if end is not None:
            mark(connection, [seq], end, at if end is MessageState.DELIVERED else None)


def drop_arrived(
    connection: sqlite3.Connection, messages: Iterable[OutgoingMessage], sink: str, sinks: Sequence[str]
) -> None:
    """Forget messages that the sink has, as there is no room even for a date.

    Raises `StoreFull` where another sink still needs one.
    """
    those = _those(connection, messages)
    for seq in those:
        if _end(_states(connection, seq) | {sink: MessageState.DELIVERED}, sinks) is None:
            raise StoreFull("no room to note which sink has a message")
    drop(connection, those)


def refuse(
    connection: sqlite3.Connection, message: OutgoingMessage, sink: str, sinks: Sequence[str], error: str
) -> bool:
    """Note that the sink refused this message; whether it is dead there now."""
    if _those(connection, [message]) != [message.seq]:
        return False
    (attempts,) = connection.execute(
        "INSERT INTO deliveries (seq, sink, state, attempts, last_error) VALUES (?, ?, 'waiting', 1, ?)"
        " ON CONFLICT (seq, sink) DO UPDATE SET attempts = attempts + 1, last_error = excluded.last_error"
        " RETURNING attempts",
        (message.seq, sink, error),
    ).fetchone()
    summed_up = "UPDATE outbox SET attempts = max(attempts, ?), last_error = ? WHERE seq = ?"
    connection.execute(summed_up, (attempts, error, message.seq))
    if attempts < ATTEMPTS:
        return False
    connection.execute("UPDATE deliveries SET state = 'dead' WHERE seq = ? AND sink = ?", (message.seq, sink))
    _sum_up(connection, message.seq, sinks)
    return True


def split(connection: sqlite3.Connection, message: OutgoingMessage) -> int | None:
    """Make two messages of one, each with an id of its own: the first in its place, the other with the next number.

    That number; None where there is nothing to divide. The sequence keeps no gap. A sink that is done with the whole is
    done with both.
    """
    row = connection.execute(
        "SELECT * FROM outbox WHERE seq = ? AND id = ? AND state = 'waiting'", (message.seq, message.id)
    ).fetchone()
    if row is None or not is_whole(row):
        return None
    seq, parts, at = message.seq, halves(row["body"]), stored.moment(row["created"])
    if parts is None or at is None:
        return None
    first, second = (MessageDraft(row["topic"], row["kind"], int(row["key"]), *part, at) for part in parts)
    drop(connection, [seq])
    freeze(connection, seq, first)
    other = enqueue(connection, second)
    connection.execute(
        "UPDATE items SET seq = ? WHERE id IN (SELECT id FROM items WHERE seq = ? ORDER BY rowid LIMIT -1 OFFSET ?)",
        (other, seq, first.items),
    )
    line = f"{row['parts_of'] or ''} {row['id']}".strip()
    connection.execute("UPDATE outbox SET parts_of = ? WHERE seq IN (?, ?)", (line, seq, other))
    connection.execute("DELETE FROM deliveries WHERE seq = ? AND state = 'waiting'", (seq,))
    connection.execute(
        "INSERT INTO deliveries (seq, sink, state, delivered, attempts, last_error)"
        " SELECT ?, sink, state, delivered, attempts, last_error FROM deliveries WHERE seq = ?",
        (other, seq),
    )
    return other


def revive(connection: sqlite3.Connection, seqs: Sequence[int] | None) -> list[int]:
    """Let dead messages, all or some, be delivered again to the sinks that have them not; which ones."""
    dead = connection.execute(
        "SELECT * FROM outbox WHERE state = 'dead' OR seq IN (SELECT seq FROM deliveries WHERE state = 'dead')"
    )
    chosen = [row["seq"] for row in dead if (seqs is None or row["seq"] in seqs) and is_whole(row)]
    marks = [(seq,) for seq in chosen]
    connection.executemany("UPDATE outbox SET state = 'waiting', attempts = 0 WHERE seq = ?", marks)
    connection.executemany("DELETE FROM deliveries WHERE seq = ? AND state <> 'delivered'", marks)
    return chosen


def take_over(connection: sqlite3.Connection, sinks: Sequence[str]) -> None:
    """At the start: what a release before revived is tried again, and nothing waits for a sink that is set no more."""
    connection.execute(
        "DELETE FROM deliveries WHERE state = 'dead'"
        " AND seq IN (SELECT seq FROM outbox WHERE state = 'waiting' AND attempts = 0)"
    )
    waiting = "SELECT DISTINCT seq FROM deliveries WHERE seq IN (SELECT seq FROM outbox WHERE state = 'waiting')"
    for row in connection.execute(waiting).fetchall():
        _sum_up(connection, row["seq"], sinks)


def of_message(connection: sqlite3.Connection, seq: int) -> dict[str, SinkDelivery]:
    """What differs from waiting, by sink."""
    rows = connection.execute("SELECT * FROM deliveries WHERE seq = ? ORDER BY sink", (seq,))
    return {
        str(row["sink"]): SinkDelivery(
            _state(row["state"]),
            stored.text(row["delivered"]),
            stored.whole(row["attempts"]) or 0,
            stored.text(row["last_error"]),
        )
        for row in rows
    }


def partly_dead(connection: sqlite3.Connection) -> int:
    """How many messages one sink refuses while another still waits for them."""
    (count,) = connection.execute(
        "SELECT count(DISTINCT d.seq) FROM deliveries d JOIN outbox o ON o.seq = d.seq"
        " WHERE d.state = 'dead' AND o.state = 'waiting'"
    ).fetchone()
    return int(count)


def forget(connection: sqlite3.Connection) -> None:
    """Delete what is left of messages that are gone."""
    connection.execute("DELETE FROM deliveries WHERE seq NOT IN (SELECT seq FROM outbox)")


def _those(connection: sqlite3.Connection, messages: Iterable[OutgoingMessage]) -> list[int]:
    """The numbers under which these messages stand; of one that was divided meanwhile, those of its parts."""
    found: list[int] = []
    for message in messages:
        row = connection.execute("SELECT id FROM outbox WHERE seq = ?", (message.seq,)).fetchone()
        if row is not None and row["id"] == message.id:
            found.append(message.seq)
        elif row is not None:
            parts = connection.execute("SELECT seq FROM outbox WHERE instr(parts_of, ?) ORDER BY seq", (message.id,))
            found += [part["seq"] for part in parts]
    return found


def _sum_up(connection: sqlite3.Connection, seq: int, sinks: Sequence[str]) -> None:
    if (end := _end(_states(connection, seq), sinks)) is not None:
        mark(connection, [seq], end, None)


def _states(connection: sqlite3.Connection, seq: int) -> dict[str, MessageState]:
    rows = connection.execute("SELECT sink, state FROM deliveries WHERE seq = ?", (seq,))
    return {row["sink"]: _state(row["state"]) for row in rows}


def _state(value: object) -> MessageState:
    """What is garbled was not delivered for certain."""
    return next((state for state in MessageState if state == value), MessageState.WAITING)


def _end(states: Mapping[str, MessageState], sinks: Sequence[str]) -> MessageState | None:
    """What a message is when all sinks are done with it; None while one is not."""
    found = {states.get(sink, MessageState.WAITING) for sink in sinks}
    if not found or not found <= {*_DONE}:
        return None
    return MessageState.DEAD if MessageState.DEAD in found else MessageState.DELIVERED
