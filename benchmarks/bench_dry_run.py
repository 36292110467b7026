"""How the agent behaves while the demo plays: time to READY, event-loop lag, memory of its processes, wall time.

    python benchmarks/bench_dry_run.py

The lag is what the agent measures on itself while its worker reads dates on the same cores.
"""

import asyncio
import os
import socket
import sys
import tempfile
import time
from pathlib import Path

from befresh_agent.status.status_socket import ask_agent

PROGRAM = (sys.executable, "-m", "befresh_agent", "run", "--dry-run", "--exit-when-done")


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"XDG_STATE_HOME": folder, "XDG_RUNTIME_DIR": folder, "NOTIFY_SOCKET": f"{folder}/notify"}
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(f"{folder}/notify")
            began = time.monotonic()
            process = await asyncio.create_subprocess_exec(*PROGRAM, stdout=asyncio.subprocess.DEVNULL)
            await asyncio.to_thread(manager.recv, 100)
            print(f"start to READY          {time.monotonic() - began:6.2f} s")
            peaks = await watch(process, next(Path(folder).glob("befresh-agent-*/agent.sock")))
        print(f"whole demo              {time.monotonic() - began:6.2f} s, exit code {process.returncode}")
        for name, value in peaks.items():
            print(f"{name:<24}{value:6.1f}")


async def watch(process: asyncio.subprocess.Process, control: Path) -> dict[str, float]:
    """Ask the agent twice a second until it ends; the last lag and the largest memory seen."""
    seen: dict[str, float] = {}
    ended = asyncio.ensure_future(process.wait())
    while not ended.done():
        await asyncio.wait([ended], timeout=0.5)
        for pid, name in family(process.pid).items():
            seen[f"{name} RSS MB"] = max(seen.get(f"{name} RSS MB", 0), resident_mb(pid))
        if status := await asyncio.to_thread(ask_agent, control):
            seen |= {f"loop lag {key} ms": value for key, value in status["loop_lag_ms"].items()}
    return seen


def family(pid: int) -> dict[int, str]:
    """The agent and its helpers."""
    found = {pid: "agent"}
    for child in (
        Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
        if Path(f"/proc/{pid}").exists()
        else []
    ):
        words = Path(f"/proc/{child}/cmdline").read_text(encoding="utf-8").split("\0")
        if "-m" in words:
            found[int(child)] = words[words.index("-m") + 1].removeprefix("befresh_agent.")
    return found


def resident_mb(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, IndexError):
        return 0.0


if __name__ == "__main__":
    asyncio.run(main())
