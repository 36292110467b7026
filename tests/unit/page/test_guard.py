import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from befresh_agent.page.access_token import AccessToken
from befresh_agent.runtime.event_loop import within
from tests.unit.page.conftest import Kitchen, Open


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8480", "LOCALHOST:1", "localhost", "[::1]:8480", "10.0.0.7", "my.fridge:80"]
)
async def test_addresses_and_known_names_may_be_asked_for(kitchen_with: Open, host: str) -> None:
    async with kitchen_with(names=("my.fridge",)) as kitchen:
        assert (await kitchen.browser.get("/", headers={"host": host})).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "127.0.0.1.evil.example", "[::"])
async def test_a_name_that_somebody_else_controls_leads_nowhere(kitchen: Kitchen, host: str) -> None:
    answer = await kitchen.browser.get("/", headers={"host": host})
    assert answer.status_code in (400, 421)
    assert "fridge 17" not in answer.text.lower()


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_other_sites_cannot_push_the_button(kitchen: Kitchen, headers: dict[str, str]) -> None:
    answer = await kitchen.browser.post("/press", data={"press": "short"}, headers=headers)
    assert answer.status_code == 403
    assert kitchen.seen.presses == []


async def test_our_own_page_can(kitchen: Kitchen) -> None:
    own = {"origin": str(kitchen.browser.base_url).rstrip("/"), "sec-fetch-site": "same-origin"}
    assert (await kitchen.browser.post("/press", data={"press": "double"}, headers=own)).status_code == 303
    assert kitchen.seen.presses == ["double"]


async def test_every_answer_forbids_what_no_page_of_ours_needs(kitchen: Kitchen) -> None:
    for path in ("/", "/food", "/nowhere", "/api/v1/now", "/static/page.css"):
        headers = (await kitchen.browser.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers


async def test_bodies_are_bounded_announced_or_not(kitchen: Kitchen) -> None:
    large = b"x" * 100_000
    announced = await kitchen.browser.post("/api/v1/press", content=large)
    assert announced.status_code == 413

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield large

    unannounced = await kitchen.browser.post("/api/v1/press", content=pieces())
    assert unannounced.status_code >= 400
    assert kitchen.seen.presses == []


async def test_a_form_cannot_send_the_browser_elsewhere(kitchen: Kitchen) -> None:
    item = await kitchen.register("사과")
    for place in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        answer = await kitchen.browser.post(f"/food/{item.id}/gone", data={"back": place})
        assert answer.headers["location"].startswith("/?said=")


async def test_beyond_this_machine_a_token_is_asked_for(kitchen_with: Open, tmp_path: Path) -> None:
    async with kitchen_with(host="0.0.0.0") as kitchen:
        for path in ("/", "/api/v1/now", "/events"):
            refused = await kitchen.browser.get(path)
            assert refused.status_code == 401
            assert "befresh-agent page --qr" in refused.text
        token = AccessToken(tmp_path).value()
        assert stat.S_IMODE((tmp_path / "page-token").stat().st_mode) == 0o600
        by_header = await kitchen.browser.get("/api/v1/now", headers={"authorization": f"Bearer {token}"})
        assert by_header.status_code == 200
        first = await kitchen.browser.get(f"/food?shelf=soon&token={token}")
        assert first.status_code == 303
        assert first.headers["location"] == "/food?shelf=soon"
        assert {"HttpOnly", "SameSite=Lax"} <= set(first.headers["set-cookie"].split("; "))
        assert (await kitchen.browser.get("/food")).status_code == 200
        AccessToken(tmp_path).renew()
        assert (await kitchen.browser.get("/food")).status_code == 401


async def test_guessing_tokens_soon_ends(kitchen_with: Open, tmp_path: Path) -> None:
    async with kitchen_with(host="0.0.0.0") as kitchen:
        guesses = [(await kitchen.browser.get(f"/?token=guess{number}")).status_code for number in range(12)]
        assert guesses == [401] * 10 + [429] * 2
        port = kitchen.browser.base_url.port
        elsewhere = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", transport=elsewhere) as other:
            assert (await other.get("/?token=guess")).status_code == 401
        right = await kitchen.browser.get(f"/?token={AccessToken(tmp_path).value()}")
        assert right.status_code == 303


async def test_streams_are_counted(kitchen: Kitchen) -> None:
    async with within(90), asyncio.TaskGroup() as group:
        kitchen.service.watchers.most = 2
        held = [asyncio.Event() for _ in range(2)]
        release = asyncio.Event()

        async def hold(opened: asyncio.Event) -> None:
            browser = httpx.AsyncClient(base_url=kitchen.browser.base_url)
            async with browser, browser.stream("GET", "/events") as stream:
                await anext(stream.aiter_lines())
                opened.set()
                await release.wait()

        for opened in held:
            group.create_task(hold(opened))
        for opened in held:
            await opened.wait()
        assert (await kitchen.browser.get("/events")).status_code == 503
        release.set()


async def test_strangers_send_no_photo(kitchen_with: Open) -> None:
    """They are asked for the token before anything of their photo is taken in."""
    async with kitchen_with(token="always") as kitchen:
        for path in ("/photo", "/api/v1/photos"):
            assert (await kitchen.browser.post(path, content=bytes(1_000_000))).status_code == 401
        assert kitchen.vision.pids == []
