"""The website, put together: API, pages, live updates, HEAD, and the access guard around all of it.

Imported, and built, on a thread: FastAPI takes its time.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import import_module
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse

from befresh_agent import __version__
from befresh_agent.domain.endpoints import parse_network
from befresh_agent.errors import InvalidValue, StoreError
from befresh_agent.page import api, calendar_feed, downloads, pages, phone_page, templating, voice_pages
from befresh_agent.page.access import AccessGuard, App, AsgiMessage, Receive, Scope, Send
from befresh_agent.page.access_token import AccessToken, asked_for
from befresh_agent.page.forwarded import TrustedProxies
from befresh_agent.page.page_tabs import TABS, PageTabs
from befresh_agent.page.tabs import photo_tab, play_tab
from befresh_agent.page.tabs.wake_tab import MOST_BYTES
from befresh_agent.page.templating import PageRenderer

_AGAIN_MS = 2000
"""When a browser that lost the connection tries again."""

_LIVE = {"cache-control": "no-store", "x-accel-buffering": "no"}
"""A proxy such as nginx would keep the lines until there are many."""


def add_event_stream(website: FastAPI, desks: PageTabs) -> None:
    watchers = desks.watchers

    @website.get("/events", include_in_schema=False)
    async def events() -> Response:
        """`data:` holds names of tabs, separated by spaces; an empty line of comment is a sign of life."""
        if watchers.full:
            return Response("too many pages are open", 503, {"retry-after": "10"})
        return StreamingResponse(lines(), media_type="text/event-stream", headers=_LIVE)

    async def lines() -> AsyncIterator[str]:
        yield f"retry: {_AGAIN_MS}\ndata: hello\n\n"
        async for tabs in watchers.changes():
            yield f"data: {' '.join(sorted(tabs))}\n\n" if tabs else ": alive\n\n"


def with_heads(app: App) -> App:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            await app({**scope, "method": "GET"}, receive, _headers_alone(send))
        else:
            await app(scope, receive, send)

    return answer


def _headers_alone(send: Send) -> Send:
    async def sent(message: AsgiMessage) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b""})

    return sent


DESCRIPTION = "What the fridge knows, and the few things a person may correct. The pages show the same values."


def build(desks: PageTabs) -> AccessGuard:
    """The whole website as one ASGI application."""
    website = FastAPI(title="befresh-agent", version=__version__, description=DESCRIPTION, openapi_url=None)
    looks = PageRenderer(desks)
    templating.add_static_files(website)
    api.add_api(website, desks)
    add_event_stream(website, desks)
    downloads.add_metrics(website, desks)
    downloads.add_downloads(website, desks, looks)
    calendar_feed.add_calendar(website, desks, looks)
    for routes in dict.fromkeys(tab.routes for tab in TABS):
        import_module(f"befresh_agent.page.{routes}").add(website, desks, looks)
    phone_page.add(website, desks, looks)
    photo_tab.add(website, desks, looks)
    voice_pages.add_wake(website, desks.wake, looks, desks.sources.settings.voice.phrase)
    voice_pages.add_sound(website, desks.sound, looks)
    website.add_exception_handler(InvalidValue, _wrong)
    website.add_exception_handler(RequestValidationError, _malformed(looks))
    website.add_exception_handler(StoreError, _unavailable)
    website.add_exception_handler(404, pages.not_found(looks))
    website.add_exception_handler(405, pages.not_found(looks))
    website.add_api_route("/api/v1/openapi.json", _openapi(website), include_in_schema=False)
    asyncio.run(_warmed(website))
    page = desks.sources.settings.page
    token = AccessToken(desks.sources.state)
    return AccessGuard(
        with_heads(website),
        names=desks.names,
        token=lambda foreign: token.value() if foreign or asked_for(page) else None,
        turned_away=desks.turned_away,
        proxies=TrustedProxies([parse_network(text) for text in page.proxies]),
        uploads={
            play_tab.PICTURE_PATH: play_tab.LARGEST_PICTURE,
            voice_pages.TEACH: MOST_BYTES,
            **dict.fromkeys((photo_tab.PHOTO, photo_tab.API), photo_tab.LARGEST_UPLOAD),
        },
    )


async def _warmed(website: FastAPI) -> None:
    """Ask for a page that is not there: what the first of all requests puts together is there for the first browser.

    These are FastAPI's routes, for which the loop would wait, and the frame that all pages have in common.
    """

    async def receive() -> AsgiMessage:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: AsgiMessage) -> None:
        return

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": "GET",
        "path": "/nothing",
        "raw_path": b"/nothing",
        "root_path": "",
        "query_string": b"",
        "headers": [],
    }
    await website(scope, receive, send)


async def _wrong(_: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 422)


def _malformed(looks: PageRenderer) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What is wrong with the request, in one line like all other trouble; for people there is no such page."""

    async def malformed(request: Request, error: Exception) -> Response:
        if request.method == "GET" and not request.url.path.startswith("/api/"):
            return await looks.page(request, "missing.html", 404)
        found = error.errors()[0] if isinstance(error, RequestValidationError) else {}
        place = ".".join(str(part) for part in found.get("loc", ()))
        return JSONResponse({"detail": f"{place}: {found.get('msg', error)}"}, 422)

    return malformed


async def _unavailable(_: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 503)


def _openapi(website: FastAPI) -> Any:
    async def openapi() -> JSONResponse:
        return JSONResponse(await asyncio.to_thread(website.openapi))

    return openapi
