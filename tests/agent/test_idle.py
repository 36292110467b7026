"""What the agent costs while nobody is at the fridge, as its service runs it: memory, time to be ready, processor."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.agent.program import Program, started

MOST_MB = 80
READY_S = 2.0
MOST_OF_A_CORE = 0.01
WATCHED_S = 10.0
LOOKS = 6
"""On a busy machine what an agent puts off until after it is ready takes longer: so often it may be watched."""
NEEDED_LATER = ("cv2", "numpy", "_portaudio", "pyaudio", "tesserocr", "libtesseract", "pocketsphinx", "zxingcpp", "PIL")


@dataclass
class Idle:
    """An agent that is ready, and how long it took."""

    program: Program
    wall_s: float

    def processor_s(self) -> float:
        """Seconds of processor it has used so far; not those of its helpers."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        [line] = [line for line in self._proc("status").splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1]) / 1024

    def files(self) -> int:
        return len(list(Path(f"/proc/{self.program.process.pid}/fd").iterdir()))

    def loaded(self) -> set[str]:
        """Everything mapped into its memory: libraries, and the compiled parts of Python packages."""
        return {line.split()[5] for line in self._proc("maps").splitlines() if len(line.split()) > 5}

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self.program.process.pid}/{name}").read_text()


@pytest.fixture
async def idle(home: Path, monkeypatch: pytest.MonkeyPatch, unmeasured_programs: None) -> AsyncIterator[Idle]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(home / "notify"))
        manager.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(home / "notify"))
        began = time.monotonic()
        async with started("run", REFRIGERATOR_ID="17") as program:
            assert await asyncio.to_thread(manager.recv, 100) == b"READY=1"
            yield Idle(program, time.monotonic() - began)


async def test_an_idle_agent_costs_little(idle: Idle) -> None:
    until_ready_s = idle.processor_s()
    assert until_ready_s < READY_S, "on a machine that does nothing else, this is how long it takes"
    await asyncio.sleep(3)  # whatever it puts off until after it is ready
    files = idle.files()
    for _ in range(LOOKS):
        before = idle.processor_s()
        await asyncio.sleep(WATCHED_S)
        share = (idle.processor_s() - before) / WATCHED_S
        if share < MOST_OF_A_CORE:
            break
    megabytes = idle.megabytes()
    print(
        f"ready after {idle.wall_s:.2f} s ({until_ready_s:.2f} s of processor), {megabytes:.0f} MB, "
        f"{share * 100:.1f} % of a core"
    )
    assert megabytes < MOST_MB
    assert idle.files() <= files
    assert share < MOST_OF_A_CORE
    early = sorted(path for path in idle.loaded() if any(name in path for name in NEEDED_LATER))
    assert early == []
