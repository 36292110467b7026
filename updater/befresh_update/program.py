"""Running other programs: a clean environment, a time limit, and the last thing they said when they fail."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from befresh_update.errors import UpdateError

_NOT_INHERITED = ("GIT_", "PYTHON", "VIRTUAL_ENV")


class ProgramFailed(UpdateError):
    """A program ended with an error, or not in time."""

    def __init__(self, what: str, code: int | None, said: str, *, timed_out: bool = False) -> None:
        super().__init__(f"{what}: {_last_line(said) or f'it ended with {code}'}")
        self.ended_with = code
        """Its exit code, or a signal as a negative number; None when it never ended, or never began."""
        self.said = said
        self.timed_out = timed_out


def environment(**more: str) -> dict[str, str]:
    """Ours, without what would lead git or Python astray."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    return {"HOME": "/root", "LC_ALL": "C.UTF-8", **kept, **more}


def run(
    command: Sequence[str | Path],
    *,
    what: str = "",
    timeout_s: float = 60,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
) -> str:
    """Its standard output. Raises `ProgramFailed`. With `user` it runs as that user, with that user's groups alone."""
    words = [*_as_user(user), *map(str, command)]
    what = what or Path(words[0]).name
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_s,
            cwd=cwd or "/",
            env=dict(env or environment()),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ProgramFailed(what, None, f"no end within {timeout_s:.0f} s", timed_out=True) from None
    except OSError as error:
        raise ProgramFailed(what, None, str(error)) from error
    if done.returncode:
        raise ProgramFailed(what, done.returncode, done.stderr.strip() or done.stdout)
    return done.stdout


def _as_user(user: str | None) -> list[str]:
    if user is None:
        return []
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--no-new-privs"]


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
