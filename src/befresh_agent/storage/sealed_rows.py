"""The sealed log's table: rows are appended within the transaction that they tell of, and never changed.

In: readings, corrections, what people did. Out: a chain of rows, a signed head after each day, an export. When the
first row of another day comes, the day before is signed; retention cuts at such a head, which then is the anchor.
"""

import os
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from befresh_agent.domain import stored
from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Quantity
from befresh_agent.domain.reading import Reading
from befresh_agent.errors import StoreError, told
from befresh_agent.runtime.sealed_log import DAY, START, Row, canonical, sha_of, signed_part
from befresh_agent.storage import meta_table
from befresh_agent.storage.meta_table import write_fact

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

GAP_PERIODS = 3
"""A gap is where so many readings in a row are missing."""
KEY_FILE = "log-key"
HEAD = "seal_head"
"""In the table meta: the newest signed head, as it travels in the headers of messages."""
_SEALED = (Quantity.TEMPERATURE, Quantity.HUMIDITY)


class SealKey:
    """The fridge's own key, made at its first use in a file of the state directory, for its owner alone."""

    def __init__(self, state: Path, *, may_begin: bool = True) -> None:
        self._path = state / KEY_FILE
        self._may_begin = may_begin
        """Commands may run as another user, to whom a new key would belong."""

    @cached_property
    def _private(self) -> "Ed25519PrivateKey":
        try:
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        except ImportError as error:
            raise StoreError('the sealed log needs `pip install "befresh-agent[ble]"` for its signatures') from error
        try:
            if self._may_begin and not self._path.exists():
                self._keep(Ed25519PrivateKey.generate().private_bytes_raw().hex())
            return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self._path.read_text(encoding="ascii").strip()))
        except (OSError, ValueError) as error:
            why = told(error, self._path) if isinstance(error, OSError) else f"{self._path} holds no key"
            raise StoreError(f"the sealed log cannot be signed: {why}") from error

    def _keep(self, text: str) -> None:
        new = self._path.with_name(f"{KEY_FILE}.new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        new.rename(self._path)

    @cached_property
    def public(self) -> str:
        """In hexadecimal."""
        return self._private.public_key().public_bytes_raw().hex()

    def signed(self, what: Row) -> Row:
        """The same with the key's name and its signature."""
        whole = what | {"key": self.public}
        return whole | {"signature": self._private.sign(signed_part(whole)).hex()}


class SealedLog:
    """`allowed` are the right temperatures; without a reading for longer than `gap_s`, there is a gap."""

    def __init__(self, key: SealKey, *, allowed: tuple[float, float], gap_s: float, kept_days: float = 90) -> None:
        self.key = key
        self.kept_days = kept_days
        self._allowed = allowed
        self._gap_s = gap_s

    def note_reading(self, connection: sqlite3.Connection, reading: Reading) -> None:
        """The reading, and the gap or the alarm that comes or goes with it; before it is kept as its last."""
        before = connection.execute(
            "SELECT last_taken, last_reading FROM containers WHERE address = ?", (reading.address,)
        ).fetchone()
        since = stored.moment(before["last_taken"]) if before else None
        if since is not None and (reading.taken_at - since).total_seconds() > self._gap_s:
            until = reading.taken_at.isoformat()
            self.append(connection, reading.taken_at, "gap", _of(reading.address, since=since.isoformat(), until=until))
        values = {quantity.value: value for quantity in _SEALED if (value := reading.values.of(quantity)) is not None}
        self.append(connection, reading.taken_at, "reading", _of(reading.address, **values))
        was = _outside(_last_temperature(before["last_reading"]) if before else None, self._allowed)
        if (now := _outside(reading.values.temperature, self._allowed)) is not None and now is not bool(was):
            kind = "alarm" if now else "alarm-over"
            self.append(connection, reading.taken_at, kind, _of(reading.address, allowed=list(self._allowed), **values))

    def note_correction(
        self, connection: sqlite3.Connection, address: Address, was: datetime, right: datetime, at: datetime
    ) -> None:
        """A reading was dated anew: what was written of it stays."""
        self.append(connection, at, "correction", _of(address, was=was.isoformat(), right=right.isoformat()))

    def append(self, connection: sqlite3.Connection, at: datetime, kind: str, data: Row) -> None:
        """The next row; before the first of another day, the head of the one before."""
        last = connection.execute("SELECT n, at, kind, sha FROM sealed ORDER BY n DESC LIMIT 1").fetchone()
        n, prev = (last["n"], stored.text(last["sha"]) or START) if last else (0, START)
        day = (stored.text(last["at"]) or "")[:10] if last else ""
        if last and last["kind"] != DAY and day != at.isoformat()[:10]:
            head = self.key.signed({"day": day, "head": prev, "rows": n})
            n, prev = n + 1, _insert(connection, n + 1, at, DAY, head, prev)
            write_fact(connection, HEAD, f"{head['day']}.{head['rows']}.{head['head']}.{head['signature']}")
        _insert(connection, n + 1, at, kind, data, prev)

    def export(self, connection: sqlite3.Connection, at: datetime) -> Iterator[str]:
        """All rows as lines, behind one that signs the whole."""
        ends = {}
        for name, order in (("first", "ASC"), ("head", "DESC")):
            found = connection.execute(f"SELECT sha FROM sealed ORDER BY n {order} LIMIT 1").fetchone()
            ends[name] = (stored.text(found["sha"]) or START) if found else START
        yield canonical({"export": self.key.signed({"at": at.isoformat(), **ends})}) + "\n"
        for row in rows(connection):
            yield canonical(row) + "\n"


def rows(connection: sqlite3.Connection) -> Iterator[Row]:
    """As they are exported; what the disk garbled is handed on, to be found."""
    prev: str | None = None
    for found in connection.execute("SELECT n, at, kind, data, sha FROM sealed ORDER BY n"):
        data = stored.parsed(found["data"])
        if prev is None:
            prev = str(data.get("head", START)) if found["n"] > 1 and isinstance(data, dict) else START
        texts = {name: stored.text(found[name]) for name in ("at", "kind", "sha")}
        yield {**texts, "n": found["n"], "data": data if _can_be_written(data) else None, "prev": prev}
        prev = texts["sha"] or START


def _can_be_written(data: object) -> bool:
    try:
        canonical(data)
    except (ValueError, RecursionError):
        return False
    return True


def newest_head(connection: sqlite3.Connection) -> Row | None:
    """The newest signed head: `day`, `rows`, `head`, `key` and `signature`; None where no day was signed yet."""
    found = connection.execute(f"SELECT data FROM sealed WHERE kind = '{DAY}' ORDER BY n DESC LIMIT 1").fetchone()
    return dict(stored.members(found["data"]) or {}) or None if found else None


def forget(connection: sqlite3.Connection, kept_s: float) -> int:
    """Cut off whole days that are older than that, up to a signed head, which stays; how many rows."""
    return _cut(
        connection, f"SELECT max(n) FROM sealed WHERE kind = '{DAY}' AND {meta_table.older_than('ran_s', kept_s)}"
    )


def forget_oldest_day(connection: sqlite3.Connection) -> int:
    """Cut off the oldest day there is; how many rows."""
    return _cut(connection, f"SELECT min(n) FROM sealed WHERE kind = '{DAY}' AND n > (SELECT min(n) FROM sealed)")


def _cut(connection: sqlite3.Connection, anchor: str) -> int:
    return connection.execute(f"DELETE FROM sealed WHERE n < coalesce(({anchor}), 0)").rowcount


def _insert(connection: sqlite3.Connection, n: int, at: datetime, kind: str, data: Row, prev: str) -> str:
    row = {"n": n, "at": at.isoformat(), "kind": kind, "data": data, "prev": prev}
    sha = sha_of(row)
    connection.execute(
        f"INSERT INTO sealed (n, at, kind, data, sha, ran_s) VALUES (?, ?, ?, ?, ?, {meta_table.NOW})",
        (n, row["at"], kind, canonical(data), sha),
    )
    return sha


def _of(address: Address, **more: object) -> Row:
    return {"container": address, **more}


def _last_temperature(measured: object) -> float | None:
    return stored.number((stored.members(measured) or {}).get(Quantity.TEMPERATURE.value))


def _outside(celsius: float | None, allowed: tuple[float, float]) -> bool | None:
    return None if celsius is None else not allowed[0] <= celsius <= allowed[1]
