"""The page on a phone: its address as a code, and the choice whether phones in the house may come in at all.

The choice is kept beside the token, below the user's file, which is never written to; what the user has set counts
first.
"""

import asyncio
import io
import json
import socket
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from befresh_agent.errors import BefreshError, told
from befresh_agent.page.access_token import AccessToken, asked_for, token_needed
from befresh_agent.page.forms import result_text as tell
from befresh_agent.page.forms import run_form
from befresh_agent.page.page_tabs import PageTabs
from befresh_agent.page.templating import PageRenderer
from befresh_agent.settings.model import PageSettings


def outside() -> str:
    """The address by which other machines of the house reach this one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(("192.0.2.1", 9))  # nothing is sent: the system only chooses the way
            return str(way.getsockname()[0])
        except OSError:
            return socket.gethostname()


_FILE = "page-settings.json"

EVERYWHERE = "0.0.0.0"


class OwnSettings:
    """The file is read anew each time: `befresh-agent page` looks into it as well."""

    def __init__(self, state: Path) -> None:
        self._path = state / _FILE

    @property
    def phones(self) -> bool:
        """Whether phones in the house may come in."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(kept, dict) and kept.get("phones") is True

    def let_phones_in(self, on: bool) -> None:
        """Raises `BefreshError` when that cannot be kept."""
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_text(json.dumps({"phones": on}) + "\n", encoding="utf-8")
            fresh.replace(self._path)
        except OSError as error:
            raise BefreshError(told(error, self._path)) from error

    def may_open(self, page: PageSettings) -> bool:
        """Whether it is for the page to say: the user has not said where it listens, and no proxy stands before it."""
        return "host" not in page.model_fields_set and not token_needed(page.host) and not page.proxies

    def in_force(self, page: PageSettings) -> PageSettings:
        """The page's settings with what was chosen on the page."""
        return page.model_copy(update={"host": EVERYWHERE}) if self.phones and self.may_open(page) else page


_MOVES_AFTER_S = 1.0
"""The answer is on its way before the page listens elsewhere."""


def add(website: FastAPI, desks: PageTabs, looks: PageRenderer) -> None:
    page, own, token = desks.sources.settings.page, OwnSettings(desks.sources.state), AccessToken(desks.sources.state)

    @website.get("/phone", include_in_schema=False)
    async def phone(request: Request, said: str = "", why: str = "") -> HTMLResponse:
        reachable = asked_for(own.in_force(page)) and not page.proxies
        address = f"http://{outside()}:{request.url.port or 80}/?token={token.value()}" if reachable else ""
        code = await asyncio.to_thread(_drawn, address) if address else ""
        return await looks.page(
            request,
            "phone.html",
            code=code,
            may_open=own.may_open(page),
            said=tell(said, why=why),
        )

    @website.post("/phone", include_in_schema=False)
    async def choose(on: Annotated[bool, Form()]) -> Response:
        if not own.may_open(page):
            raise HTTPException(404)

        async def work() -> None:
            own.let_phones_in(on)
            asyncio.get_running_loop().call_later(_MOVES_AFTER_S, desks.moved.set)

        return await run_form(work, "/phone", word="open" if on else "shut")


def _drawn(address: str) -> str:
    """The address as a QR code in SVG."""
    import segno

    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", xmldecl=False, omitsize=True, border=2, light="#fff")
    return out.getvalue().decode()
