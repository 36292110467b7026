"""The website, put together: API, pages, live changes, and the guard around all of it.

Imported, and built, on a thread: FastAPI takes its time.
"""

import asyncio
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from befresh_agent import __version__
from befresh_agent.errors import InvalidValue, StoreError
from befresh_agent.page import api, metrics, pages, papers, play, statics, stream
from befresh_agent.page.desks import Desks
from befresh_agent.page.guard import App, Guard, Message, Scope
from befresh_agent.page.looks import Looks
from befresh_agent.page.token import Token, needed

DESCRIPTION = "What the fridge knows, and the few things a person may correct. The pages show the same values."


def build(desks: Desks) -> App:
    """The whole website as one ASGI application."""
    website = FastAPI(title="befresh-agent", version=__version__, description=DESCRIPTION, openapi_url=None)
    looks = Looks(desks)
    statics.add(website)
    api.add(website, desks)
    stream.add(website, desks)
    metrics.add(website, desks)
    papers.add(website, desks, looks)
    pages.add(website, desks, looks)
    if desks.sources.playground is not None:
        play.add(website, desks, looks, desks.sources.playground)
    website.add_exception_handler(InvalidValue, _wrong)
    website.add_exception_handler(RequestValidationError, _malformed)
    website.add_exception_handler(StoreError, _unavailable)
    website.add_exception_handler(404, pages.not_found(looks))
    website.add_api_route("/api/v1/openapi.json", _openapi(website), include_in_schema=False)
    asyncio.run(_warmed(website))
    page = desks.sources.settings.page
    token = Token(desks.sources.state)
    return Guard(
        website,
        names=desks.names,
        token=token.value if needed(page.host) else lambda: None,
        uploads={play.PICTURE_PATH: play.LARGEST_PICTURE},
    )


async def _warmed(website: FastAPI) -> None:
    """Ask for a page that is not there: what the first of all requests puts together is there for the first browser.

    These are FastAPI's routes, for which the loop would wait, and the frame that all pages have in common.
    """

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Message) -> None:
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


async def _malformed(_: Request, error: Exception) -> Response:
    """What is wrong with the request, in one line like all other trouble."""
    found = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    place = ".".join(str(part) for part in found.get("loc", ()))
    return JSONResponse({"detail": f"{place}: {found.get('msg', error)}"}, 422)


async def _unavailable(_: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 503)


def _openapi(website: FastAPI) -> Any:
    async def openapi() -> JSONResponse:
        return JSONResponse(await asyncio.to_thread(website.openapi))

    return openapi
