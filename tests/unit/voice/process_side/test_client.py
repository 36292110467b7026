"""The two ends of the line over real sockets."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.ports.clock import Clock
from befresh_agent.voice.agent_side.server_socket import ServerSocket
from befresh_agent.voice.connection import MessageConnection, to_bytes
from befresh_agent.voice.process_side.client import AgentClient
from befresh_agent.voice.protocol import event_of
from befresh_agent.voice.voice_messages import HelloMessage, Message, NameText, StartSession, WakePhraseHeard
from tests.unit.clocks import HandClock


class MainLoop:
    """A server that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[Message] = []
        self.hangs_up_after: int | None = None

    async def welcome(self, connection: MessageConnection, hello: HelloMessage) -> None:
        connection.send(StartSession())
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
async def running(line: AgentClient) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(line.run(lambda _: None))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def line_to(path: Path, clock: Clock | None = None) -> AgentClient:
    return AgentClient(path, HelloMessage("test"), clock or SystemClock())


class Naps(HandClock):
    """Sleeps in no time, and before the second sleep ends something happens."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]] | None = None) -> None:
        super().__init__()
        self.slept: list[float] = []
        self._meanwhile = meanwhile

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) == 2 and self._meanwhile is not None:
            await self._meanwhile()
        await super().sleep(seconds)


async def test_messages_arrive_in_order(tmp_path: Path) -> None:
    main, line = MainLoop(), line_to(tmp_path / "sock")
    async with ServerSocket(tmp_path / "sock", main.welcome, os.getuid()), running(line):
        for number in range(5):
            line.send(NameText(number, (NameHypothesis("사과"),)))
        await main.until_told(NameText(4, (NameHypothesis("사과"),)))
    assert main.told == [HelloMessage("test"), *(NameText(number, (NameHypothesis("사과"),)) for number in range(5))]


async def test_a_message_waits_for_a_main_loop_that_opens_late(tmp_path: Path) -> None:
    main, door = MainLoop(), AsyncExitStack()
    late = ServerSocket(tmp_path / "sock", main.welcome, os.getuid())
    clock = Naps(lambda: door.enter_async_context(late))
    line = line_to(tmp_path / "sock", clock)
    line.send(WakePhraseHeard())
    async with door, running(line):
        await main.until_told(WakePhraseHeard())
    assert len(clock.slept) == 2


async def test_a_lost_connection_is_made_anew(tmp_path: Path) -> None:
    main, line = MainLoop(), line_to(tmp_path / "sock")
    main.hangs_up_after = 2
    async with ServerSocket(tmp_path / "sock", main.welcome, os.getuid()), running(line) as talking:
        line.send(WakePhraseHeard())
        await until(lambda: main.told.count(HelloMessage("test")) == 2)
        line.send(NameText(1, (NameHypothesis("배"),)))
        await main.until_told(NameText(1, (NameHypothesis("배"),)))
        assert not talking.done()


async def test_after_four_attempts_the_main_loop_is_gone(tmp_path: Path) -> None:
    clock = Naps()
    line = line_to(tmp_path / "sock", clock)
    line.send(WakePhraseHeard())
    async with asyncio.timeout(30):
        await line.run(lambda _: None)
    assert clock.slept == pytest.approx([0.1, 0.2, 0.3, 0.4])


async def test_only_its_own_user_may_use_the_socket(tmp_path: Path) -> None:
    main = MainLoop()
    async with ServerSocket(tmp_path / "sock", main.welcome, os.getuid() + 1), asyncio.timeout(90):
        assert stat.S_IMODE((tmp_path / "sock").stat().st_mode) == 0o600
        await line_to(tmp_path / "sock").run(lambda _: None)
    assert main.told == []


@pytest.mark.parametrize(
    "noise",
    [
        b"\x00\xff garbage \n\n\n",
        b'{"type": "detection"}\n',
        b"x" * 1_000_000,
        to_bytes(event_of(HelloMessage("liar"))) + b"garbage\n",
        b"",
    ],
)
async def test_a_hostile_peer_is_dropped_and_nobody_else_notices(tmp_path: Path, noise: bytes) -> None:
    main, line = MainLoop(), line_to(tmp_path / "sock")
    async with ServerSocket(tmp_path / "sock", main.welcome, os.getuid()), running(line):
        await main.until_told(HelloMessage("test"))
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
        line.send(WakePhraseHeard())
        await main.until_told(WakePhraseHeard())
    assert main.told[0] == HelloMessage("test")


async def test_a_peer_that_says_nothing_is_dropped(tmp_path: Path) -> None:
    async with ServerSocket(tmp_path / "sock", MainLoop().welcome, os.getuid(), hello_s=0.1), asyncio.timeout(90):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "sock")
        assert await reader.read() == b""
        writer.close()


async def test_closing_leaves_nothing_behind(tmp_path: Path) -> None:
    main, line = MainLoop(), line_to(tmp_path / "sock")
    async with running(line) as talking:
        async with ServerSocket(tmp_path / "sock", main.welcome, os.getuid()):
            await main.until_told(HelloMessage("test"))
        assert not (tmp_path / "sock").exists()
        async with asyncio.timeout(90):
            await talking
