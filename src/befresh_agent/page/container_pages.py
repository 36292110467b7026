"""The pages of the containers, and the forms on them."""

from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import FastAPI, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from befresh_agent.errors import InvalidValue
from befresh_agent.page import statics
from befresh_agent.page.container_desk import WINDOWS, ContainerDesk, Window
from befresh_agent.page.container_models import Container
from befresh_agent.page.looks import Looks

SAID = {
    "renamed": "Saved.",
    "removed": "Taken off the roster. Show its code to the camera to bring it back.",
    "asked": "It is read next.",
    "long": "That did not work: {why}",
}


def add(website: FastAPI, desk: ContainerDesk, looks: Looks) -> None:
    _add_pages(website, desk, looks)
    _add_forms(website, desk)


def _add_pages(website: FastAPI, desk: ContainerDesk, looks: Looks) -> None:
    @website.get("/containers", include_in_schema=False)
    async def containers(request: Request, said: str = "") -> HTMLResponse:
        found = await desk.list()
        return await looks.page(request, "containers.html", containers=found.containers, said=_said(said, ""))

    @website.get("/containers/{address}", include_in_schema=False)
    async def container(
        request: Request, address: str, window: Window = "24h", said: str = "", why: str = ""
    ) -> HTMLResponse:
        found = await _known(desk, address)
        charts = await desk.charts(found, window, looks.language(request))
        return await looks.page(
            request,
            "containers_one.html",
            container=found,
            charts=charts,
            tab="containers",
            today=desk.today(),
            windows=tuple(WINDOWS),
            window=window,
            said=_said(said, why),
        )

    @website.get("/containers/{address}/sheet", include_in_schema=False)
    async def sheet(request: Request, address: str, day: Annotated[date | None, Query()] = None) -> HTMLResponse:
        found = await _known(desk, address)
        html = await desk.sheet(found, day, looks.language(request), statics.address("sheet.css"))
        return HTMLResponse(html, headers={"cache-control": "no-store"})


def _add_forms(website: FastAPI, desk: ContainerDesk) -> None:
    @website.post("/containers/{address}/name", include_in_schema=False)
    async def rename(address: str, name: Annotated[str, Form(max_length=1000)] = "") -> Response:
        found = await _known(desk, address)
        try:
            await desk.rename(found, name)
        except InvalidValue as error:
            return _back(found, "long", str(error))
        return _back(found, "renamed")

    @website.post("/containers/{address}/read", include_in_schema=False)
    async def read(address: str) -> Response:
        found = await _known(desk, address)
        desk.read_now(found)
        return _back(found, "asked")

    @website.post("/containers/{address}/remove", include_in_schema=False)
    async def remove(address: str) -> Response:
        await desk.remove(await _known(desk, address))
        return RedirectResponse("/containers?said=removed", 303)


async def _known(desk: ContainerDesk, address: str) -> Container:
    found = await desk.find(address)
    if found is None:
        raise HTTPException(404)
    return found


def _said(code: str, why: str) -> tuple[str, dict[str, str | None]] | None:
    return (SAID[code], {"why": why}) if code in SAID else None


def _back(container: Container, said: str, why: str = "") -> Response:
    return RedirectResponse(f"/containers/{container.address}?said={said}&why={quote(why[:300])}", 303)
