"""The pages, and the forms on them. A form does its work, then sends the browser back with a word on how it went."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import FastAPI, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from befresh_agent.domain.container import Address
from befresh_agent.domain.phrase import Language
from befresh_agent.domain.stock import StockFilter
from befresh_agent.page import food_pages
from befresh_agent.page.food_pages import adding, told
from befresh_agent.page.forms import redirect_to, result_text, run_form
from befresh_agent.page.models import PressRequest
from befresh_agent.page.page_tabs import PageTabs
from befresh_agent.page.tabs.containers_tab import RANGES, ContainerView
from befresh_agent.page.tabs.delivery_tab import PAGE as MESSAGES
from befresh_agent.page.tabs.delivery_tab import StateName
from befresh_agent.page.templating import LANGUAGE, SIZE, PageRenderer

_FIRST = 12
"""Foods on the first page."""

_LIKED_S = 5 * 365 * 86_400

Text = Annotated[str, Form(max_length=1000)]


def add(website: FastAPI, desks: PageTabs, looks: PageRenderer) -> None:
    _add_now(website, desks, looks)
    _add_now_forms(website, desks)
    food_pages.add(website, desks, looks)
    _add_containers(website, desks, looks)
    _add_container_forms(website, desks)
    _add_delivery(website, desks, looks)


def not_found(looks: PageRenderer) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The answer where nothing is: words for programs, a page for people."""

    async def missing(request: Request, error: Exception) -> Response:
        if request.url.path.startswith("/api/"):
            code = getattr(error, "status_code", 404)
            return JSONResponse({"detail": getattr(error, "detail", "Not Found")}, code)
        return await looks.page(request, "missing.html", 404)

    return missing


def _add_now(website: FastAPI, desks: PageTabs, looks: PageRenderer) -> None:
    @website.get("/", include_in_schema=False)
    async def now(request: Request, said: str = "", item: str = "", why: str = "") -> HTMLResponse:
        language = looks.language(request)
        dated = await desks.food.list(StockFilter.DATED, limit=_FIRST, lingering=True)
        undated = await desks.food.list(StockFilter.UNDATED, limit=_FIRST, lingering=True)
        return await looks.page(
            request,
            "now.html",
            now=await desks.now.now(language),
            today=await desks.today.today(language),
            foods=dated,
            undated=undated,
            refilled=await desks.food.refilled(),
            adding=await adding(desks),
            phrase=desks.sources.settings.voice.phrase,
            attempts=desks.sources.settings.session.attempts,
            doubted=await desks.food.doubted(),
            sealed=desks.sources.note_action is not None,
            said=await told(desks, said, item, why),
        )


def _add_now_forms(website: FastAPI, desks: PageTabs) -> None:
    @website.post("/press", include_in_schema=False)
    async def press(press: Annotated[Literal["short", "double", "long", "hold"], Form()]) -> Response:
        desks.now.press(PressRequest(press=press))
        return redirect_to("/")

    @website.post("/spelling", include_in_schema=False)
    async def switch_on() -> Response:
        return await run_form(desks.now.switch_on_spelling, "/", word="spelling-on")

    @website.post("/alarms/seen", include_in_schema=False)
    async def seen(key: Text = "", who: Text = "") -> Response:
        return await run_form(lambda: desks.today.acknowledge(key, who), "/", word="seen")

    @website.post("/look", include_in_schema=False)
    async def look(
        back: Text = "/",
        size: Annotated[Literal["usual", "large"] | None, Form()] = None,
        language: Annotated[Language | None, Form()] = None,
    ) -> Response:
        """Larger letters or the other language, in this browser."""
        answer = redirect_to(back)
        for name, value in ((SIZE, size), (LANGUAGE, language)):
            if value:
                answer.set_cookie(name, value, max_age=_LIKED_S, samesite="lax", httponly=True)
        return answer

    @website.post("/session/name", include_in_schema=False)
    async def type_name(name: Text = "") -> Response:
        async def work() -> None:
            desks.now.name(name)

        return await run_form(work, "/")


def _add_containers(website: FastAPI, desks: PageTabs, looks: PageRenderer) -> None:
    @website.get("/containers", include_in_schema=False)
    async def containers(request: Request, said: str = "", why: str = "") -> HTMLResponse:
        boxes = await desks.containers.list()
        sparks = await desks.containers.sparklines(boxes, looks.language(request))
        return await looks.page(request, "containers.html", boxes=boxes, sparks=sparks, said=result_text(said, why=why))

    @website.get("/containers/{address}", include_in_schema=False)
    async def container(
        request: Request, address: str, span: Literal["1h", "24h", "7d"] = "24h", said: str = "", why: str = ""
    ) -> HTMLResponse:
        box = await desks.containers.find(address)
        if box is None:
            raise HTTPException(404)
        charts = await desks.containers.charts(box, RANGES[span], looks.language(request))
        return await looks.page(
            request,
            "container.html",
            box=box,
            sealed=desks.sources.note_action is not None,
            charts=charts,
            span=span,
            spans=tuple(RANGES),
            said=result_text(said, why=why),
        )


def _add_container_forms(website: FastAPI, desks: PageTabs) -> None:
    @website.post("/containers/{address}", include_in_schema=False)
    async def call(address: str, name: Text = "") -> Response:
        box = await _known_box(desks, address)
        return await run_form(lambda: desks.containers.rename(box, name), f"/containers/{box.address}", "", "saved")

    @website.post("/containers/{address}/read", include_in_schema=False)
    async def read(address: str, back: Text = "/containers") -> Response:
        desks.containers.read_now(await _known_box(desks, address))
        return redirect_to(back, said="reading")

    @website.post("/containers/{address}/renew", include_in_schema=False)
    async def renew(address: str) -> Response:
        box = await _known_box(desks, address)
        return await run_form(lambda: desks.containers.renew(box), f"/containers/{box.address}", "", "saved")

    @website.post("/containers/{address}/action", include_in_schema=False)
    async def act(address: str, who: Text = "", what: Text = "") -> Response:
        box, note = await _known_box(desks, address), desks.sources.note_action
        if note is None:
            raise HTTPException(404)
        return await run_form(lambda: note(Address(box.address), who, what), f"/containers/{box.address}", "", "saved")

    @website.post("/containers/{address}/forget", include_in_schema=False)
    async def forget(address: str) -> Response:
        box = await _known_box(desks, address)
        return await run_form(lambda: desks.containers.forget(box), "/containers", "", "forgotten")


def _add_delivery(website: FastAPI, desks: PageTabs, looks: PageRenderer) -> None:
    @website.get("/delivery", include_in_schema=False)
    async def delivery(
        request: Request,
        state: StateName | None = None,
        before: Annotated[int | None, Query(ge=1)] = None,
        said: str = "",
        why: str = "",
    ) -> HTMLResponse:
        found, kafka = await desks.delivery.list(state, before), desks.sources.settings.kafka
        reports, result = (kafka.freshness_topic, kafka.heartbeat_topic), result_text(said, why=why)
        return await looks.page(request, "delivery.html", found=found, size=MESSAGES, reports=reports, said=result)

    @website.get("/health", include_in_schema=False)
    async def health(request: Request) -> HTMLResponse:
        language = looks.language(request)
        health, today = await desks.health.health(), await desks.today.today(language)
        news = (await desks.now.now(language)).news
        return await looks.page(request, "health.html", health=health, today=today, news=news, said=None)

    @website.post("/health/checkup", include_in_schema=False)
    async def examine() -> Response:
        desks.health.doctor.examine()
        return redirect_to("/health")

    @website.post("/delivery/retry", include_in_schema=False)
    async def retry(seq: Annotated[int | None, Form()] = None, back: Text = "/delivery") -> Response:
        return redirect_to(back, said="retried" if await desks.delivery.retry(seq) else "none-dead")


async def _known_box(desks: PageTabs, address: str) -> ContainerView:
    box = await desks.containers.find(address)
    if box is None:
        raise HTTPException(404)
    return box
