"""A running agent answers on its socket; nobody else's questions are answered."""

import asyncio
import socket
from pathlib import Path
from typing import Any

from befresh_agent.status.control import answering, ask


async def snapshot() -> dict[str, Any]:
    return {"ready": True, "name": "김치" * 50_000}


async def test_whoever_asks_gets_the_whole_snapshot(home: Path) -> None:
    path = home / "agent.sock"
    async with answering(path, snapshot):
        assert path.stat().st_mode & 0o777 == 0o600
        assert await asyncio.to_thread(ask, path) == await snapshot()
    assert not path.exists()


async def test_a_socket_left_behind_by_a_crash_is_taken_over(home: Path) -> None:
    path = home / "agent.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert ask(path) is None
    async with answering(path, snapshot):
        assert await asyncio.to_thread(ask, path) is not None


def test_nobody_answers(home: Path) -> None:
    assert ask(home / "none.sock") is None
