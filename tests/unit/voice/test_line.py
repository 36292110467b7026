"""The two ends of the line over real sockets."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.voice.connection import Connection
from befresh_agent.voice.door import Door
from befresh_agent.voice.framing import to_bytes
from befresh_agent.voice.line import Line
from befresh_agent.voice.messages import Heard, Hello, Live, Message, Woke
from befresh_agent.voice.protocol import event_of


class MainLoop:
    """A server that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[Message] = []
        self.hangs_up_after: int | None = None

    async def welcome(self, connection: Connection, hello: Hello) -> None:
        connection.send(Live())
        self.told.append(hello)
        while (message := await connection.read()) is not None:
            self.told.append(message)
            if self.hangs_up_after is not None and len(self.told) >= self.hangs_up_after:
                self.hangs_up_after = None
                return

    async def until_told(self, message: Message) -> None:
        await until(lambda: message in self.told)


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not happened():  # it happens in another process or task that knows nothing of us
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(line: Line) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(line.run(lambda _: None))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def line_to(path: Path) -> Line:
    return Line(path, Hello("test"), SystemClock())


async def test_messages_arrive_in_order(tmp_path: Path) -> None:
    main, line = MainLoop(), line_to(tmp_path / "sock")
    async with Door(tmp_path / "sock", main.welcome, os.getuid()), running(line):
        for number in range(5):
            line.send(Heard(number, "사과"))
        await main.until_told(Heard(4, "사과"))
    assert main.told == [Hello("test"), *(Heard(number, "사과") for number in range(5))]


async def test_a_message_waits_for_a_main_loop_that_opens_late(tmp_path: Path) -> None:
    main, line = MainLoop(), line_to(tmp_path / "sock")
    line.send(Woke())
    async with running(line):
        await asyncio.sleep(0.15)
        async with Door(tmp_path / "sock", main.welcome, os.getuid()):
            await main.until_told(Woke())


async def test_a_lost_connection_is_made_anew(tmp_path: Path) -> None:
    main, line = MainLoop(), line_to(tmp_path / "sock")
    main.hangs_up_after = 2
    async with Door(tmp_path / "sock", main.welcome, os.getuid()), running(line) as talking:
        line.send(Woke())
        await until(lambda: main.told.count(Hello("test")) == 2)
        line.send(Heard(1, "배"))
        await main.until_told(Heard(1, "배"))
        assert not talking.done()


async def test_after_four_attempts_the_main_loop_is_gone(tmp_path: Path) -> None:
    line = line_to(tmp_path / "sock")
    line.send(Woke())
    async with asyncio.timeout(90):
        await line.run(lambda _: None)


async def test_only_its_own_user_may_use_the_socket(tmp_path: Path) -> None:
    main = MainLoop()
    async with Door(tmp_path / "sock", main.welcome, os.getuid() + 1), asyncio.timeout(90):
        assert stat.S_IMODE((tmp_path / "sock").stat().st_mode) == 0o600
        await line_to(tmp_path / "sock").run(lambda _: None)
    assert main.told == []


@pytest.mark.parametrize(
    "noise",
    [
        b"\x00\xff garbage \n\n\n",
        b'{"type": "detection"}\n',
        b"x" * 1_000_000,
        to_bytes(event_of(Hello("liar"))) + b"garbage\n",
        b"",
    ],
)
async def test_a_hostile_peer_is_dropped_and_nobody_else_notices(tmp_path: Path, noise: bytes) -> None:
    main, line = MainLoop(), line_to(tmp_path / "sock")
    async with Door(tmp_path / "sock", main.welcome, os.getuid()), running(line):
        await main.until_told(Hello("test"))
        reader, writer = await asyncio.open_unix_connection(tmp_path / "sock")
        writer.write(noise)
        if not noise:
            writer.write_eof()
        async with asyncio.timeout(90):
            try:
                while await reader.read(4096):
                    pass
            except ConnectionError:
                pass
        writer.close()
        line.send(Woke())
        await main.until_told(Woke())


async def test_a_peer_that_says_nothing_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("befresh_agent.voice.door._HELLO_S", 0.1)
    async with Door(tmp_path / "sock", MainLoop().welcome, os.getuid()), asyncio.timeout(90):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "sock")
        assert await reader.read() == b""
        writer.close()


async def test_closing_leaves_nothing_behind(tmp_path: Path) -> None:
    main, line = MainLoop(), line_to(tmp_path / "sock")
    async with running(line) as talking:
        async with Door(tmp_path / "sock", main.welcome, os.getuid()):
            await main.until_told(Hello("test"))
        assert not (tmp_path / "sock").exists()
        async with asyncio.timeout(90):
            await talking
