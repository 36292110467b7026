"""Asking another program: bounded in time, and whatever it does, this process lives on."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass

from befresh_agent.adapters.own_program import end
from befresh_agent.deadline import within


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
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    except OSError as error:
        return Answer(None, "", f"{command[0]}: {error.strerror}")
    try:
        async with within(limit_s):
            out, complaint = await process.communicate()
    except TimeoutError:
        return Answer(None, "", f"{command[0]} gave no answer within {limit_s:g} s")
    finally:
        if process.returncode is None:
            await end(process)
    last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
    if process.returncode is not None and process.returncode < 0:
        last = f"it crashed (signal {-process.returncode}) {last}".strip()
    return Answer(process.returncode, out.decode(errors="replace").strip(), last[:300])


async def python(code: str, limit_s: float = 4.0) -> Answer:
    """Run Python code in a process of its own: an import may crash it, or take hundreds of megabytes."""
    return await ask(sys.executable, "-W", "ignore", "-P", "-c", code, limit_s=limit_s)
