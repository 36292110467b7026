"""The whole program as a user starts it: a process of its own, its lines, its signals."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

SCENARIOS = Path(__file__).parent / "scenarios"
PROGRAM = (sys.executable, "-m", "befresh_agent")
_PATIENCE_S = 200


class Program:
    """A running `befresh-agent`."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def until(self, text: str) -> str:
        """Read on until a line contains the text; that line."""
        assert self.process.stdout is not None
        async with asyncio.timeout(_PATIENCE_S):
            async for raw in self.process.stdout:
                self.lines.append(raw.decode().rstrip())
                if text in self.lines[-1]:
                    return self.lines[-1]
        raise AssertionError(f"{text!r} was never said:\n" + "\n".join(self.lines))

    async def ended(self, patience_s: float = _PATIENCE_S) -> int:
        """Its exit code, all lines read."""
        assert self.process.stdout is not None
        async with asyncio.timeout(patience_s):
            self.lines += (await self.process.stdout.read()).decode().splitlines()
            return await self.process.wait()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)

    def terminate(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def children(self) -> dict[str, int]:
        """Its helper processes: the module each runs, and its pid; vision workers are children of the fork server."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words = (entry / "cmdline").read_text().split("\0")
                if parent == self.process.pid and "-m" in words:
                    found[words[words.index("-m") + 1]] = int(entry.name)
                elif parent == self.process.pid and "multiprocessing.forkserver" in words[-2]:
                    found["multiprocessing.forkserver"] = int(entry.name)
        return found


@contextlib.asynccontextmanager
async def started(*arguments: str, **environment: str) -> AsyncIterator[Program]:
    """Start it, its page at any free port as others run beside it; whatever still runs at the end is killed."""
    environment = {**os.environ, "BEFRESH_PAGE_PORT": "0", "LANGUAGE": "en", **environment}
    process = await asyncio.create_subprocess_exec(*PROGRAM, *arguments, stdout=PIPE, stderr=STDOUT, env=environment)
    try:
        yield Program(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]  # else its pipe is closed by the garbage collector


def scenario(name: str) -> tuple[str, ...]:
    """The options of a dry run that plays a scenario of this folder, and tells of every device."""
    return "run", "--dry-run", "--verbose", "--scenario", str(SCENARIOS / f"{name}.toml")


async def asked(*arguments: str) -> tuple[int, Any]:
    """Run a command with --json; its exit code and what it said."""
    async with started(*arguments) as program:
        code = await program.ended()
        return code, [json.loads(line) for line in program.lines if line.startswith("{")]


async def exported() -> list[dict[str, Any]]:
    """Everything in the outbox."""
    return list((await asked("outbox", "export"))[1])
