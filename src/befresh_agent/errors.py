"""Every error this project raises on purpose: one root, few leaves, each with the fields its reader needs.

What the operating system refuses is put in words for people: which file, why, what to do; never an errno.
"""

import errno
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_ROOM = "make room (`df -h` shows where), then try again"

_CAUSES: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("the disk is full", _ROOM),
    errno.EDQUOT: ("the disk is full", _ROOM),
    errno.EFBIG: ("the file would be larger than this system allows", ""),
    errno.EROFS: ("it is read-only", "write elsewhere, or make it writable"),
    errno.EACCES: ("it is closed to this user", "try it as its owner, or as root"),
    errno.EPERM: ("this user may not do that", "try it as root"),
    errno.ENOENT: ("it does not exist", ""),
    errno.ENOTDIR: ("part of its path is a file, not a folder", ""),
    errno.EISDIR: ("it is a folder, not a file", "give a file"),
    errno.EEXIST: ("it exists already, and is left as it is", "give another name"),
    errno.ENAMETOOLONG: ("its name is too long", "give a shorter one"),
    errno.ELOOP: ("its links lead in a circle", ""),
    errno.EMFILE: ("too many files are open", "end other programs, then try again"),
    errno.ENFILE: ("too many files are open", "end other programs, then try again"),
    errno.ENOMEM: ("there is not enough memory", "end other programs, then try again"),
    errno.EIO: ("the device failed", "look after its disk or card: `befresh-agent doctor`"),
    errno.ENXIO: ("nobody is at its other end", ""),
    errno.ENODEV: ("the device is not there", ""),
    errno.EBUSY: ("another program has it", ""),
    errno.EADDRINUSE: ("another program has this address", ""),
    errno.ECONNREFUSED: ("refused, nobody listens there", ""),
    errno.ECONNRESET: ("the other side closed the connection", ""),
    errno.EPIPE: ("the other side closed the connection", ""),
    errno.ETIMEDOUT: ("no answer", ""),
    errno.EHOSTUNREACH: ("the network does not lead there", ""),
    errno.ENETUNREACH: ("the network does not lead there", ""),
    errno.EHOSTDOWN: ("that machine is down", ""),
}

_IN_TEXT = re.compile(r"\[Errno (-?\d+)\] ([^;\[\n]*?)(?=,? *(?:[;\[\n]|$))")


def cause(error: OSError) -> str:
    """Why, without the file: "the disk is full"."""
    if error.errno in _CAUSES and not _is_resolvers(error):
        return _CAUSES[error.errno][0]
    return plain(error.strerror or str(error)) or type(error).__name__


def told(error: OSError, path: str | Path | None = None) -> str:
    """The file (`path`, else the error's own), why, and what to do."""
    file = path if path is not None else error.filename
    if error.errno == errno.ENOENT and path is not None and not (folder := Path(path).parent).is_dir():
        return f"{path}: there is no folder {folder}; make it first"
    where = f"{os.fsdecode(file)}: " if isinstance(file, str | bytes | os.PathLike) else ""
    remedy = _CAUSES.get(error.errno or 0, ("", ""))[1]
    return f"{where}{cause(error)}" + (f"; {remedy}" if remedy else "")


def plain(text: str) -> str:
    """Somebody else's text with each errno, and what follows it, in these words."""
    return _IN_TEXT.sub(lambda found: _CAUSES.get(int(found[1]), (found[2], ""))[0], text)


def _is_resolvers(error: OSError) -> bool:
    """Whether its number is one of the name resolver's, which mean other things."""
    return type(error).__name__ == "gaierror"


WRONG_SETTINGS = 78
"""The exit code of wrong settings: EX_CONFIG of sysexits.h."""

_LONGEST = 120
"""Characters of a wrong value that are shown."""


def error_text(error: BaseException) -> str:
    """What it says; some libraries raise errors without a word, and then its kind has to tell."""
    return cause(error) if isinstance(error, OSError) else str(error) or type(error).__name__


class BefreshError(Exception):
    """The root of all errors raised on purpose."""


class MistakeSeverity(StrEnum):
    """How much a mistake matters."""

    ERROR = "error"
    """It cannot work: the agent refuses to start."""
    MISSING = "missing"
    """It is not there now, and may come without a change of the settings, as a camera that is plugged in: it starts."""
    WARNING = "warning"
    """It works; it may not be what was meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingMistake:
    """One thing that is wrong with the settings. Whatever is shown here has been redacted."""

    source: str = ""
    """The file, `environment NAME`, `credential NAME`, `command line`; empty where nothing was given."""
    key: str = ""
    """Such as `fridge.id`; empty where the source as a whole is wrong."""
    value: object = None
    """What was given; None where nothing was."""
    remedy: str
    """What would be right, or what to do."""
    line: int | None = None
    """In the file, from 1."""
    severity: MistakeSeverity = MistakeSeverity.ERROR

    @property
    def place(self) -> str:
        return f"{self.source}:{self.line}" if self.line else self.source

    @property
    def subject(self) -> str:
        """The setting and what it was set to."""
        if isinstance(self.value, Mapping):
            return f"[{self.key}]"
        if not self.key:
            return ""
        return f"{self.key} is not set" if self.value is None else f"{self.key} = {_toml(self.value)}"

    def __str__(self) -> str:
        return ": ".join(part for part in (self.place, self.subject, self.remedy) if part)


class SettingsError(BefreshError):
    """Wrong settings; ends the program with exit code 78. It has all mistakes that were found, at least one."""

    def __init__(self, *mistakes: SettingMistake) -> None:
        between = ": " if len(mistakes) == 1 else ":\n  "
        super().__init__(f"wrong settings{between}" + "\n  ".join(map(str, mistakes)))
        self.mistakes = mistakes


def _toml(value: object) -> str:
    """The value much as TOML writes it, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


class InvalidValue(BefreshError, ValueError):
    """A value from outside (a code, a date, a GATT value, a name) that cannot be what it should be."""


class DeviceError(BefreshError):
    """A device is missing, busy or silent. `remedy` tells a person what to do, or is empty."""

    def __init__(self, detail: str, *, remedy: str = "") -> None:
        super().__init__(f"{detail}; {remedy}" if remedy else detail)
        self.detail = detail
        self.remedy = remedy


class ContainerAbsent(DeviceError):
    """The container did not answer within its limit: it is out of reach, flat or gone."""


class ContainerBroadcasts(DeviceError):
    """The container tells by itself what it measures and is not connected to; it is among the sightings."""


class RadioTransient(DeviceError):
    """The visit failed in a way that the next attempt may well not."""


class RadioBlocked(DeviceError):
    """The system keeps the adapter switched off (rfkill): nothing but lifting that helps."""


class StoreError(BefreshError):
    """The database could not take or give what was asked."""


class StoreFull(StoreError):
    """There is no room left on the disk or within the size bound."""


class StoreBusy(StoreError):
    """Another agent holds the same state directory."""


class StoreNewer(StoreError):
    """A newer release made the database, in a way that this release cannot use; it is left as it is."""

    def __init__(self, path: Path, version: int, known: int, why: str) -> None:
        before = path.with_name(f"{path.name}.v{known}")
        copy = f", or put {before}, from before that release, in its place" if before.exists() else ""
        super().__init__(
            f"{path} was made by a newer release (schema {version}; this release knows {known}) and cannot be used by"
            f" this one: {why}. Nothing was changed. Go back to the newer release (befresh-agent update){copy}"
        )
        self.path = path
        self.version = version
        self.known = known


class BelongsToAnother(StoreError):
    """The state directory, or a socket beside it, is another user's. `remedy` is the one command that does it."""

    def __init__(self, path: str, owner: str, remedy: str) -> None:
        super().__init__(f"{path} belongs to {owner}; {remedy}")
        self.detail = f"{path} belongs to {owner}"
        self.remedy = remedy


class DeliveryError(BefreshError):
    """The broker did not acknowledge."""


class DeliveryTransient(DeliveryError):
    """Worth another try later: an outage, a timeout, a retriable answer."""


class DeliveryRefused(DeliveryError):
    """The broker refuses this very message (too large, invalid, against its policy)."""


class TooLarge(DeliveryRefused):
    """The broker, or this topic, takes no message of that size."""


class NotAuthorised(DeliveryError):
    """The broker refuses this client: nothing is wrong with the messages, so they wait."""


class TopicFault(DeliveryError):
    """One topic takes nothing at the moment (missing, forbidden, misnamed); messages of others may well pass."""


def root_of(crash: Exception) -> Exception:
    """The first error of a group of groups."""
    return root_of(crash.exceptions[0]) if isinstance(crash, ExceptionGroup) else crash
