"""A person with nothing but a browser: the dry run, played by hand over HTTP."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from befresh_agent.runtime.event_loop import within
from tests.agent.program import Program, started

PICTURES = Path("config/scenarios/pictures")
STRAWBERRIES = "FB:89:EB:22:95:84"


class LikeBrowsers(httpx.AsyncHTTPTransport):
    """Asks once more where a connection that was kept open has been closed meanwhile."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            return await super().handle_async_request(request)


class Browser:
    """Plays, and looks until it sees what it waits for."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def do(self, what: str, value: str = "", *, on: bool = True) -> None:
        answer = await self.http.post("/api/v1/play", json={"do": what, "what": value, "on": on})
        assert answer.status_code == 204, answer.text

    async def json(self, path: str) -> Any:
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def until(self, path: str, *, shows: str) -> str:
        async with within(60):
            while shows not in (page := (await self.http.get(path)).text):
                await asyncio.sleep(0.05)
        return page

    async def until_stage(self, stage: str) -> None:
        async with within(60):
            while (await self.json("/api/v1/now"))["stage"] != stage:
                await asyncio.sleep(0.05)

    async def register(self, name: str, *shown: str) -> None:
        """Show it, wait to be asked, and say what it is."""
        await self.do(*shown)
        await self.until_stage("listening")
        await self.until("/api/v1/now", shows='"cue":"speak"')
        await asyncio.sleep(0.8)  # nobody answers before the tone has ended
        await self.do("say", name)
        await self.until("/api/v1/now", shows=f'"name":"{name}"')
        await self.do("away")


@contextlib.asynccontextmanager
async def by_hand() -> AsyncIterator[tuple[Program, Browser]]:
    async with started("run", "--dry-run", "--by-hand", "--verbose") as program:
        line = await program.until("page is ready")
        address = re.search(r"http://\S+", line)
        assert address is not None
        async with httpx.AsyncClient(base_url=address[0], timeout=30, transport=LikeBrowsers()) as http:
            yield program, Browser(http)


@pytest.mark.slow
async def test_four_foods_one_without_a_name_a_container_that_turns_and_an_outage() -> None:
    async with by_hand() as (program, browser):
        await browser.do("press")
        await browser.until("/play", shows="Show food to the camera")
        await browser.register("우유", "show", "milk")
        await browser.register("딸기", "show", STRAWBERRIES)
        await browser.register("사과", "say", "일반 등록")
        upload = await browser.http.post(
            "/play/picture", files={"picture": ("tofu.jpg", (PICTURES / "tofu.jpg").read_bytes())}
        )
        assert upload.headers["location"] == "/play"
        await browser.until("/api/v1/now", shows='"name":null')  # nobody answers three times
        await browser.do("break", "broker")
        await browser.do("press")
        await browser.until("/delivery", shows="The broker is out of reach")
        await browser.do("break", "broker", on=False)
        await browser.until("/delivery", shows="Everything is delivered")
        boxes = await browser.json("/api/v1/containers")
        assert [box["food"] for box in boxes if box["trend"]["state"] == "rising"] == ["고등어"]
        unnamed = (await browser.json("/api/v1/foods?shelf=unnamed"))["items"]
        assert [(one["use_by"], one["told"]) for one in unnamed] == [("2030-01-20", "unnamed")]
        await browser.http.post(f"/food/{unnamed[0]['id']}", data={"name": "두부"})
        async with within(90):
            while (await browser.json("/api/v1/messages"))["delivery"]["waiting"]:
                await asyncio.sleep(0.05)
        sent = (await browser.http.get("/api/v1/messages.jsonl")).text
        assert all(f'"name": "{name}"' in sent for name in ("우유", "딸기", "사과", "두부"))
        program.terminate()
        assert await program.ended() == 0


@pytest.mark.slow
async def test_hostile_pictures_do_no_harm() -> None:
    async with by_hand() as (_, browser):
        for content in (b"GIF89a" + b"\xff" * 1000, b"\x89PNG\r\n\x1a\n" + b"\0" * 50, b"x" * 100):
            answer = await browser.http.post("/play/picture", files={"picture": ("x.jpg", content)})
            assert "said=failed" in answer.headers["location"]
        huge = await browser.http.post("/play/picture", content=b"x" * (13 * 1024 * 1024))
        assert huge.status_code == 413
        assert (await browser.json("/healthz"))["ok"]
