"""Other programs, bounded in time and off the loop: whatever they do, this process lives on."""

import asyncio
import contextlib
import os
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from typing import BinaryIO

from befresh_agent.errors import cause
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.threads import in_daemon_thread

END_S = 3.0


async def run_bounded(*command: str, limit_s: float, given: bytes | None = None) -> tuple[int, bytes]:
    """Its exit code and all it says to what is given. Raises OSError where it cannot start, TimeoutError if it is late.

    Whatever happens, it does not outlive the question.
    """
    stdin = DEVNULL if given is None else PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=stdin, stdout=PIPE, stderr=DEVNULL)
    try:
        async with within(limit_s):
            said, _ = await process.communicate(given)
            return await process.wait(), said
    finally:
        if process.returncode is None:
            await terminate(process)


async def terminate(process: Process, within_s: float = END_S) -> bool:
    """Kill it; whether it is gone within that time. One that the kernel holds inside a driver is not.

    asyncio counts a process as ended only when its pipes are read to the end as well, so what it still had to say is
    read: a pipe that was full would otherwise be waited for without end.
    """
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    try:
        async with within(within_s):
            await process.communicate()
    except TimeoutError:
        return False
    return True


def private_output() -> BinaryIO:
    """Standard output for answers alone: whatever libraries print goes where errors go."""
    private = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(private, "wb")


PATIENCE_S = 30.0
"""What a small Pi may take for a library from a cold card, while it does other things."""


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """What it said. The code is None where there is no such program or it did not end in time."""

    code: int | None
    out: str
    trouble: str
    """The last line of what it complained of, or why there is no answer."""

    late: bool = False
    """It took too long: that says nothing of what is installed."""

    @property
    def good(self) -> bool:
        return self.code == 0


async def run_program(*command: str, limit_s: float = PATIENCE_S) -> ProgramResult:
    """Run it to its end."""
    return await in_daemon_thread(lambda: _run_program(command, limit_s))


def python_command(code: str) -> tuple[str, ...]:
    """To run Python code in a process of its own, with nothing of the folder where the agent was started."""
    return (sys.executable, "-W", "ignore", "-P", "-c", code)


async def run_python(code: str, limit_s: float = PATIENCE_S) -> ProgramResult:
    """Run Python code in a process of its own: an import may crash it, or take hundreds of megabytes."""
    return await run_program(*python_command(code), limit_s=limit_s)


def _run_program(command: tuple[str, ...], limit_s: float) -> ProgramResult:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit_s, check=False)
    except OSError as error:
        return ProgramResult(None, "", f"{command[0]}: {cause(error)}")
    except subprocess.TimeoutExpired:
        return ProgramResult(None, "", f"{command[0]} took longer than {limit_s:g} s", late=True)
    last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    if done.returncode < 0:
        last = f"it crashed (signal {-done.returncode}) {last}".strip()
    return ProgramResult(done.returncode, done.stdout.decode(errors="replace").strip(), last[:300])
