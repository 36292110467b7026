"""The door of a page in a network of strangers."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from befresh_agent.page import door, visitors
from befresh_agent.page.access_token import AccessToken
from befresh_agent.page.visitors import LONGEST_S, MOST, MOST_OF_A_PEER, VisitorStage
from befresh_agent.runtime.event_loop import within
from tests.strangers import SAID, Address, Strangers, many_addresses, one_address, strangers
from tests.unit.page.conftest import Kitchen, Open


def files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.fixture
async def kitchen(kitchen_with: Open) -> AsyncIterator[Kitchen]:
    async with kitchen_with(host="0.0.0.0") as kitchen:
        yield kitchen


@pytest.fixture
async def outside(kitchen: Kitchen) -> AsyncIterator[Strangers]:
    with strangers(kitchen.browser.base_url.port or 0) as outside:
        yield outside


@pytest.fixture
async def owner(kitchen: Kitchen, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {AccessToken(tmp_path).value()}", "connection": "close"}
    async with httpx.AsyncClient(base_url=kitchen.browser.base_url, headers=headers, timeout=20) as owner:
        yield owner


@pytest.mark.parametrize("address", [many_addresses, one_address])
async def test_strangers_keep_nobody_out(outside: Strangers, owner: httpx.AsyncClient, address: Address) -> None:
    before = files()
    for said in SAID.values():
        await outside.come(80, said, address)
        assert (await owner.get("/food")).status_code == 200
    most = MOST_OF_A_PEER if address is one_address else MOST
    assert files() - before - len(outside.held) <= most + 2
    assert outside.still_in() <= most


async def test_nobody_stays_as_long_as_they_like(outside: Strangers, monkeypatch: pytest.MonkeyPatch) -> None:
    for stage in LONGEST_S:
        monkeypatch.setitem(visitors.LONGEST_S, stage, 0.5)
    for said in SAID.values():
        await outside.come(2, said, many_addresses)
    await outside.come(2, SAID["half of the headers"], many_addresses, half_closed=True)
    async with within(30):
        while outside.still_in():
            outside.drip()
            await asyncio.sleep(0.1)


async def test_who_does_not_take_the_answer_is_shown_out(
    outside: Strangers, owner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(visitors.LONGEST_S, VisitorStage.DEAF, 0.5)
    asked = b"GET /static/page.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 200
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", outside.port))
        deaf.setblocking(False)
        async with within(60):
            with contextlib.suppress(ConnectionError):
                while True:
                    with contextlib.suppress(BlockingIOError):
                        deaf.send(asked)
                    await asyncio.sleep(0.05)
    assert (await owner.get("/food")).status_code == 200


async def test_the_last_files_are_kept_for_others(
    kitchen: Kitchen, owner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (door.most(1024), door.first_kept(1024)) == (MOST, 896)
    assert (door.most(64), door.first_kept(64)) == (8, 48)
    serving = door.ConnectionGate._receive

    def short(self: door.ConnectionGate, connected: socket.socket, peer: str) -> None:
        self._first_kept = connected.fileno()
        serving(self, connected, peer)

    monkeypatch.setattr(door.ConnectionGate, "_receive", short)
    refused = await owner.get("/food")
    assert (refused.status_code, refused.text) == (503, "too many connections are open\n")
    monkeypatch.undo()


async def test_a_machine_that_is_short_of_files_lets_in_again_later(
    owner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, accept = iter([True] * 3), socket.socket.accept

    def accepted(self: socket.socket) -> object:
        if next(short, False):
            raise OSError(errno.EMFILE, "Too many open files")
        return accept(self)

    monkeypatch.setattr(socket.socket, "accept", accepted)
    assert (await owner.get("/food")).status_code == 200
    assert next(short, None) is None


async def test_turning_away_is_a_line_a_minute(outside: Strangers, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for said in SAID.values():
        await outside.come(40, said, one_address)
    await asyncio.sleep(1.5)
    [line] = [record.getMessage() for record in caplog.records if record.name != "httpx"]
    assert line.startswith("connections turned away: ")
    assert line.endswith("from 127.9.9.9")


async def test_whoever_is_turned_away_is_named_on_the_page(
    kitchen: Kitchen, outside: Strangers, owner: httpx.AsyncClient
) -> None:
    assert (await owner.get("/api/v1/health")).json()["turned_away"] == []
    await outside.come(60, b"", one_address)
    [one] = (await owner.get("/api/v1/health")).json()["turned_away"]
    assert (one["peer"], one["why"]) == ("127.9.9.9", "too many connections")
    assert 60 - one["count"] <= visitors.MOST_OF_A_PEER
    assert "127.9.9.9" in (await owner.get("/health")).text


async def test_head_is_answered_like_get_but_for_the_body(owner: httpx.AsyncClient) -> None:
    for path in ("/", "/food", "/healthz", "/api/v1/now", "/static/page.css", "/nowhere", "/api/v1/readings.csv"):
        head, get = await owner.head(path), await owner.get(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
        varying = {"date", "content-length"}  # ages change
        assert {n: v for n, v in head.headers.items() if n not in varying} == {
            n: v for n, v in get.headers.items() if n not in varying
        }
    async with within(10):
        stream = await owner.head("/events")
    assert (stream.status_code, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


async def test_monitors_need_no_token_and_learn_nothing_else(kitchen: Kitchen) -> None:
    for method in ("GET", "HEAD"):
        answer = await kitchen.browser.request(method, "/healthz", headers={"host": "monitor.example"})
        assert answer.status_code == 200
        assert answer.text in ("", '{"ok":true}')
    kitchen.seen.unwell.append("relay")
    assert (await kitchen.browser.get("/healthz")).text == '{"ok":false}'


async def test_what_many_ask_at_once_the_database_is_asked_once(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, letters = 0, kitchen.service._sources.letters
    standing = type(letters).status

    async def counted(self: object) -> object:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.5)
        return await standing(letters)

    monkeypatch.setattr(type(letters), "status", counted)
    answers = await asyncio.gather(*(kitchen.browser.get("/healthz") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert asked <= 3
