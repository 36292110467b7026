"""The outbox's table: messages frozen at insert, and what has become of each. Functions run inside a transaction."""

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import get_args
from uuid import uuid4
from zlib import crc32

from befresh_agent.domain import stored
from befresh_agent.domain.food import uuid7
from befresh_agent.domain.messages import SEAL_HEAD, Headers, MessageKind
from befresh_agent.domain.wire_types import compact
from befresh_agent.errors import StoreError
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.storage import meta_table, sealed_rows
from befresh_agent.storage.meta_table import read_fact, write_fact

GARBLED = "garbled on disk"


class MessageState(StrEnum):
    """What has become of a message."""

    WAITING = "waiting"
    """It will be sent."""
    DELIVERED = "delivered"
    """Every sink has it."""
    JOURNAL = "journal"
    """Kept here for good, as no sink is set."""
    DEAD = "dead"
    """A sink refuses it, and no other waits for it; a person must look at it."""


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """A message before it has a number."""

    topic: str
    kind: MessageKind
    fridge_id: int
    body: bytes
    items: int
    at: datetime


def enqueue(connection: sqlite3.Connection, draft: MessageDraft) -> int:
    """Append the message with the next number; its bytes and id never change again."""
    last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
    seq = (last[0] if last else 0) + 1
    freeze(connection, seq, draft)
    return seq


def freeze(connection: sqlite3.Connection, seq: int, draft: MessageDraft) -> None:
    """Insert the message under that number, with a new id."""
    created = draft.at.isoformat(timespec="milliseconds")
    headers = Headers(
        ce_id=uuid7(draft.at),
        ce_source=f"/befresh/fridge/{draft.fridge_id}",
        ce_type=draft.kind,
        ce_time=created,
        ce_sequence=str(seq),
        ce_storeid=read_fact(connection, "store_id") or new_store(connection),
        ce_sealhead=_seal_head(connection),
    )
    travels = (headers.ce_id, draft.topic, str(draft.fridge_id), compact(headers.pairs()).decode(), draft.body)
    connection.execute(
        "INSERT INTO outbox (seq, id, topic, key, headers, body, digest, items, created, kind, ran_s)"
        f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {meta_table.NOW})",
        (seq, *travels, _digest(*travels), draft.items, created, draft.kind),
    )


def learn_kinds(connection: sqlite3.Connection) -> None:
    """What a release queued that did not note the kind, or whose kind the disk has garbled: its headers tell."""
    kinds = get_args(MessageKind)
    known = ", ".join("?" * len(kinds))
    unknown = f"SELECT * FROM outbox WHERE (kind IS NULL OR kind NOT IN ({known})) AND state <> 'delivered'"
    for row in connection.execute(unknown, kinds).fetchall():
        kind = dict(_headers(row["headers"])).get("ce_type") if is_whole(row) else None
        connection.execute("UPDATE outbox SET kind = ? WHERE seq = ?", (kind or GARBLED, row["seq"]))
        if kind is None:
            connection.execute("UPDATE outbox SET state = 'dead', last_error = ? WHERE seq = ?", (GARBLED, row["seq"]))


def shelve(connection: sqlite3.Connection, kinds: Iterable[str]) -> None:
    """What waits of kinds that go nowhere any more stays here."""
    journal = f"UPDATE outbox SET state = '{MessageState.JOURNAL}' WHERE state = 'waiting' AND kind = ?"
    connection.executemany(journal, [(kind,) for kind in kinds])


def mark(connection: sqlite3.Connection, seqs: Iterable[int], state: MessageState, at: datetime | None) -> int:
    """Give messages their new state; how many there were."""
    delivered = at.isoformat(timespec="milliseconds") if at else None
    update = f"UPDATE outbox SET state = ?, delivered = ?, ran_s = {meta_table.NOW} WHERE seq = ?"
    return connection.executemany(update, [(state, delivered, seq) for seq in seqs]).rowcount


def address(connection: sqlite3.Connection, rows: Iterable[sqlite3.Row], topic: str) -> None:
    """Let messages go to that topic."""
    for row in rows:
        digest = _digest(row["id"], topic, row["key"], row["headers"], row["body"])
        connection.execute("UPDATE outbox SET topic = ?, digest = ? WHERE seq = ?", (topic, digest, row["seq"]))


def drop(connection: sqlite3.Connection, seqs: Iterable[int]) -> None:
    """Delete messages."""
    connection.executemany("DELETE FROM outbox WHERE seq = ?", [(seq,) for seq in seqs])


def set_fridge(connection: sqlite3.Connection, fridge_id: int) -> None:
    write_fact(connection, "fridge_id", str(fridge_id))


def fridge(connection: sqlite3.Connection) -> int:
    """The fridge whose agent keeps this store."""
    try:
        return int(read_fact(connection, "fridge_id"))
    except ValueError as error:
        raise StoreError("the database does not say which fridge it is of: start the agent once") from error


def _seal_head(connection: sqlite3.Connection) -> str | None:
    """None where no log is sealed, or it is garbled: that keeps no message from travelling."""
    head = read_fact(connection, sealed_rows.HEAD)
    return head if re.fullmatch(SEAL_HEAD, head) else None


def new_store(connection: sqlite3.Connection) -> str:
    """The store's name is garbled, or another fridge's: from now on it is another one."""
    name = uuid4().hex
    write_fact(connection, "store_id", name)
    return name


def _digest(id_: str, topic: str, key: str, headers: str, body: bytes) -> int:
    return crc32(body, crc32("\n".join((id_, topic, key, headers)).encode()))


def is_whole(row: sqlite3.Row) -> bool:
    travels = (row["id"], row["topic"], row["key"], row["headers"], row["body"])
    kinds = (str, str, str, str, bytes)
    return all(map(isinstance, travels, kinds)) and _digest(*travels) == row["digest"]


def message_of(row: sqlite3.Row) -> OutgoingMessage:
    """The message; without headers when it is garbled."""
    headers = _headers(row["headers"]) if is_whole(row) else ()
    return OutgoingMessage(row["seq"], str(row["id"]), str(row["topic"]), str(row["key"]), headers, _bytes(row["body"]))


def _headers(text: str) -> tuple[tuple[str, str], ...]:
    """The pairs of texts in it."""
    found = stored.parsed(text)
    pairs = [pair for pair in found if isinstance(pair, list) and len(pair) == 2] if isinstance(found, list) else []
    return tuple((name, value) for name, value in pairs if isinstance(name, str) and isinstance(value, str))


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
