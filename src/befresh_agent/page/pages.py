"""The pages, and the forms on them. A form does its work, then sends the browser back with a word on how it went."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import FastAPI, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from befresh_agent.domain.stock import Shelf, Told
from befresh_agent.errors import BefreshError
from befresh_agent.page.desks import Desks
from befresh_agent.page.food_desk import PAGE
from befresh_agent.page.looks import Looks
from befresh_agent.page.models import Changed, Food, FoodChange, Pressed

SAID = {
    "named": "Named: {name}. The service is told now.",
    "here": "Saved here. The service was already told; it does not hear of this change.",
    "saved": "Saved.",
    "gone-told": "Taken off the list here. The service was already told of it; take it off there as well.",
    "gone": "Taken off the list. The service never hears of it.",
    "back": "Back on the list.",
    "pressed": "The button was pressed.",
    "failed": "That did not work: {why}",
}
"""What a page says after a form was sent."""

Text = Annotated[str, Form(max_length=1000)]
MaybeText = Annotated[str | None, Form(max_length=1000)]
"""None where the form has no such field."""


def add(website: FastAPI, desks: Desks, looks: Looks) -> None:
    _add_pages(website, desks, looks)
    _add_forms(website, desks)


def not_found(looks: Looks) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The answer where nothing is: words for programs, a page for people."""

    async def missing(request: Request, error: Exception) -> Response:
        if request.url.path.startswith("/api/"):
            return JSONResponse({"detail": getattr(error, "detail", "Not Found")}, 404)
        return await looks.page(request, "missing.html", 404)

    return missing


def _add_pages(website: FastAPI, desks: Desks, looks: Looks) -> None:
    @website.get("/", include_in_schema=False)
    async def now(request: Request, said: str = "", why: str = "") -> HTMLResponse:
        phrase = desks.sources.settings.voice.phrase
        return await looks.page(request, "now.html", now=desks.now.now(), phrase=phrase, said=_said(said, why=why))

    @website.get("/food", include_in_schema=False)
    async def food(
        request: Request,
        shelf: Shelf = Shelf.ALL,
        search: Annotated[str, Query(max_length=100)] = "",
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        said: str = "",
        item: str = "",
        why: str = "",
    ) -> HTMLResponse:
        foods = await desks.food.list(shelf, search, offset)
        changed = await desks.food.find(item) if item else None
        return await looks.page(
            request,
            "food.html",
            foods=foods,
            size=PAGE,
            shelves=tuple(Shelf),
            said=_said(said, why=why, name=changed.name if changed else ""),
            undo=changed if changed and changed.gone_at else None,
        )


def _add_forms(website: FastAPI, desks: Desks) -> None:
    @website.post("/press", include_in_schema=False)
    async def press(press: Annotated[Literal["short", "double", "hold"], Form()]) -> Response:
        desks.now.press(Pressed(press=press))
        return _back("/", said="pressed")

    @website.post("/food/{item}", include_in_schema=False)
    async def change(item: str, back: Text = "/food", name: Text = "", use_by: MaybeText = None) -> Response:
        food = await _known(desks, item)

        async def work() -> Changed:
            day: date | Literal[""] | None = date.fromisoformat(use_by) if use_by else "" if use_by == "" else None
            return await desks.food.change(food, FoodChange(name=name if name.strip() else None, use_by=day))

        return await _tried(work, back, item, "named" if food.told is not Told.SENT and not food.name else _kept(food))

    @website.post("/food/{item}/gone", include_in_schema=False)
    async def take_away(item: str, back: Text = "/food") -> Response:
        food = await _known(desks, item)
        said = "gone-told" if food.told is Told.SENT else "gone"
        return await _tried(lambda: desks.food.take_away(food), back, item, said)

    @website.post("/food/{item}/back", include_in_schema=False)
    async def bring_back(item: str, back: Text = "/food") -> Response:
        food = await _known(desks, item)
        return await _tried(lambda: desks.food.bring_back(food), back, item, "back")


async def _known(desks: Desks, item: str) -> Food:
    food = await desks.food.find(item)
    if food is None:
        raise HTTPException(404)
    return food


def _kept(food: Food) -> str:
    return "here" if food.told is Told.SENT else "saved"


async def _tried(work: Callable[[], Awaitable[object]], back: str, item: str, said: str) -> Response:
    try:
        await work()
    except (BefreshError, ValueError) as error:
        return _back(back, said="failed", why=str(error)[:300])
    return _back(back, said=said, item=item)


def _said(code: str, **values: str | None) -> tuple[str, dict[str, str | None]] | None:
    """The sentence to show, and its values."""
    return (SAID[code], values) if code in SAID else None


def _back(place: str, **words: str) -> Response:
    """To a page of ours, whatever the form says."""
    path = place if place.startswith("/") and not place.startswith(("//", "/\\")) else "/"
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}{urlencode(words)}", 303)
