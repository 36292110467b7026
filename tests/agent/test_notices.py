"""The whole program tells a real receiver: kill -9 neither loses nor repeats a notice, and what was seen stays seen."""

import asyncio
import contextlib
import json
import os
import re
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from befresh_agent.runtime.event_loop import within
from tests.agent.program import Program, started
from tests.agent.test_page import Browser
from tests.receiver import Receiver

_FAST = "20"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


@contextlib.asynccontextmanager
async def telling(**wishes: str) -> AsyncIterator[tuple[Program, Browser]]:
    arguments = ("run", "--dry-run", "--by-hand", "--verbose", "--speed", _FAST)
    async with started(*arguments, REFRIGERATOR_ID="17", BEFRESH_NOTIFY_LANGUAGE="en", **wishes) as program:
        address = re.search(r"http://\S+", await program.until("page is ready"))
        assert address is not None
        async with httpx.AsyncClient(base_url=address[0], timeout=30) as http:
            yield program, Browser(http)


async def count(receiver: Receiver, title: str, least: int) -> None:
    async with within(250):
        while Counter(title for title, _ in receiver.got)[title] < least:
            await asyncio.sleep(0.1)


async def until_kept_as_sent() -> None:
    """What is killed between a receiver's answer and the card's tells it once more."""
    (file,) = Path(os.environ["XDG_STATE_HOME"]).rglob("agent.db")
    async with within(60):
        while _kept(file)["waiting"]:
            await asyncio.sleep(0.1)


def _kept(file: Path) -> dict[str, list[object]]:
    with contextlib.closing(sqlite3.connect(file)) as database:
        [(text,)] = database.execute("SELECT value FROM meta WHERE key = 'notices'")
    return dict(json.loads(text))


@pytest.mark.slow
@pytest.mark.timeout(500)  # half an hour of the fridge's, at its fastest
@pytest.mark.usefixtures("unmeasured_programs")  # measuring doubles the time; others go the same ways
async def test_a_killed_agent_repeats_nothing_and_what_was_seen_stays_seen(receiver: Receiver) -> None:
    wishes = {"BEFRESH_SECRETS_NOTIFY_URLS": receiver.url, "BEFRESH_NOTIFY_DIGEST_HOUR": "0"}
    async with telling() as (program, browser):
        await browser.http.post("/api/v1/foods", json={"name": "우유", "use_by": "2020-01-02"})
        await asyncio.sleep(4)
        program.kill()
    assert receiver.got == []  # nobody said who is to be told
    async with telling(**wishes) as (program, browser):
        await count(receiver, "Fridge 17: eat soon", 1)
        assert "우유: past its day" in receiver.got[0][1]
        await browser.do("break", "radio")
        await count(receiver, "Fridge 17: have a look", 1)
        assert receiver.got[-1] == ("Fridge 17: have a look", "Bluetooth does not work: containers are not measured.")
        await until_kept_as_sent()
        assert [one["key"] for one in (await browser.json("/api/v1/today"))["alarms"]] == ["radio"]
        assert "I have seen it" in (await browser.http.get("/")).text
        program.kill()
    async with telling(**wishes) as (program, browser):
        await browser.do("break", "radio")
        await browser.until("/api/v1/today", shows='"key":"radio"')
        await browser.http.post("/alarms/seen", data={"key": "radio"})
        assert (await browser.json("/api/v1/today"))["alarms"] == []
        await asyncio.sleep(10)  # minutes of the fridge's
        program.kill()
    assert Counter(title for title, _ in receiver.got) == {"Fridge 17: eat soon": 1, "Fridge 17: have a look": 1}
