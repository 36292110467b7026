"""A disk that loses power: every write and sync of SQLite is recorded, and any moment's disk can be made again.

At a power cut a file holds everything that was synced, and of what came after that any part, torn at 512-byte sectors.
It is assumed that the card keeps what it has confirmed; one that lies about it can lose anything.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw

SECTOR = 512


@dataclass(frozen=True, slots=True)
class Write:
    file: str
    at: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    file: str


@dataclass(frozen=True, slots=True)
class Promise:
    """From here on the program relies on what it wrote before: the so-manieth promise."""

    number: int


Step = Write | Truncate | Sync | Promise


class _File(apsw.VFSFile):
    def __init__(self, log: list[Step], name: apsw.URIFilename | str | None, flags: list[int]) -> None:
        text = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self._file = "wal" if text.endswith("-wal") else "db" if text.endswith(".db") else ""
        self._log = log
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # SQLite's name
        self._log.append(Write(self._file, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # SQLite's name
        self._log.append(Truncate(self._file, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # SQLite's name
        self._log.append(Sync(self._file))
        super().xSync(flags)


class _Recorder(apsw.VFS):
    def __init__(self, log: list[Step]) -> None:
        self._log = log
        super().__init__("recorder", "")

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> _File:  # SQLite's name
        return _File(self._log, name, flags)


def record(statements: Sequence[str | Promise], pragmas: str, folder: Path) -> list[Step]:
    """Run the statements on a new database and write down what reaches the disk, and when."""
    log: list[Step] = []
    recorder = _Recorder(log)
    connection = apsw.Connection(str(folder / "recorded.db"), vfs="recorder")
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # in place of shared memory, which a VFS would have to add
    for statement in (*pragmas.split(";"), *statements):
        if isinstance(statement, Promise):
            log.append(statement)
        else:
            connection.execute(statement).fetchall()
    steps = list(log)
    connection.close()
    recorder.unregister()
    return steps


def cut(steps: Sequence[Step], chance: random.Random, folder: Path) -> Path:
    """The database as it is found after the power failed behind the last of these steps."""
    disk: dict[str, bytearray] = defaultdict(bytearray)
    pending: dict[str, list[Write | Truncate]] = defaultdict(list)
    for step in steps:
        if isinstance(step, Sync):
            for change in pending.pop(step.file, ()):
                _apply(disk[step.file], change)
        elif not isinstance(step, Promise):
            pending[step.file].append(step)
    kept = chance.choice((0.0, 0.5, 0.9))
    for file, changes in pending.items():
        for change in _some_of(changes, kept, chance):
            _apply(disk[file], change)
    path = folder / "found.db"
    path.write_bytes(disk["db"])
    path.with_name("found.db-wal").write_bytes(disk["wal"])
    path.with_name("found.db-shm").unlink(missing_ok=True)
    return path


def _some_of(changes: list[Write | Truncate], kept: float, chance: random.Random) -> Iterator[Write | Truncate]:
    for change in changes:
        luck = chance.random()
        if luck < kept:
            yield change
        elif luck < kept * 1.3 and isinstance(change, Write) and len(change.data) > SECTOR:
            yield Write(
                change.file, change.at, change.data[: SECTOR * chance.randrange(1, len(change.data) // SECTOR + 1)]
            )


def _apply(file: bytearray, change: Write | Truncate) -> None:
    if isinstance(change, Truncate):
        del file[change.size :]
        return
    end = change.at + len(change.data)
    file.extend(b"\0" * (end - len(file)))
    file[change.at : end] = change.data
