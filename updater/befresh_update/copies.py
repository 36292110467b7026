"""The copy of this program that cron starts: taken from a release only when that release has been confirmed.

So a release cannot break its own way back. A new copy must show that it works before it is taken, and the one before
stays: the door (`befresh-update`) takes that one where the new one falls over.
"""

import shutil
from pathlib import Path

from befresh_update import durable
from befresh_update.errors import UpdateError
from befresh_update.layout import Layout
from befresh_update.program import ProgramFailed, run

_SOURCE = "updater"
_DOOR = "befresh-update"


class Copies:
    """/opt/befresh-agent/updater"""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._folder = layout.updater

    @property
    def there(self) -> bool:
        """Whether a copy was ever taken."""
        return self._target("current") is not None

    def adopt(self, release: str) -> None:
        """Take the release's updater. Raises `ProgramFailed` when it fails its test; then the old one stays."""
        source = self._layout.releases / release / _SOURCE
        copy = self._folder / "copies" / release
        if not source.is_dir() or self._target("current") == copy:
            return
        try:
            self._make(source, copy)
        except ProgramFailed as failed:  # which says nothing about the release
            raise UpdateError(str(failed)) from failed
        try:
            for words in (("probe",), ("--root", self._layout.root, "update", "--status", "--json")):
                run(["python3", "-I", copy, *words], what="the updater it brings")
        except BaseException:
            shutil.rmtree(copy, ignore_errors=True)
            raise
        if old := self._target("current"):
            durable.link(self._folder / "previous", f"copies/{old.name}")
        durable.link(self._folder / "current", f"copies/{release}")
        self._forget_others()

    def install_door(self, source: Path) -> None:
        """Put the door there; only the installer does."""
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = self._folder / f".{_DOOR}.new"
        shutil.copy(source / _DOOR, beside)
        beside.replace(self._folder / _DOOR)
        durable.sync_folder(self._folder)

    def _make(self, source: Path, copy: Path) -> None:
        beside = copy.with_name(".new")
        for leftover in (beside, copy):
            shutil.rmtree(leftover, ignore_errors=True)
        shutil.copytree(source, beside, ignore=shutil.ignore_patterns("__pycache__", _DOOR))
        durable.sync_all_beside(beside)
        beside.rename(copy)
        durable.sync_folder(copy.parent)

    def _target(self, link: str) -> Path | None:
        try:
            return self._folder / (self._folder / link).readlink()
        except FileNotFoundError:
            return None

    def _forget_others(self) -> None:
        needed = {self._target("current"), self._target("previous")}
        for copy in (self._folder / "copies").iterdir():
            if copy not in needed:
                shutil.rmtree(copy, ignore_errors=True)
