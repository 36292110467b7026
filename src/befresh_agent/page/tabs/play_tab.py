"""The tab "Fridge" of a dry run: the person's part, played in the browser."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Form, HTTPException, Request, Response, UploadFile
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from befresh_agent.domain.container import parse_address
from befresh_agent.domain.trigger import Press
from befresh_agent.errors import InvalidValue
from befresh_agent.page.forms import result_text, run_form
from befresh_agent.page.models import ErrorDetail
from befresh_agent.page.page_tabs import PageTabs
from befresh_agent.page.templating import PageRenderer
from befresh_agent.ports.playground import Breakable, FridgePlayground

PICTURE_PATH = "/play/picture"
LARGEST_PICTURE = 12 * 1024 * 1024
"""Bytes."""
_PLAY = "/play"
_TROUBLE: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorDetail, "description": "The body cannot be read."},
    422: {"model": ErrorDetail, "description": "It cannot be."},
}

Text = Annotated[str, Form(max_length=1000)]


class PlayAction(BaseModel):
    """Something a person does in the simulated world."""

    do: Literal[
        "press", "double", "hold", "help", "show", "label", "away", "say", "come", "leave", "carry", "break", "speed"
    ]
    what: Annotated[str, Field(max_length=1000)] = ""
    """Which sample, day, words, container or device; how fast."""
    on: bool = True
    """For `carry`: away; for `break`: broken."""


def add(website: FastAPI, desks: PageTabs, looks: PageRenderer) -> None:
    """Nothing where there is no world to play with."""
    if (playground := desks.sources.playground) is None:
        return

    @website.get(_PLAY, include_in_schema=False)
    async def play(request: Request) -> HTMLResponse:
        return await looks.page(
            request,
            "play.html",
            now=await desks.now.now(looks.language(request)),
            delivery=await desks.delivery.delivery(),
            world=playground.state(),
            samples=playground.samples(),
            phrase=desks.sources.settings.voice.phrase,
            said=result_text(request.query_params.get("said", ""), why=request.query_params.get("why", "")),
        )

    @website.post("/play/do", include_in_schema=False)
    async def act(do: Text, what: Text = "", on: Annotated[bool, Form()] = True) -> Response:
        try:
            wanted = PlayAction.model_validate({"do": do, "what": what, "on": on})
        except ValueError as error:
            raise HTTPException(422) from error
        return await run_form(lambda: _do(playground, desks, wanted), _PLAY)

    @website.post("/api/v1/play", tags=["dry run"], status_code=204, responses=_TROUBLE)
    async def api_act(act: PlayAction) -> None:
        """Do something in the simulated world."""
        await _do(playground, desks, act)

    @website.post(PICTURE_PATH, include_in_schema=False)
    async def picture(picture: UploadFile) -> Response:
        content = await picture.read()
        return await run_form(lambda: _show(playground, desks, content, picture.filename or ""), _PLAY)


async def _show(playground: FridgePlayground, desks: PageTabs, content: bytes, name: str) -> None:
    await playground.show_picture(content, name)
    desks.watchers.notify(frozenset({"play"}))


async def _do(playground: FridgePlayground, desks: PageTabs, act: PlayAction) -> None:
    match act.do:
        case "press" | "double" | "hold" | "help":
            await playground.press(Press.SHORT if act.do == "press" else Press(act.do))
        case "show":
            await playground.show(act.what)
        case "label":
            await playground.show_label(_day(act.what))
        case "away":
            playground.put_down()
        case "say":
            playground.say(act.what)
        case "come" | "leave":
            playground.stand(act.do == "come")
        case "carry":
            playground.carry(parse_address(act.what), act.on)
        case "break":
            playground.set_broken(_device(playground, act.what), act.on)
        case "speed":
            playground.set_speed(_number(act.what))
    desks.watchers.notify(frozenset({"play"}))


def _device(playground: FridgePlayground, what: str) -> Breakable:
    found = next((device for device in playground.state().breakable if device == what), None)
    if found is None:
        raise InvalidValue(f"{what[:40]!r} cannot be broken here")
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidValue(f"{text[:40]!r} is no day") from error


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InvalidValue(f"{text[:40]!r} is no number") from error
