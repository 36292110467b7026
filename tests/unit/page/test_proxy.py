"""nginx before the page, as docs/page.md tells it: the whole site under a path, forms, live changes, the token."""

import asyncio
import contextlib
import re
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from befresh_agent.page.access_token import AccessToken
from befresh_agent.runtime.event_loop import within
from tests.ports import free_port
from tests.unit.page.conftest import Kitchen, Open

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.browser  # with what that one needs, nginx comes

DOCS = Path(__file__).parents[3] / "docs" / "page.md"
AROUND = """daemon off; worker_processes 1; pid {folder}/pid; error_log stderr error;
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
server {{ listen 127.0.0.1:{port}; {location} }} }}"""
NAMED = {"host": "kitchen.example"}


@contextlib.asynccontextmanager
async def nginx(folder: Path, location: str) -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, port=port, location=location))
    process = await asyncio.create_subprocess_exec(
        str(NGINX), "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")
    )
    try:
        async with within(20):
            while True:
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                await asyncio.sleep(0.05)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=NAMED, timeout=20) as browser:
            yield browser
    finally:
        process.terminate()
        await process.wait()


def documented(kitchen: Kitchen) -> str:
    """The location of the documentation, with this page's port."""
    found = re.search(r"```nginx\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found is not None
    return found[1].replace("8480", str(kitchen.browser.base_url.port))


@pytest.fixture
async def behind(kitchen_with: Open, tmp_path: Path) -> AsyncIterator[tuple[Kitchen, httpx.AsyncClient]]:
    settings = {"proxies": ("127.0.0.1",), "names": ("kitchen.example",)}
    async with kitchen_with(**settings) as kitchen, nginx(tmp_path, documented(kitchen)) as browser:
        yield kitchen, browser


async def test_a_household_uses_the_page_behind_a_proxy(
    behind: tuple[Kitchen, httpx.AsyncClient], tmp_path: Path
) -> None:
    kitchen, browser = behind
    assert (await browser.get("/fridge/food")).status_code == 401
    first = await browser.get(f"/fridge/food?token={AccessToken(tmp_path).value()}")
    assert (first.status_code, first.headers["location"]) == (303, "/fridge/food")
    assert "Path=/fridge/" in first.headers["set-cookie"]
    cookie = {"cookie": first.headers["set-cookie"].partition(";")[0]}
    page = await browser.get("/fridge/food", headers=cookie)
    found = set(re.findall(r'(?:href|src)="(/[^"]*)"', page.text))
    assert all(address.startswith("/fridge/") for address in found)
    for address in found:
        assert (await browser.get(address, headers=cookie)).status_code == 200, address
    own = {**cookie, "origin": "http://kitchen.example"}
    pressed = await browser.post("/fridge/press", data={"press": "short"}, headers=own)
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/fridge/")
    other = {**cookie, "origin": "http://evil.example"}
    assert (await browser.post("/fridge/press", data={"press": "short"}, headers=other)).status_code == 403
    assert kitchen.seen.presses == ["short"]
    async with within(10), browser.stream("GET", "/fridge/events", headers=cookie) as stream:
        lines = stream.aiter_lines()
        assert [await anext(lines) for _ in range(2)] == ["retry: 2000", "data: hello"]


async def test_a_proxy_that_nobody_named_opens_the_page_to_nobody(kitchen_with: Open, tmp_path: Path) -> None:
    plain = "location / {{ proxy_pass http://127.0.0.1:{}; proxy_set_header X-Forwarded-For $remote_addr; }}"
    async with kitchen_with() as kitchen:
        async with nginx(tmp_path, plain.format(kitchen.browser.base_url.port)) as browser:
            assert (await browser.get("/food")).status_code == 401
        assert (await kitchen.browser.get("/food")).status_code == 200
