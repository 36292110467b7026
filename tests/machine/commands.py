"""Programs of the system that build machines; when one fails, what it said is in the error."""

import os
import shutil
import subprocess
from pathlib import Path

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


class CommandFailed(Exception):
    pass


def run(*command: str | Path, cwd: Path | None = None, text: str | None = None) -> str:
    """What it printed."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": _PATH},
        check=False,
    )
    if done.returncode:
        raise CommandFailed(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def program(name: str) -> Path:
    """Where it is, whoever asks: users often lack the folders of administrators in their PATH."""
    found = shutil.which(name, path=_PATH)
    if found is None:
        raise CommandFailed(f"there is no {name}: run scripts/setup.sh lab")
    return Path(found)
