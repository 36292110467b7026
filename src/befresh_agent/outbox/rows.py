"""The outbox's table: messages frozen at insert, and what has become of each. Functions run inside a transaction."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from zlib import crc32

from befresh_agent.domain.ids import uuid7
from befresh_agent.domain.messages import Headers, compact
from befresh_agent.outbox import visits
from befresh_agent.ports.publisher import Message
from befresh_agent.record import history

ATTEMPTS = 3
"""A message that the broker refused so often, at least twice of it alone, is dead."""
GARBLED = "garbled on disk"
_ON_HAND_DAYS = 365
"""Food that nobody took off the list is taken for eaten after so many days more."""


class State(StrEnum):
    """What has become of a message."""

    WAITING = "waiting"
    """It will be sent."""
    DELIVERED = "delivered"
    """The broker has acknowledged it."""
    JOURNAL = "journal"
    """Kept here for good, as no broker is set."""
    DEAD = "dead"
    """The broker refuses it; a person must look at it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it has a number."""

    topic: str
    kind: Literal["befresh.food.registered.v1", "befresh.sensor.batch.v1"]
    fridge_id: int
    body: bytes
    items: int
    at: datetime


def enqueue(connection: sqlite3.Connection, draft: Draft) -> int:
    """Append the message with the next number; its bytes and id never change again."""
    last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
    seq = (last[0] if last else 0) + 1
    created = draft.at.isoformat(timespec="milliseconds")
    headers = Headers(
        ce_id=uuid7(draft.at),
        ce_source=f"/befresh/fridge/{draft.fridge_id}",
        ce_type=draft.kind,
        ce_time=created,
        ce_sequence=str(seq),
        ce_storeid=_meta(connection, "store_id"),
    )
    travels = (headers.ce_id, draft.topic, str(draft.fridge_id), compact(headers.pairs()).decode(), draft.body)
    connection.execute(
        "INSERT INTO outbox (seq, id, topic, key, headers, body, digest, items, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (seq, *travels, _digest(*travels), draft.items, created),
    )
    return seq


def waiting_topics(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT DISTINCT topic FROM outbox WHERE state = 'waiting'")]


def peek(connection: sqlite3.Connection, topic: str, limit: int) -> tuple[list[Message], list[int]]:
    """The oldest waiting messages of a topic, and the numbers of those that proved garbled and are dead now.

    A message that was refused before travels alone, to prove who is to blame.
    """
    rows = connection.execute(
        "SELECT * FROM outbox WHERE state = 'waiting' AND topic = ? ORDER BY seq LIMIT ?", (topic, limit)
    ).fetchall()
    garbled = [row["seq"] for row in rows if not is_whole(row)]
    for seq in garbled:
        connection.execute("UPDATE outbox SET state = 'dead', last_error = ? WHERE seq = ?", (GARBLED, seq))
    whole = [row for row in rows if row["seq"] not in garbled]
    suspect = next((n for n, row in enumerate(whole) if row["attempts"]), len(whole))
    return [message_of(row) for row in whole[: max(suspect, 1)]], garbled


def mark(connection: sqlite3.Connection, seqs: Iterable[int], state: State, at: datetime | None) -> int:
    """Give messages their new state; how many there were."""
    delivered = at.isoformat(timespec="milliseconds") if at else None
    update = "UPDATE outbox SET state = ?, delivered = ? WHERE seq = ?"
    return connection.executemany(update, [(state, delivered, seq) for seq in seqs]).rowcount


def drop(connection: sqlite3.Connection, seqs: Iterable[int]) -> None:
    """Delete messages."""
    connection.executemany("DELETE FROM outbox WHERE seq = ?", [(seq,) for seq in seqs])


def refuse(connection: sqlite3.Connection, seq: int, error: str) -> bool:
    """Note that the broker refused this message; whether that makes it dead."""
    row = connection.execute(
        "UPDATE outbox SET attempts = attempts + 1, last_error = ?,"
        " state = CASE WHEN attempts + 1 >= ? THEN 'dead' ELSE state END WHERE seq = ? RETURNING state",
        (error, ATTEMPTS, seq),
    ).fetchone()
    return row is not None and row["state"] == State.DEAD


def forget(connection: sqlite3.Connection, before: datetime) -> None:
    """Delete what was delivered before that time, and what was eaten; food on hand is remembered for a year."""
    connection.execute(
        "DELETE FROM outbox WHERE state = 'delivered' AND delivered < ?", (before.isoformat(timespec="milliseconds"),)
    )
    long_ago = (before - timedelta(days=_ON_HAND_DAYS)).isoformat()
    connection.execute(
        "DELETE FROM items WHERE state = 'sent' AND seq NOT IN (SELECT seq FROM outbox) AND (registered_at < ?"
        " OR id IN (SELECT item FROM item_notes WHERE gone_at < ?))",
        (long_ago, before.isoformat()),
    )
    connection.execute("DELETE FROM item_notes WHERE item NOT IN (SELECT id FROM items)")


def make_room(connection: sqlite3.Connection, sensor_topic: str) -> tuple[bool, int]:
    """Give up the oldest of what matters least, never a food.

    That is: how visits went, delivered messages, the journal's readings, what is remembered of containers, and at last
    readings on their way.

    Whether anything could be given up, and how many readings were lost by it.
    """
    if visits.give_up(connection, 500):
        return True, 0
    oldest = "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE {} ORDER BY seq LIMIT ?) RETURNING items"
    if connection.execute(oldest.format("state = 'delivered'"), (50,)).fetchall():
        return True, 0
    for which in ("topic = ? AND state = 'journal'", "topic = ?"):
        lost = connection.execute(oldest.format(which), (sensor_topic, 5)).fetchall()
        if lost:
            return True, sum(row["items"] for row in lost)
        if history.forget_oldest(connection):
            return True, 0
    freed = connection.execute(
        "DELETE FROM readings WHERE number IN (SELECT number FROM readings ORDER BY number LIMIT 50)"
    ).rowcount
    return freed > 0, freed


def set_fridge(connection: sqlite3.Connection, fridge_id: int) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('fridge_id', ?)", (str(fridge_id),))


def fridge(connection: sqlite3.Connection) -> int:
    """The fridge whose agent keeps this store."""
    return int(_meta(connection, "fridge_id"))


def _meta(connection: sqlite3.Connection, key: str) -> str:
    found: str = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()[0]
    return found


def _digest(id_: str, topic: str, key: str, headers: str, body: bytes) -> int:
    return crc32(body, crc32("\n".join((id_, topic, key, headers)).encode()))


def is_whole(row: sqlite3.Row) -> bool:
    travels = (row["id"], row["topic"], row["key"], row["headers"], row["body"])
    kinds = (str, str, str, str, bytes)
    return all(map(isinstance, travels, kinds)) and _digest(*travels) == row["digest"]


def message_of(row: sqlite3.Row) -> Message:
    """The message; without headers when it is garbled."""
    headers = tuple((name, value) for name, value in json.loads(row["headers"])) if is_whole(row) else ()
    return Message(row["seq"], str(row["id"]), str(row["topic"]), str(row["key"]), headers, _bytes(row["body"]))


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
