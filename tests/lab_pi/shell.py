"""Root's shell on the virtual Pi, over ssh."""

import asyncio
import contextlib
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from pathlib import Path

_PATIENCE_S = 120.0


class Refused(Exception):
    """A command ended badly, or the machine did not answer."""


class Shell:
    """One connection is shared by all commands; `folder` takes its socket."""

    def __init__(self, key: Path, port: int, folder: Path) -> None:
        options = {
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "ControlMaster": "auto",
            "ControlPath": f"{folder}/ssh",
            "ControlPersist": "120",
            "ServerAliveInterval": "5",
            "ServerAliveCountMax": "12",
        }
        chosen = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        self._ssh = ["ssh", "-q", "-i", str(key), "-p", str(port), *chosen, "root@127.0.0.1"]

    async def run(self, command: str, text: bytes | None = None, *, within_s: float = _PATIENCE_S) -> str:
        """What it printed. Raises `Refused` when it failed."""
        process = await asyncio.create_subprocess_exec(
            *self._ssh, command, stdin=DEVNULL if text is None else PIPE, stdout=PIPE, stderr=STDOUT
        )
        async with _ended(process):
            try:
                async with asyncio.timeout(within_s):
                    said, _ = await process.communicate(text)
            except TimeoutError:
                raise Refused(f"{command}: not done within {within_s:g} s") from None
        if process.returncode:
            raise Refused(f"{command} ended with {process.returncode}: {said.decode(errors='replace')[-2000:]}")
        return said.decode(errors="replace")

    async def put(self, path: str, content: bytes) -> None:
        """Whole or not at all."""
        await self.run(f"cat >{path}.new && mv {path}.new {path}", content)

    @contextlib.asynccontextmanager
    async def lines(self, command: str) -> AsyncIterator[asyncio.StreamReader]:
        """What a command that goes on says."""
        process = await asyncio.create_subprocess_exec(
            *self._ssh, command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, limit=1 << 20
        )
        async with _ended(process):
            assert process.stdout is not None
            yield process.stdout

    async def hang_up(self) -> None:
        """Forget the connection: the machine behind it is gone."""
        process = await asyncio.create_subprocess_exec(
            *self._ssh[:-1], "-O", "exit", self._ssh[-1], stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
        )
        await process.wait()


@contextlib.asynccontextmanager
async def _ended(process: Process) -> AsyncIterator[None]:
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]  # else its pipe is closed by the garbage collector
