"""The pages, and the forms on them. A form does its work, then sends the browser back with a word on how it went."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Literal

from fastapi import FastAPI, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from befresh_agent.domain.stock import Shelf, Told
from befresh_agent.page.answers import back_to, tried
from befresh_agent.page.answers import said as tell
from befresh_agent.page.container_desk import RANGES
from befresh_agent.page.delivery_desk import PAGE as MESSAGES
from befresh_agent.page.delivery_desk import MessageState
from befresh_agent.page.desks import Desks
from befresh_agent.page.food_desk import PAGE
from befresh_agent.page.looks import Looks
from befresh_agent.page.models import Changed, Food, FoodChange, Pressed
from befresh_agent.page.models_boxes import Box

Text = Annotated[str, Form(max_length=1000)]
MaybeText = Annotated[str | None, Form(max_length=1000)]
"""None where the form has no such field."""


def add(website: FastAPI, desks: Desks, looks: Looks) -> None:
    _add_now(website, desks, looks)
    _add_food(website, desks, looks)
    _add_food_forms(website, desks)
    _add_containers(website, desks, looks)
    _add_delivery(website, desks, looks)


def not_found(looks: Looks) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The answer where nothing is: words for programs, a page for people."""

    async def missing(request: Request, error: Exception) -> Response:
        if request.url.path.startswith("/api/"):
            return JSONResponse({"detail": getattr(error, "detail", "Not Found")}, 404)
        return await looks.page(request, "missing.html", 404)

    return missing


def _add_now(website: FastAPI, desks: Desks, looks: Looks) -> None:
    @website.get("/", include_in_schema=False)
    async def now(request: Request, said: str = "", why: str = "") -> HTMLResponse:
        phrase = desks.sources.settings.voice.phrase
        return await looks.page(request, "now.html", now=desks.now.now(), phrase=phrase, said=tell(said, why=why))

    @website.post("/press", include_in_schema=False)
    async def press(press: Annotated[Literal["short", "double", "hold"], Form()]) -> Response:
        desks.now.press(Pressed(press=press))
        return back_to("/", said="pressed")


def _add_food(website: FastAPI, desks: Desks, looks: Looks) -> None:
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
            said=tell(said, why=why, name=changed.name if changed else ""),
            undo=changed if changed and changed.gone_at else None,
        )


def _add_food_forms(website: FastAPI, desks: Desks) -> None:
    @website.post("/food/{item}", include_in_schema=False)
    async def change(item: str, back: Text = "/food", name: Text = "", use_by: MaybeText = None) -> Response:
        food = await _known(desks, item)

        async def work() -> Changed:
            day: date | Literal[""] | None = date.fromisoformat(use_by) if use_by else "" if use_by == "" else None
            return await desks.food.change(food, FoodChange(name=name if name.strip() else None, use_by=day))

        return await tried(work, back, item, "named" if food.told is not Told.SENT and not food.name else _kept(food))

    @website.post("/food/{item}/gone", include_in_schema=False)
    async def take_away(item: str, back: Text = "/food") -> Response:
        food = await _known(desks, item)
        said = "gone-told" if food.told is Told.SENT else "gone"
        return await tried(lambda: desks.food.take_away(food), back, item, said)

    @website.post("/food/{item}/back", include_in_schema=False)
    async def bring_back(item: str, back: Text = "/food") -> Response:
        food = await _known(desks, item)
        return await tried(lambda: desks.food.bring_back(food), back, item, "back")


def _add_containers(website: FastAPI, desks: Desks, looks: Looks) -> None:
    @website.get("/containers", include_in_schema=False)
    async def containers(request: Request, said: str = "", why: str = "") -> HTMLResponse:
        boxes = await desks.containers.list()
        return await looks.page(request, "containers.html", boxes=boxes, said=tell(said, why=why))

    @website.get("/containers/{address}", include_in_schema=False)
    async def container(
        request: Request, address: str, span: Literal["1h", "24h", "7d"] = "24h", said: str = "", why: str = ""
    ) -> HTMLResponse:
        box = await desks.containers.find(address)
        if box is None:
            raise HTTPException(404)
        charts = await desks.containers.charts(box, RANGES[span], looks.language(request))
        return await looks.page(
            request, "container.html", box=box, charts=charts, span=span, spans=tuple(RANGES), said=tell(said, why=why)
        )

    @website.post("/containers/{address}", include_in_schema=False)
    async def call(address: str, name: Text = "") -> Response:
        box = await _known_box(desks, address)
        return await tried(lambda: desks.containers.rename(box, name), f"/containers/{box.address}", "", "saved")

    @website.post("/containers/{address}/read", include_in_schema=False)
    async def read(address: str, back: Text = "/containers") -> Response:
        desks.containers.read_now(await _known_box(desks, address))
        return back_to(back, said="reading")

    @website.post("/containers/{address}/forget", include_in_schema=False)
    async def forget(address: str) -> Response:
        box = await _known_box(desks, address)
        return await tried(lambda: desks.containers.forget(box), "/containers", "", "forgotten")


def _add_delivery(website: FastAPI, desks: Desks, looks: Looks) -> None:
    @website.get("/delivery", include_in_schema=False)
    async def delivery(
        request: Request,
        state: MessageState | None = None,
        before: Annotated[int | None, Query(ge=1)] = None,
        said: str = "",
        why: str = "",
    ) -> HTMLResponse:
        found = await desks.delivery.list(state, before)
        return await looks.page(request, "delivery.html", found=found, size=MESSAGES, said=tell(said, why=why))

    @website.get("/health", include_in_schema=False)
    async def health(request: Request) -> HTMLResponse:
        return await looks.page(request, "health.html", health=await desks.health.health(), said=None)

    @website.post("/health/checkup", include_in_schema=False)
    async def examine() -> Response:
        desks.health.doctor.examine()
        return back_to("/health")

    @website.post("/delivery/retry", include_in_schema=False)
    async def retry(seq: Annotated[int | None, Form()] = None, back: Text = "/delivery") -> Response:
        return back_to(back, said="retried" if await desks.delivery.retry(seq) else "none-dead")


async def _known(desks: Desks, item: str) -> Food:
    food = await desks.food.find(item)
    if food is None:
        raise HTTPException(404)
    return food


async def _known_box(desks: Desks, address: str) -> Box:
    box = await desks.containers.find(address)
    if box is None:
        raise HTTPException(404)
    return box


def _kept(food: Food) -> str:
    return "here" if food.told is Told.SENT else "saved"
