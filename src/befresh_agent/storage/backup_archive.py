"""Everything that makes a fridge this fridge, in one file, and out of it again.

In: the database, the settings, the page's token, the key of the sealed log, root's secrets and keys. Out: a tar
archive for its owner alone.
"""

import contextlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from befresh_agent import __version__
from befresh_agent.errors import BefreshError, told
from befresh_agent.storage.sealed_rows import KEY_FILE

_FOLDER = "befresh-agent-backup"
_MANIFEST, _DATABASE = "manifest.json", "agent.db"
_LARGEST = 2 << 30


@dataclass(frozen=True, slots=True)
class Belongings:
    """Where they are on this machine."""

    database: Path
    settings: Path
    token: Path
    root: Path = Path("/")

    def files(self) -> Iterator[tuple[str, Path]]:
        """Beside the database: the name in the archive, and the place."""
        yield "config.toml", self.settings
        yield "page-token", self.token
        yield KEY_FILE, self.database.with_name(KEY_FILE)
        yield "allowed_signers", self.root / "etc/befresh-agent/allowed_signers"
        for secret in sorted((self.root / "etc/credstore").glob("befresh-agent.*")):
            yield f"credstore/{secret.name}", secret

    def place(self, name: str) -> Path | None:
        """Where a member of an archive belongs; None for what is none of ours."""
        if name.startswith("credstore/befresh-agent.") and name.count("/") == 1:
            return self.root / "etc/credstore" / name.partition("/")[2]
        return dict(self.files()).get(name)


def write(target: Path, belongings: Belongings) -> list[str]:
    """Write the archive; the names of what is in it. Raises `BefreshError`; replaces nothing."""
    names = []
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
            manifest = {"version": __version__, "made": time.strftime("%Y-%m-%dT%H:%M:%S%z")}
            _add(archive, _MANIFEST, json.dumps(manifest).encode())
            _add(archive, _DATABASE, copy_of(belongings.database))
            names.append(_DATABASE)
            for name, path in belongings.files():
                with contextlib.suppress(FileNotFoundError):
                    _add(archive, name, path.read_bytes())
                    names.append(name)
    except OSError as error:
        raise BefreshError(told(error, error.filename or target)) from error
    return names


def copy_of(database: Path) -> bytes:
    """The database as it is now, also while an agent writes to it. Raises `BefreshError`."""
    if not database.exists():
        raise BefreshError(f"{database}: no agent has run yet, there is nothing to keep")
    owner = database.stat()
    with tempfile.TemporaryDirectory(prefix="befresh-") as folder:
        copy = Path(folder, _DATABASE)
        try:
            with (
                contextlib.closing(sqlite3.connect(database)) as source,
                contextlib.closing(sqlite3.connect(copy)) as to,
            ):
                source.backup(to)
        except sqlite3.Error as error:
            raise BefreshError(f"{database}: {error}") from error
        finally:
            for beside in database.parent.glob(
                f"{database.name}-*"
            ):  # what root has made there would lock its owner out
                with contextlib.suppress(OSError):
                    os.chown(beside, owner.st_uid, owner.st_gid)
        return copy.read_bytes()


def read(source: Path) -> dict[str, bytes]:
    """What is in an archive, by name. Raises `BefreshError` when it is none of ours."""
    try:
        with tarfile.open(source, "r:gz") as archive:
            found = {
                member.name.removeprefix(f"{_FOLDER}/"): taken.read()
                for member in archive
                if member.isfile() and member.size < _LARGEST and (taken := archive.extractfile(member))
            }
    except OSError as error:
        raise BefreshError(told(error, source)) from error
    except tarfile.TarError as error:
        raise BefreshError(f"{source}: it is no backup, or damaged: {error}") from error
    if _MANIFEST not in found or not found.get(_DATABASE, b"").startswith(b"SQLite format 3"):
        raise BefreshError(f"{source}: it is no backup of befresh-agent")
    return found


def put(path: Path, content: bytes, mode: int = 0o600) -> None:
    """A file as it should be, whole or not at all; it belongs to whom its folder belongs to. Raises `BefreshError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        folder = path.parent.stat()
        if os.geteuid() == 0:
            os.chown(fresh, folder.st_uid, folder.st_gid)
        fresh.replace(path)
    except OSError as error:
        raise BefreshError(told(error, path)) from error


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    about = tarfile.TarInfo(f"{_FOLDER}/{name}")
    about.size, about.mode, about.mtime = len(content), 0o600, int(time.time())
    archive.addfile(about, io.BytesIO(content))
