"""What an update must remember over a power cut: the switch that is not confirmed yet, and what turned out bad.

Plain text, one fact a line, so that a person and a shell can read it.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeGuard

from befresh_update import durable
from befresh_update.errors import Later, UpdateError

INTERRUPTIONS = 3
"""A release whose first minutes were cut short so often is taken for one that brings the machine down."""
_YEAR_10000 = 253_402_300_800


@dataclass(frozen=True, slots=True)
class Pending:
    """A switch that nobody has confirmed: it is taken back unless somebody does."""

    next: str
    previous: str
    """The release to go back to; empty at the first installation."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the last run ended."""

    at: float
    """Seconds since 1970."""
    code: int
    line: str
    good_at: float
    """When the last good run ended; 0 when none has."""


class Journal:
    """The folder `state`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def locked(self, patience_s: float = 0) -> Iterator[None]:
        """One update at a time. Raises `Later`, and `UpdateError` where nothing can be written."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UpdateError(f"nothing can be updated here: {self._folder}: {error.strerror}") from error
        try:
            _take(handle, time.monotonic() + patience_s)
            yield
        finally:
            os.close(handle)

    @property
    def pending(self) -> Pending | None:
        facts = dict(line.partition(" ")[::2] for line in self._lines("pending"))
        return Pending(facts["next"], facts.get("previous", "")) if "next" in facts else None

    def promise(self, pending: Pending) -> None:
        """Before the switch: it will be confirmed or taken back."""
        durable.write(self._folder / "pending", f"next {pending.next}\nprevious {pending.previous}\n")

    def fulfil(self) -> None:
        """The switch is confirmed, or taken back."""
        durable.remove([self._folder / "pending"])

    @property
    def bad(self) -> dict[str, str]:
        """Releases that are not tried again, and why."""
        return dict(line.partition(" ")[::2] for line in self._lines("bad"))

    def condemn(self, release: str, why: str) -> None:
        if release not in self.bad:
            durable.add_line(self._folder / "bad", f"{release} {why}")

    def pardon(self, release: str) -> None:
        """Nothing that was noted against it counts any more."""
        for name in ("bad", "interrupted", "doubted"):
            kept = [line for line in self._lines(name) if line.partition(" ")[0] != release]
            if len(kept) < len(self._lines(name)):
                durable.write(self._folder / name, "".join(f"{line}\n" for line in kept))

    def doubted(self, release: str) -> bool:
        """Note that it did not do well, perhaps without its fault; whether that was noted before."""
        before = release in self._lines("doubted")
        if not before:
            durable.add_line(self._folder / "doubted", release)
        return before

    @property
    def confirmed(self) -> list[str]:
        """Releases that proved good here, the latest last."""
        return self._lines("confirmed")

    def confirm(self, release: str) -> None:
        """It proved good, whatever was noted against it."""
        self.pardon(release)
        kept = [name for name in self.confirmed if name != release]
        durable.write(self._folder / "confirmed", "".join(f"{name}\n" for name in [*kept[-20:], release]))

    def retract(self, release: str) -> None:
        """It was confirmed, and is taken back all the same: nobody goes back to it."""
        if release in self.confirmed:
            durable.write(self._folder / "confirmed", "".join(f"{n}\n" for n in self.confirmed if n != release))

    def interrupted(self, release: str) -> bool:
        """Note that a switch to it was cut short; whether that has happened too often."""
        durable.add_line(self._folder / "interrupted", release)
        return self._lines("interrupted").count(release) >= INTERRUPTIONS

    @property
    def outcome(self) -> Outcome | None:
        try:
            return _outcome(json.loads((self._folder / "outcome").read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError):
            return None

    def note(self, code: int, line: str) -> None:
        """How this run ended, now."""
        now, before = time.time(), self.outcome
        good_at = now if code == 0 else before.good_at if before else 0
        outcome = Outcome(at=now, code=code, line=line, good_at=good_at)
        durable.write(self._folder / "outcome", json.dumps(asdict(outcome), ensure_ascii=False) + "\n")

    @property
    def origin(self) -> str:
        """Where updates come from, should the repository be gone."""
        return "".join(self._lines("origin"))

    def note_origin(self, origin: str) -> None:
        if origin != self.origin:
            durable.write(self._folder / "origin", f"{origin}\n")

    @property
    def branch(self) -> str:
        """The branch that was cloned when this was installed; empty where none was."""
        return "".join(self._lines("branch"))

    def note_branch(self, branch: str) -> None:
        if branch and branch != self.branch:
            durable.write(self._folder / "branch", f"{branch}\n")

    def _lines(self, name: str) -> list[str]:
        try:
            return (self._folder / name).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []


def _outcome(said: object) -> Outcome | None:
    """As much as is understood: another release of this program may have written more, or less."""
    found = said if isinstance(said, dict) else {}
    at, code, line, good_at = (found.get(name) for name in ("at", "code", "line", "good_at"))
    if not _is_time(at) or not isinstance(code, int):
        return None
    return Outcome(
        at=at, code=code, line=line if isinstance(line, str) else "", good_at=good_at if _is_time(good_at) else 0
    )


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _YEAR_10000


def _take(handle: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise Later("another update runs") from None
            time.sleep(0.2)
        else:
            return
