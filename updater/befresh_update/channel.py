"""Which release is due: the rules of the two channels. They decide on names and history; nothing is changed here.

`tags`    a release counts when the tag that names it carries the signature of a key in the allowed-signers file, and
          when it has reached this fridge's ring.
`branch`  what the branch points at counts as long as it was built on what runs here. Weaker: it trusts whoever may
          write to the origin.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from befresh_update.errors import Refused, WrongSettings
from befresh_update.repository import Repository

_TAG = re.compile(r"v(\d+)\.(\d+)\.(\d+)\Z")
_RING = re.compile(r"^Ring: (\d{1,2})$", re.MULTILINE)
LAST_RING = 99
"""Rings are 0 to 99: a hundredth of all fridges each."""
Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Release:
    """A release that is installed, or could be."""

    version: str
    commit: str

    @property
    def id(self) -> str:
        """The name of its folder."""
        return f"{self.version}-{self.commit[:12]}"


@dataclass(frozen=True, slots=True)
class Signed:
    """The channel of signed tags."""

    allowed_signers: Path
    ring: int
    """Which of the hundred rings this fridge is in: a release comes to the lowest first."""

    def __str__(self) -> str:
        return f"signed tags, ring {self.ring}"

    def due(self, repository: Repository, current: Release | None, bad: Collection[str]) -> Release | None:
        """The newest for this ring that is newer than the current one; None when there is none. Raises `Refused`."""
        if not self.allowed_signers.is_file():
            raise WrongSettings(f"{self.allowed_signers}: no such file; it names the keys that may sign releases")
        tags = repository.tags()
        for tag in sorted(filter(_TAG.match, tags), key=_number, reverse=True):
            commit = repository.commit(f"refs/tags/{tag}")
            release = Release(tag[1:], commit)
            if release.id in bad:
                continue
            if current is None or _is_news(repository, tag, commit, current):
                message = self._signed(repository, tag, commit)
                if (told := repository.version(commit)) != tag[1:]:
                    raise Refused(f"{tag} calls itself {told}: not installed")
                if self._reached(repository, tags, tag, commit, message):
                    return release
                continue
            return None
        return None

    def _signed(self, repository: Repository, tag: str, commit: str) -> str:
        """What was signed with the tag's own name, on this commit."""
        name, message = repository.signed(tag, self.allowed_signers)
        if name != tag:
            raise Refused(f"{tag} is the signed tag {name} under another name: not installed")
        if (at := repository.commit(f"refs/tags/{tag}")) != commit:
            raise Refused(f"{tag} is at {at[:12]}, and the release it speaks of at {commit[:12]}: not installed")
        return message

    def _reached(self, repository: Repository, tags: Collection[str], tag: str, commit: str, message: str) -> bool:
        """Whether the release has come to this ring: by its own tag or by one that widens it, and nobody halted it."""
        further = [name for name in tags if name.startswith(f"{tag}-")]
        if f"{tag}-halt" in further:
            self._signed(repository, f"{tag}-halt", commit)
            return False
        own = _RING.findall(message)
        if self.ring <= (int(own[-1]) if own else LAST_RING):
            return True
        for name in further:
            word, _, ring = name.removeprefix(f"{tag}-").partition("-")
            if word == "ring" and ring.isdecimal() and self.ring <= int(ring):
                self._signed(repository, name, commit)
                return True
        return False


@dataclass(frozen=True, slots=True)
class Branch:
    """The channel of a branch."""

    name: str

    def __str__(self) -> str:
        return f"branch {self.name}, unsigned: this trusts whoever may write there"

    def due(self, repository: Repository, current: Release | None, bad: Collection[str]) -> Release | None:
        """What the branch points at, when that is news. Raises `Refused`."""
        tip = f"refs/remotes/origin/{self.name}"
        if not repository.has(tip):
            raise Refused(f"{repository.origin} has no branch {self.name}")
        commit = repository.commit(tip)
        if current is not None:
            if commit == current.commit:
                return None
            if not repository.follows(commit, current.commit):
                where = "behind" if repository.follows(current.commit, commit) else "beside"
                raise Refused(f"branch {self.name} is at {commit[:12]}, {where} what runs here: not installed")
        release = Release(repository.version(commit), commit)
        return None if release.id in bad else release


Channel = Signed | Branch


def _is_news(repository: Repository, tag: str, commit: str, current: Release) -> bool:
    """Whether the tag is newer than what runs here. Raises `Refused` when it has moved."""
    number, here = _number(tag), _number(f"v{current.version}")
    if number != here:
        return number > here
    if commit == current.commit or repository.follows(current.commit, commit):
        return False
    if repository.follows(commit, current.commit):
        return True
    raise Refused(f"{tag} is at {commit[:12]} now, and {current.commit[:12]} runs here: a release never changes")


def _number(tag: str) -> Version:
    """The tag's version as numbers; lower than any release for what is no release."""
    found = _TAG.match(tag)
    return (int(found[1]), int(found[2]), int(found[3])) if found else (-1, -1, -1)
