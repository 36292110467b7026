"""Voice stage: who taught the fridge a wake phrase, and what is kept of it. Nothing here leaves the house.

A folder per person under the state directory: `head.npz` (numbers), `lesson.json` (when, and how well), and
`recordings/` until somebody deletes them. Folders 0700, files 0600.
"""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from befresh_agent.domain.food_names import typed_name
from befresh_agent.errors import DeviceError, InvalidValue, error_text
from befresh_agent.runtime.remedies import closed

_HEAD, _LESSON, _RECORDINGS, _FORMER = "head.npz", "lesson.json", "recordings", "former"


def wake_folder(state: Path) -> Path:
    """Where all of it is, under the state directory."""
    return state / "wake"


@dataclass(frozen=True, slots=True)
class HeadFile:
    """A head on disk, as it was when somebody looked."""

    file: Path
    changed: int
    """Nanoseconds; 0 where it cannot be told."""

    @classmethod
    def of(cls, file: Path) -> "HeadFile":
        try:
            return cls(file, file.stat().st_mtime_ns)
        except OSError:
            return cls(file, 0)


def heads_in(folder: Path) -> Sequence[HeadFile]:
    """The heads of all who taught."""
    try:
        return [HeadFile.of(file) for file in sorted(folder.glob(f"[!.]*/{_HEAD}"))]
    except OSError:
        return []


@dataclass(frozen=True, slots=True)
class TaughtPerson:
    """Somebody who taught, as it is listed."""

    name: str
    taught_at: str
    """ISO 8601."""
    recordings: int
    """How many are kept."""
    lesson: dict[str, Any]


class TaughtPeople:
    """Raises `DeviceError` where the disk refuses, `BelongsToAnother` where the folder is another user's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self) -> Sequence[TaughtPerson]:
        with _DiskErrors(self._folder):
            return [self._person(file.parent) for file in sorted(self._folder.glob(f"[!.]*/{_LESSON}"))]

    def place(self, name: str) -> Path:
        """The folder of one person. Raises `InvalidValue` for a name that cannot be one."""
        if "/" in name or name.strip().startswith("."):
            raise InvalidValue(f"{name!r} cannot be used as a name here; use letters and digits")
        return self._folder / typed_name(name)

    def head(self, name: str) -> Path:
        return self._known(name) / _HEAD

    def begin(self, name: str) -> Path:
        """A fresh folder for what is being taught; it counts once `finish` was called."""
        with _DiskErrors(self._folder):
            new = self._folder / f".{self.place(name).name}.new"
            shutil.rmtree(new, ignore_errors=True)
            (new / _RECORDINGS).mkdir(parents=True, mode=0o700)
            for folder in (self._folder, new, new / _RECORDINGS):
                folder.chmod(0o700)
            return new

    def finish(self, name: str, new: Path, lesson: dict[str, Any], *, keep_recordings: bool) -> None:
        """From now on the fridge listens for it. What was taught before can be brought back once."""
        place = self.place(name)
        with _DiskErrors(self._folder):
            if not keep_recordings:
                shutil.rmtree(new / _RECORDINGS)
            write_private(new / _LESSON, json.dumps(lesson, ensure_ascii=False).encode())
            if place.is_dir():
                shutil.rmtree(place / _FORMER, ignore_errors=True)
                place.rename(new / _FORMER)
            new.rename(place)

    def undo(self, name: str) -> bool:
        """Take the last lesson back; whether an earlier one is in force again."""
        place = self._known(name)
        with _DiskErrors(self._folder):
            former, gone = place / _FORMER, self._folder / f".{place.name}.gone"
            shutil.rmtree(gone, ignore_errors=True)
            place.rename(gone)
            returns = (gone / _FORMER).is_dir()
            if returns:
                (gone / former.name).rename(place)
            shutil.rmtree(gone)
            return returns

    def forget(self, name: str) -> None:
        """All of it, recordings too."""
        with _DiskErrors(self._folder):
            shutil.rmtree(self._known(name))

    def delete_recordings(self, name: str) -> int:
        """Only the sounds, of earlier lessons too; how many they were."""
        place = self._known(name)
        with _DiskErrors(self._folder):
            files = list(place.rglob("*.wav"))
            for file in files:
                file.unlink()
            return len(files)

    def _known(self, name: str) -> Path:
        place = self.place(name)
        if not place.is_dir():
            raise DeviceError(f"nobody called {name} has taught a wake phrase", remedy="see befresh-agent wake list")
        return place

    def _person(self, place: Path) -> TaughtPerson:
        try:
            lesson = dict(json.loads((place / _LESSON).read_bytes()))
        except (OSError, ValueError, TypeError):
            lesson = {}
        kept = len(list((place / _RECORDINGS).glob("*.wav")))
        return TaughtPerson(place.name, str(lesson.get("taught_at", "")), kept, lesson)


def write_private(file: Path, content: bytes) -> None:
    """For its owner alone."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)


def recordings_of(new: Path) -> Path:
    return new / _RECORDINGS


def head_of(new: Path) -> Path:
    return new / _HEAD


class _DiskErrors:
    """A context in which the disk's errors become ours."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, at: object) -> None:
        if isinstance(error, PermissionError):
            raise closed(self._folder) from error
        if isinstance(error, OSError):
            raise DeviceError(f"{self._folder}: {error_text(error)}") from error
