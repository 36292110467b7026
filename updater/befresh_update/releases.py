"""The folder of releases: building one, knowing which is complete, trying one out, and forgetting old ones.

A release is built in the folder it will run from, as a venv cannot be moved. It is complete when `.ready` is there,
which is written last and after everything else has reached the card.
"""

import os
import pwd
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

from befresh_update import durable
from befresh_update.channel import Release
from befresh_update.errors import UpdateError
from befresh_update.layout import PYTHON, READY, SELF_TEST, SERVICE_USER, Layout
from befresh_update.program import environment, run
from befresh_update.repository import Repository

KEPT = 3
_SPARE = 64 * 1024 * 1024
"""Bytes that must stay free beside a new release: the fridge's data comes first."""
_BUILD_S = 3600
SELF_TEST_S = 300.0


class Releases:
    """`releases/` and the link `current`."""

    def __init__(self, layout: Layout, repository: Repository, self_test_s: float = SELF_TEST_S) -> None:
        self._self_test_s = self_test_s
        self._layout = layout
        self._repository = repository

    def folder(self, release: str) -> Path:
        return self._layout.releases / release

    @property
    def current(self) -> Release | None:
        """The one that runs, or would run; None before the first installation."""
        try:
            name = self._layout.current.readlink().name
        except FileNotFoundError:
            return None
        return self.known(name)

    def known(self, name: str) -> Release | None:
        """The complete release of that name."""
        try:
            commit = (self.folder(name) / READY).read_text(encoding="utf-8").split()
        except (FileNotFoundError, NotADirectoryError):
            return None
        version = name.rpartition("-")[0]
        return Release(version, commit[0] if commit else self._repository.commit(name.rpartition("-")[2]))

    def point_at(self, name: str) -> None:
        durable.link(self._layout.current, f"releases/{name}")

    def point_nowhere(self) -> None:
        durable.remove([self._layout.current])

    def build(self, release: Release) -> None:
        """Make it complete; what was begun and not finished is begun anew. Raises `UpdateError`."""
        folder = self.folder(release.id)
        if self.known(release.id) == release:
            self._repository.mend(release.commit, folder)
            return
        self._need_room()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            self._repository.export(release.commit, folder)
            self._set_up(folder)
            durable.sync_all_beside(folder)
            durable.write(folder / READY, f"{release.commit}\n")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._repository.keep(release.id, release.commit)

    def _set_up(self, folder: Path) -> None:
        """The release brings its own script for this: .venv, locked packages with their hashes, itself."""
        python = PYTHON if Path(PYTHON).exists() else "python3"
        script = folder / "scripts" / "setup.sh"
        what = f"setting up {folder.name}"
        run([script, "release"], what=what, cwd=folder, env=environment(PYTHON=python), timeout_s=_BUILD_S)

    def try_out(self, release: Release) -> None:
        """The release's own self-test, as the service's user, with a home of its own. Raises `ProgramFailed`."""
        user = service_user(self._layout)
        with tempfile.TemporaryDirectory(prefix="befresh-self-test-") as home:
            if user is not None:
                about = pwd.getpwnam(user)
                os.chown(home, about.pw_uid, about.pw_gid)
            env = environment(HOME=home, STATE_DIRECTORY=home, RUNTIME_DIRECTORY=home, TMPDIR=home)
            program = self.folder(release.id) / ".venv" / "bin" / "befresh-agent"
            run([program, *SELF_TEST], what="its self-test", timeout_s=self._self_test_s, env=env, user=user)

    def edited(self, release: Release) -> list[str]:
        """Files of the release that somebody has changed by hand."""
        return self._repository.edited(release.commit, self.folder(release.id))

    def mend(self, release: Release) -> None:
        self._repository.mend(release.commit, self.folder(release.id))

    def forget(self, name: str) -> None:
        """Take it away; first its mark, so that a half of it is never taken for a whole."""
        (self.folder(name) / READY).unlink(missing_ok=True)
        shutil.rmtree(self.folder(name), ignore_errors=True)

    def prune(self, kept: Collection[str]) -> None:
        """Keep these, and nothing else."""
        for path in self._layout.releases.iterdir():
            if path.is_dir() and path.name not in kept:
                self.forget(path.name)

    def _need_room(self) -> None:
        """Room for one more of what there is, and a spare. Raises `UpdateError`."""
        self._layout.releases.mkdir(parents=True, exist_ok=True)
        current = self.current
        wanted = _SPARE + (_size(self.folder(current.id)) if current else 0)
        free = shutil.disk_usage(self._layout.releases).free
        if free < wanted:
            mb = 1024 * 1024
            raise UpdateError(f"{self._layout.home}: {free // mb} MB are free, a release needs {wanted // mb} MB")


def service_user(layout: Layout) -> str | None:
    """Whom to become for what the service does; None where we are nobody special, or the machine is a rehearsal's."""
    if os.geteuid() or layout.root != Path("/"):
        return None
    try:
        pwd.getpwnam(SERVICE_USER)
    except KeyError:
        return None
    return SERVICE_USER


def _size(folder: Path) -> int:
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))
