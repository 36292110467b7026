"""A running agent answers on its socket; nobody else's questions are answered."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from befresh_agent.errors import BefreshError
from befresh_agent.status.status_socket import answering, ask_agent


async def snapshot() -> dict[str, Any]:
    return {"ready": True, "name": "김치" * 50_000}


async def test_whoever_asks_gets_the_whole_snapshot(home: Path) -> None:
    path = home / "agent.sock"
    async with answering(path, snapshot):
        assert path.stat().st_mode & 0o777 == 0o600
        assert await asyncio.to_thread(ask_agent, path) == await snapshot()
    assert not path.exists()


async def test_a_socket_left_behind_by_a_crash_is_taken_over(home: Path) -> None:
    path = home / "agent.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert ask_agent(path) is None
    async with answering(path, snapshot):
        assert await asyncio.to_thread(ask_agent, path) is not None


def test_nobody_answers(home: Path) -> None:
    assert ask_agent(home / "none.sock") is None


async def test_an_agent_that_says_nothing_is_not_called_missing(home: Path) -> None:
    async def broken() -> dict[str, Any]:
        raise TimeoutError

    path = home / "agent.sock"
    async with answering(path, broken):
        with pytest.raises(BefreshError, match="does not answer"):
            await asyncio.to_thread(ask_agent, path)


def test_an_agent_of_another_user_is_not_called_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object, path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("socket.socket.connect", refuse)  # the tests may run as root, whom nobody refuses
    with pytest.raises(BefreshError, match="another user"):
        ask_agent(home / "agent.sock")


async def test_a_place_where_no_socket_can_be_is_named(home: Path) -> None:
    (home / "file").touch()
    with pytest.raises(BefreshError, match=r"agent\.runtime_dir"):
        async with answering(home / "file" / "agent.sock", snapshot):
            pass
