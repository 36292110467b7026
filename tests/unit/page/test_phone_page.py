"""Phones in the house are let in on the page itself; the user's own settings count first."""

import asyncio
from pathlib import Path

import httpx
import pytest

from befresh_agent.page import door
from befresh_agent.page.phone_access import EVERYWHERE, OwnSettings
from befresh_agent.runtime.event_loop import within
from befresh_agent.settings.model import PageSettings
from tests.unit.page.conftest import Kitchen, Open


async def _let_phones_in(kitchen: Kitchen, on: bool) -> httpx.Response:
    """Chosen on the page, which then listens there."""
    assert kitchen.service.address is not None
    port = kitchen.service.address.rstrip("/").rpartition(":")[2]
    said = await kitchen.browser.post("/phone", data={"on": on})
    async with within(30):
        while kitchen.service.address != f"http://{EVERYWHERE if on else '127.0.0.1'}:{port}/":
            await asyncio.sleep(0.01)
    return said


async def test_phones_come_in_once_they_may_and_with_the_code_alone(kitchen: Kitchen) -> None:
    assert "Let phones in" in (await kitchen.browser.get("/phone")).text
    said = await _let_phones_in(kitchen, True)
    page = (await kitchen.browser.get(said.headers["location"])).text
    assert "<svg" in page[page.index("The address of this page") :]
    assert (await kitchen.browser.get("/")).status_code == 200  # this machine needs no token


async def test_who_is_being_answered_does_not_notice_that_phones_come_and_go(kitchen: Kitchen) -> None:
    async with kitchen.browser.stream("GET", "/events") as stream:
        lines = stream.aiter_lines()
        for on in (True, False, True, False):
            asked = [asyncio.create_task(kitchen.browser.get("/")) for _ in range(6)]
            await _let_phones_in(kitchen, on)
            assert [answer.status_code for answer in await asyncio.gather(*asked)] == [200] * 6
        kitchen.service.watchers.notify(frozenset({"food"}))
        async with within(30):
            while "food" not in await anext(lines):
                pass


async def test_phones_that_are_in_go_when_they_are_kept_out(kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "is_here", lambda host: host == "127.0.0.1")
    await _let_phones_in(kitchen, True)
    phone = httpx.AsyncHTTPTransport(local_address="127.0.0.2")  # the loopback alone is sure to be there
    async with (
        httpx.AsyncClient(base_url=kitchen.browser.base_url, transport=phone) as other,
        other.stream("GET", "/events") as stream,
    ):
        await _let_phones_in(kitchen, False)
        async with within(30):
            with pytest.raises(httpx.HTTPError):
                await stream.aread()


def test_a_choice_is_kept_and_counts_after_the_users_own(tmp_path: Path) -> None:
    own = OwnSettings(tmp_path)
    assert own.in_force(PageSettings()).host == "127.0.0.1"
    own.let_phones_in(True)
    assert OwnSettings(tmp_path).in_force(PageSettings()).host == EVERYWHERE
    assert own.in_force(PageSettings(host="127.0.0.1")).host == "127.0.0.1"
    assert own.in_force(PageSettings(proxies=("127.0.0.1",))).host == "127.0.0.1"
    own.let_phones_in(False)
    assert own.in_force(PageSettings()).host == "127.0.0.1"


@pytest.mark.parametrize("garbled", ["", "{", "[]", '{"phones": "yes"}'])
def test_what_is_garbled_lets_nobody_in(tmp_path: Path, garbled: str) -> None:
    (tmp_path / "page-settings.json").write_text(garbled)
    assert not OwnSettings(tmp_path).phones


async def test_who_set_where_it_listens_is_not_asked(kitchen_with: Open) -> None:
    async with kitchen_with(host="127.0.0.1") as kitchen:
        assert "Let phones in" not in (await kitchen.browser.get("/phone")).text
        assert (await kitchen.browser.post("/phone", data={"on": "true"})).status_code == 404


async def test_manifest_and_icon_need_no_token(kitchen_with: Open) -> None:
    async with kitchen_with(token="always") as kitchen:
        for name, start in (("app.webmanifest", b"{"), ("icon.png", b"\x89PNG")):
            found = await kitchen.browser.get(f"/static/{name}")
            assert found.status_code == 200
            assert found.content.startswith(start)


async def test_pages_travel_compressed_where_the_browser_takes_that(kitchen: Kitchen) -> None:
    for path in ("/", "/static/nothing", "/food"):
        plain = await kitchen.browser.get(path, headers={"accept-encoding": "identity"})
        zipped: httpx.Response = await kitchen.browser.get(path)
        assert "content-encoding" not in plain.headers
        if plain.status_code == 200:
            assert zipped.headers["content-encoding"] == "gzip"
            assert int(zipped.headers["content-length"]) < int(plain.headers["content-length"]) / 2
