"""Where releases come from: a real git repository with tiny releases, and real SSH keys that sign their tags."""

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.wheels import make_wheel

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "befresh_agent"
SET_UP = """#!/bin/sh
# What scripts/setup.sh of a real release does, with a lock of one package and a folder of wheels for an index.
set -eu
cd "$(dirname "$0")/.."
{python} -m venv --without-pip .venv
{install}
echo "$PWD/src" >"$(echo .venv/lib/python*/site-packages)/befresh.pth"
printf '#!%s/.venv/bin/python\\nfrom befresh_agent.agent import main\\nmain()\\n' "$PWD" >.venv/bin/befresh-agent
chmod +x .venv/bin/befresh-agent
.venv/bin/python -m compileall -q src
"""
BY_PIP = """{python} -m pip --python .venv/bin/python install --quiet --disable-pip-version-check --no-cache-dir \\
  --no-compile --no-index --find-links {wheels} --no-deps --require-hashes \\
  --only-binary :all: -r requirements/run.lock"""
BY_HAND = '{python} -S -m zipfile -e {wheels}/*.whl "$(echo .venv/lib/python*/site-packages)"'
"""The same without pip, which takes most of the time, where a scenario is not about what is installed."""


def git(where: Path, *words: str, **environment: str) -> str:
    command = ["git", "-C", str(where), "-c", "user.name=Maker", "-c", "user.email=maker@example.org", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Upstream:
    """The origin of all releases."""

    def __init__(self, place: Path) -> None:
        self.repository = place / "upstream"
        self.wheels = place / "wheels"
        self.keys = place / "keys"
        self.python = sys.executable
        """What releases are set up with."""

    def make(self) -> None:
        """The repository, a wheel for its lock, and the keys of its maker and of a stranger."""
        for folder in (self.repository, self.wheels, self.keys):
            folder.mkdir()
        make_wheel(self.wheels, "tinydep", "1.0", {"tinydep.py": b"ANSWER = 42\n"})
        for name in ("maker", "stranger"):
            make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(self.keys / name)]
            subprocess.run(make, check=True)
        public = (self.keys / "maker.pub").read_text()
        (self.keys / "allowed_signers").write_text(f'maker@example.org namespaces="git" {public}')
        git(self.repository, "init", "--quiet", "--initial-branch", "main")

    def commit(
        self,
        version: str,
        faults: Mapping[str, object] | None = None,
        *,
        migration: str = "",
        files: Mapping[str, str] | None = None,
        lock_hash: str = "",
        by_pip: bool = False,
        at: str = "2026-01-01T00:00:00Z",
    ) -> str:
        """The next release as a commit; its id."""
        shutil.copytree(ROOT / "updater", self.repository / "updater", dirs_exist_ok=True, ignore=_no_caches)
        self._write_package(version, faults or {}, migration)
        written = {
            "scripts/setup.sh": self._set_up(by_pip=by_pip or bool(lock_hash)),
            "requirements/run.lock": f"tinydep==1.0 \\\n    --hash=sha256:{lock_hash or _hash(self.wheels)}\n",
            **(files or {}),
        }
        for name, text in written.items():
            path = self.repository / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (self.repository / "scripts" / "setup.sh").chmod(0o755)
        git(self.repository, "add", "--all")
        date = {"GIT_COMMITTER_DATE": at, "GIT_AUTHOR_DATE": at}
        git(self.repository, "commit", "--quiet", "--message", version, **date)
        return git(self.repository, "rev-parse", "HEAD")

    def tag(self, name: str, commit: str = "HEAD", *, key: str | None = "maker", message: str = "") -> None:
        """Signed by that key; without one, not signed."""
        signing = ["-c", "gpg.format=ssh", "-c", f"user.signingkey={self.keys / key}"] if key else []
        how = "--sign" if key else "--annotate"
        git(self.repository, *signing, "tag", how, name, "--message", message or name, commit)

    def release(self, version: str, faults: Mapping[str, object] | None = None, **more: Any) -> str:
        """A commit and its signed tag; the release's id."""
        commit = self.commit(version, faults, **more)
        self.tag(f"v{version}")
        return f"{version}-{commit[:12]}"

    def _set_up(self, *, by_pip: bool) -> str:
        install = (BY_PIP if by_pip else BY_HAND).format(python=self.python, wheels=self.wheels)
        return SET_UP.format(python=self.python, install=install)

    def _write_package(self, version: str, faults: Mapping[str, object], migration: str) -> None:
        package = self.repository / "src" / "befresh_agent"
        shutil.rmtree(package, ignore_errors=True)
        shutil.copytree(PACKAGE / "storage" / "migrations", package / "storage" / "migrations")
        for module in _needed_by(Path(__file__).parent / "tiny" / "agent.py"):
            target = package / module.relative_to(PACKAGE)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(module, target)
        shutil.copy(Path(__file__).parent / "tiny" / "agent.py", package)
        (package / "__init__.py").write_text(f'"""Tiny."""\n\n__version__ = "{version}"\n')
        (package / "faults.json").write_text(json.dumps(faults))
        if migration:
            migrations = package / "storage" / "migrations"
            number = 1 + max(int(path.stem) for path in migrations.glob("*.sql"))
            (migrations / f"{number:04}.sql").write_text(migration)


@functools.cache
def _needed_by(module: Path) -> frozenset[Path]:
    """Modules of the agent that this one imports, directly or not, with the packages they are in."""
    found: set[Path] = set()
    todo = [module]
    while todo:
        for name in re.findall(r"^from befresh_agent\.?(\S*) import (.+)$", todo.pop().read_text(), re.MULTILINE):
            parts = [part for part in name[0].split(".") if part]
            candidates = [PACKAGE.joinpath(*parts, word.strip(" ()")) for word in name[1].split(",")]
            for path in (path.with_suffix(".py") for path in [PACKAGE.joinpath(*parts), *candidates]):
                if path.is_file() and path not in found:
                    found |= {path, *([path.parent / "__init__.py"] if path.parent != PACKAGE else [])}
                    todo.append(path)
    return frozenset(found)


def _hash(wheels: Path) -> str:
    (wheel,) = wheels.iterdir()
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def _no_caches(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "__pycache__"]
