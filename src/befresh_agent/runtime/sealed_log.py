"""Verify an export of a fridge's sealed log: `python3 sealed_log.py FILE [PUBLIC_KEY]`.

This file stands alone: it needs Python 3.11 and the package `cryptography`, nothing else of befresh-agent.
In: lines of JSON. The first signs the whole (Ed25519); each row has the SHA-256 of the one before; each day is signed.
Out: good, or the first bad line and why.
"""

import hashlib
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START = "0" * 64
"""What stands before the first row."""
DAY = "day"
"""The kind of row that signs everything before it; where older rows were forgotten, the first that is left."""

Row = dict[str, Any]


def canonical(value: object) -> str:
    """The only way to write it: sorted names, no spaces, no NaN."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def sha_of(row: Row) -> str:
    """The digest of a row, over everything in it but this."""
    return hashlib.sha256(canonical({name: row[name] for name in row if name != "sha"}).encode()).hexdigest()


def signed_part(what: Row) -> bytes:
    """What a signature covers: everything beside it."""
    return canonical({name: what[name] for name in what if name != "signature"}).encode()


class BadLine(Exception):
    """Why a line is not what the fridge wrote."""


@dataclass(frozen=True, slots=True)
class SealVerdict:
    """What became of a verification."""

    rows: int
    """So many were good."""
    key: str
    """The public key that signed, in hexadecimal: to be compared with the fridge's."""
    bad_line: int | None = None
    """The first one, counted from 1; None where all are good."""
    why: str = ""


class SealVerifier:
    """Takes one line after the other."""

    def __init__(self, key: str = "") -> None:
        self.key = key
        self.rows = self.lines = 0
        self._whole: Row | None = None
        """What the signed first line says of all that follows."""
        self._last: Row | None = None

    def take(self, line: str) -> None:
        """Raises `BadLine`."""
        self.lines += 1
        try:
            row = json.loads(line)
            if not isinstance(row, dict) or canonical(row) != line:
                raise BadLine("it was written otherwise than the fridge writes")
            if self._whole is None:
                self._check(row["export"])
                self._whole = row["export"]
            else:
                self._row(row, self._whole)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadLine(f"it is no row of the log: {error!r}") from error

    def finish(self) -> None:
        """Raises `BadLine` where rows are missing at the end."""
        if self._whole is None or self._whole["head"] != (self._last["sha"] if self._last else START):
            self.lines += 1
            raise BadLine("the file is cut short")

    def _row(self, row: Row, whole: Row) -> None:
        if set(row) != {"n", "at", "kind", "data", "prev", "sha"} or not isinstance(row["n"], int):
            raise BadLine("it is no row of the log")
        before = self._last
        if before and before["sha"] == whole["head"]:
            raise BadLine("it stands behind the end")
        if before and row["n"] != before["n"] + 1:
            raise BadLine(f"row {before['n'] + 1} should stand here, not {row['n']}")
        if before and row["prev"] != before["sha"]:
            raise BadLine("it does not follow from the row before")
        if row["sha"] != sha_of(row):
            raise BadLine("it was changed")
        if not before and row["sha"] != whole["first"]:
            raise BadLine("it is not the first row")
        if not before and row["kind"] != DAY and (row["n"], row["prev"]) != (1, START):
            raise BadLine("rows are missing before it")
        if row["kind"] == DAY:
            if (row["data"]["head"], row["data"]["rows"]) != (row["prev"], row["n"] - 1):
                raise BadLine("it signs another row")
            self._check(row["data"])
        self._last, self.rows = row, self.rows + 1

    def _check(self, what: Row) -> None:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        self.key = self.key or what["key"]
        if what["key"] != self.key:
            raise BadLine("another key signed it")
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            public.verify(bytes.fromhex(what["signature"]), signed_part(what))
        except InvalidSignature:
            raise BadLine("its signature is wrong") from None


def verify(lines: Iterable[str], key: str = "") -> SealVerdict:
    """Check all lines; `key` is the fridge's public key, where it is known from elsewhere (its daily sheet)."""
    verifier = SealVerifier(key)
    try:
        for line in lines:
            verifier.take(line.removesuffix("\n"))
        verifier.finish()
    except BadLine as bad:
        return SealVerdict(verifier.rows, verifier.key, verifier.lines, str(bad))
    return SealVerdict(verifier.rows, verifier.key)


def main(words: list[str]) -> int:
    if len(words) not in (1, 2):
        print(__doc__)
        return 2
    with Path(words[0]).open(encoding="utf-8", errors="replace", newline="\n") as file:
        found = verify(file, *words[1:])
    if found.bad_line is not None:
        print(f"BAD: line {found.bad_line}: {found.why} ({found.rows} good rows before it)")
        return 1
    print(f"good: {found.rows} rows, signed by {found.key}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
