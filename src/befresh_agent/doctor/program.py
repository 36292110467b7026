"""Asking another program: bounded in time, off the loop, and whatever it does, this process lives on."""

import subprocess
import sys
from dataclasses import dataclass

from befresh_agent.doctor.aside import aside


@dataclass(frozen=True, slots=True)
class Answer:
    """What it said. The code is None where there is no such program or it did not end in time."""

    code: int | None
    out: str
    trouble: str
    """The last line of what it complained of, or why there is no answer."""

    @property
    def good(self) -> bool:
        return self.code == 0


async def ask(*command: str, limit_s: float = 4.0) -> Answer:
    """Run it to its end."""
    return await aside(lambda: _ask(command, limit_s))


async def python(code: str, limit_s: float = 4.0) -> Answer:
    """Run Python code in a process of its own: an import may crash it, or take hundreds of megabytes."""
    return await ask(sys.executable, "-W", "ignore", "-P", "-c", code, limit_s=limit_s)


def _ask(command: tuple[str, ...], limit_s: float) -> Answer:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit_s, check=False)
    except OSError as error:
        return Answer(None, "", f"{command[0]}: {error.strerror}")
    except subprocess.TimeoutExpired:
        return Answer(None, "", f"{command[0]} gave no answer within {limit_s:g} s")
    last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    if done.returncode < 0:
        last = f"it crashed (signal {-done.returncode}) {last}".strip()
    return Answer(done.returncode, done.stdout.decode(errors="replace").strip(), last[:300])
