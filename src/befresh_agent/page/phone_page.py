"""The page on a phone: its address as a code, and the choice whether phones in the house may come in at all."""

import asyncio
import io
from typing import Annotated

from fastapi import FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from befresh_agent.page.access_token import AccessToken, asked_for
from befresh_agent.page.forms import result_text as tell
from befresh_agent.page.forms import run_form
from befresh_agent.page.page_tabs import PageTabs
from befresh_agent.page.phone_access import OwnSettings, outside
from befresh_agent.page.templating import PageRenderer


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
            desks.moved.set()

        return await run_form(work, "/phone", word="open" if on else "shut")


def _drawn(address: str) -> str:
    """The address as a QR code in SVG."""
    import segno

    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", xmldecl=False, omitsize=True, border=2, light="#fff")
    return out.getvalue().decode()
