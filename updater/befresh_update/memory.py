"""The agent's database over an update: a copy before it, and what becomes of the file when the update is taken back.

The agent's migrations only ever add, so the release before can go on with a newer file, and then nothing is touched.
Where a release broke that rule, going back needs a file of the old form: it is made from the copy's form and the newer
file's rows, so that everything registered since the update is in it. The newer file is kept aside in any case.

All of this runs as the service's user (`python3 updater memory ...`), as the files are in the service's own folder. The
program is loaded as root before that: it may lie in a clone in somebody's home, closed to the service.
"""

import fcntl
import json
import os
import pwd
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from befresh_update import durable
from befresh_update.errors import UpdateError
from befresh_update.memory_rows import Way, carry, fits, rescue, store
from befresh_update.program import run

_WORK_S = 600


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the file."""

    did: str
    """`nothing`, `kept` (the release before can read the newer form), `carried` (its form, the newer rows), or
    `restored` (the newer file was damaged or begun anew: the copy, and every row that could be read)."""
    aside: str = ""
    """Where the newer file is now."""
    lost: int = 0
    """Rows that are whole in the file set aside only, as the old form has no place for them."""


def copy(database: Path, to: Path) -> None:
    """A copy of the whole database, taken beside a running agent."""
    beside = to.with_name(f"{to.name}.new")
    beside.unlink(missing_ok=True)
    with closing(_reading(database)) as source, closing(sqlite3.connect(beside)) as target:
        source.backup(target)
    _sync(beside)
    beside.replace(to)
    durable.sync_folder(to.parent)


def settle(database: Path, before: Path) -> Settled:
    """Leave a file that the release from before the copy can read, with everything that is in the newer one."""
    if not before.exists():
        return Settled("nothing")
    with _agent_locked_out(database):
        if not database.exists():
            copy(before, database)
            return Settled("restored")
        if not _is_whole(database):
            return _exchange(database, before, None)
        with closing(_reading(database)) as newer, closing(_reading(before)) as old:
            if store(newer) != store(old):
                way = Way.JOIN
            elif not fits(newer, old):
                way = Way.TAKE
            else:
                return Settled("kept" if _version(newer) != _version(old) else "nothing")
        return _exchange(database, before, way)


def ask(command: str, *paths: Path, user: str | None) -> Settled:
    """Do one of the two in a process of its own, as that user. Raises `UpdateError`."""
    program = Path(__file__).resolve().parents[1]
    words: list[str | Path] = [sys.executable, "-I", "-B", program, "memory", user or "", command, *paths]
    said = run(words, what="the copy of the database", timeout_s=_WORK_S)
    told = json.loads(said) if said.strip() else {}
    return Settled(told.get("did", "nothing"), aside=told.get("aside", ""), lost=told.get("lost", 0))


def main(user: str, command: str, *paths: str) -> None:
    """What `ask` starts."""
    if user:
        _become(user)
    os.umask(0o077)
    places = [Path(path) for path in paths]
    try:
        if command == "copy":
            if places[0].exists():
                copy(*places)
        else:
            print(json.dumps(asdict(settle(*places))))
    except (OSError, sqlite3.Error) as error:
        raise UpdateError(f"{places[0]}: {error}") from error


def _become(user: str) -> None:
    """That user with its own groups, and no way back."""
    about = pwd.getpwnam(user)
    os.initgroups(user, about.pw_gid)
    os.setresgid(about.pw_gid, about.pw_gid, about.pw_gid)
    os.setresuid(about.pw_uid, about.pw_uid, about.pw_uid)


def _exchange(database: Path, before: Path, way: Way | None) -> Settled:
    """Make the file anew from the copy's form; without a way, the newer file is damaged."""
    made = database.with_name(f"{database.name}.back")
    copy(before, made)
    with closing(sqlite3.connect(made, isolation_level=None)) as target:
        lost = 0
        if way is None:
            rescue(target, database)
        else:
            lost = carry(target, newer=database, before=before, way=way)
    _sync(made)
    if way is not None:
        with closing(sqlite3.connect(database)) as newer:
            newer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            newer.execute("PRAGMA journal_mode = DELETE")
    aside = _set_aside(database)
    made.replace(database)
    durable.sync_folder(database.parent)
    return Settled("carried" if way is Way.TAKE else "restored", str(aside), lost)


def _set_aside(database: Path) -> Path:
    """Give the newer file a second name; its write-ahead log, where it still has one, only that name."""
    names = (database.with_name(f"{database.name}.newer-{n}") for n in count(1))
    aside = next(name for name in names if not name.exists() or name.samefile(database))
    if not aside.exists():
        os.link(database, aside)
    wal = database.with_name(f"{database.name}-wal")
    if wal.exists():
        wal.rename(aside.with_name(f"{aside.name}-wal"))
    database.with_name(f"{database.name}-shm").unlink(missing_ok=True)
    durable.sync_folder(database.parent)
    return aside


@contextmanager
def _agent_locked_out(database: Path) -> Iterator[None]:
    """The agent's own lock: whoever runs with this file has it."""
    handle = os.open(database.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise UpdateError(f"{database} is in use; is an agent running outside the service?") from None
    finally:
        os.close(handle)


def _is_whole(database: Path) -> bool:
    with suppress(sqlite3.Error), closing(_reading(database)) as connection:
        return bool(connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")
    return False


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _reading(path: Path) -> sqlite3.Connection:
    """A connection to a file that is there; it may have to write, as reading a write-ahead log needs its index."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=30)
    connection.execute("PRAGMA busy_timeout = 30000")
    return connection


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
