"""A machine to update: its own root folder with a real installation in it, and a stand-in for systemd that runs it."""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from befresh_agent.status.status_socket import ask_agent
from befresh_update.channel import Release
from befresh_update.layout import Layout
from befresh_update.releases import Releases
from befresh_update.repository import Repository
from tests.update.upstream import Upstream, git

HERE = Path(__file__).parent
SETTINGS = """[update]
health_s = 0.6
"""
PATIENCE_S = 200
"""What an updater that hangs is given; on a busy machine one that does not may take a minute."""
Done = subprocess.CompletedProcess[str]


class Machine:
    """Everything lies in one folder, so that a machine can be saved and brought back."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.root = place / "m"
        self.tools = self.root / "bin"
        self.layout = Layout(self.root)
        self.upstream = Upstream(place)
        self.foods: list[str] = []
        """What was registered and confirmed."""
        self.good: set[str] = set()
        """Releases that may run: published by the maker, and without a fault."""
        self.user = ""
        """Whom the service runs as, where that is somebody else."""
        self._systemd: subprocess.Popen[bytes] | None = None

    # The machine

    def make(self) -> None:
        """A bare machine, and a maker with a first release."""
        for folder in ("etc/befresh-agent", "var/lib/befresh-agent", "var/log", "run", "bin"):
            (self.root / folder).mkdir(parents=True)
        self.settings(SETTINGS)
        self.upstream.make()
        shutil.copy(self.upstream.keys / "allowed_signers", self.root / "etc/befresh-agent")
        self._tool("python3", f'exec {sys.executable} "$@"')
        self._tool("systemctl", f'exec {sys.executable} -I -S {HERE / "systemctl.py"} {self.root} "$@"')

    def boot(self) -> None:
        """Power on: first what interrupted updates left is taken back, then the agent starts, if there is one."""
        command = [sys.executable, "-I", "-S", str(HERE / "supervisor.py"), str(self.root)]
        command += filter(None, [self.user])
        self._systemd = subprocess.Popen(command, start_new_session=True)
        _until((self.root / "run" / "systemd.sock").exists)
        if self.door.exists():
            self.recovered = self.updater("recover")
            assert self.recovered.returncode == 0, self.recovered.stderr
        if self.layout.current.exists():
            self.systemctl("start")

    def systemctl(self, verb: str) -> None:
        subprocess.run([self.tools / "systemctl", verb, "befresh-agent.service"], check=False)

    def power_off(self) -> None:
        """As when the plug is pulled."""
        if self._systemd is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._systemd.pid, signal.SIGKILL)
            self._systemd.wait()
            self._systemd = None
        for left in (self.root / "run").iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()

    def settings(self, text: str) -> None:
        (self.root / "etc/befresh-agent/config.toml").write_text(text)

    # The updater

    @property
    def door(self) -> Path:
        return self.layout.updater / "befresh-update"

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PATH": f"{self.tools}:/usr/local/bin:/usr/bin:/bin"}

    def updater(self, *words: str) -> Done:
        command = [str(self.door), "--root", str(self.root), *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=self.environment, timeout=PATIENCE_S
        )

    def clone(self) -> Path:
        """What somebody who installs begins with."""
        clone = self.place / "clone"
        shutil.rmtree(clone, ignore_errors=True)
        git(self.place, "clone", "--quiet", str(self.upstream.repository), str(clone))
        return clone

    def install(self, origin: str = "", branch: str = "") -> Done:
        """What scripts/install.sh does: from a clone, by the clone's own updater."""
        clone = self.clone()
        command = [str(clone / "updater" / "befresh-update"), "--root", str(self.root), "install", str(clone)]
        command += ["--origin", origin or str(self.upstream.repository), "--branch", branch]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=self.environment, timeout=PATIENCE_S
        )

    def update(self, *words: str) -> Done:
        return self.updater("update", *words)

    def begin_update(self) -> subprocess.Popen[str]:
        """An update that goes on while the test does something."""
        command = [sys.executable, "-I", str(self.layout.updater / "current"), "--root", str(self.root), "update"]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=self.environment)

    def cut_after(self, step: str, *words: str, updater: Path | None = None, power: bool = True) -> None:
        """The updater with these words, and it is killed as soon as that step is done: with `power`, all goes away."""
        updater = (updater or self.layout.updater / "current").resolve()
        command = [sys.executable, str(HERE / "cut.py"), str(updater), step, "--root", str(self.root), *words]
        done = subprocess.run(command, env=self.environment, start_new_session=True, capture_output=True, text=True)
        assert done.returncode == -signal.SIGKILL, f"{step} was never reached: {done.stderr}"
        if power:
            self.power_off()

    # What can be seen of it

    @property
    def current(self) -> str:
        """The release that `current` points at; empty when there is none."""
        return self.layout.current.readlink().name if self.layout.current.is_symlink() else ""

    @property
    def database(self) -> Path:
        return self.layout.data / "agent.db"

    def agent(self, *words: str) -> str:
        """The installed program, asked for something."""
        program = self.layout.current / ".venv" / "bin" / "befresh-agent"
        environment = {**self.environment, "STATE_DIRECTORY": str(self.layout.data)}
        done = subprocess.run([program, *words], capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def register(self, name: str) -> None:
        self.agent("register", name)
        self.foods.append(name)

    def check(self) -> None:
        """What must hold whatever happened: a complete, verified release runs, and everything registered is there."""
        release = Releases(self.layout, Repository(self.layout.repository)).known(self.current)
        assert release is not None, f"{self.current or 'nothing'} is not a complete release"
        assert release.id in self.good, f"{release.id} must not run"
        self._is_what_was_published(release)
        assert self.agent("version") == release.version
        status = ask_agent(self.layout.runtime / "agent.sock")
        assert status is not None, "the agent does not answer"
        assert (status["version"], status["ready"]) == (release.version, True)
        self._everything_is_there()

    def _is_what_was_published(self, release: Release) -> None:
        listing = git(self.upstream.repository, "ls-tree", "-r", "-z", "--format=%(objectname) %(path)", release.commit)
        folder = self.layout.releases / release.id
        lines = [line.split(" ", 1) for line in listing.split("\0") if line]
        here = git(folder, "hash-object", "--no-filters", *(name for _, name in lines)).split()
        assert here == [name for name, _ in lines]

    def _everything_is_there(self) -> None:
        assert json.loads(self.agent("foods")) == self.foods
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"

    def _tool(self, name: str, line: str) -> None:
        path = self.tools / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)


class Shelf:
    """Machines that were saved, to be brought back at the same place: a venv cannot be moved."""

    def __init__(self, place: Path) -> None:
        self.place = place / "p"
        self._shelf = place / "saved"

    def save(self, machine: Machine, name: str) -> None:
        machine.power_off()
        shutil.copytree(self.place, self._shelf / name, symlinks=True)

    def has(self, name: str) -> bool:
        return (self._shelf / name).exists()

    @contextlib.contextmanager
    def brought_back(self, name: str, like: Machine, *, on: bool = True) -> Iterator[Machine]:
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self._shelf / name, self.place, symlinks=True, dirs_exist_ok=True)
        machine = Machine(self.place)
        machine.foods, machine.good = [*like.foods], {*like.good}
        if on:
            machine.boot()
        try:
            yield machine
        finally:
            machine.power_off()


def _until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)
