"""Style sheet, script and icon: read once, named after their content, kept by browsers for ever."""

import hashlib
from functools import cache
from importlib.resources import files

from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse

_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}


@cache
def _content(name: str) -> bytes:
    return files("befresh_agent.page").joinpath("static", name).read_bytes()


def address(name: str) -> str:
    """Where a file is to be had, with a mark that changes with its content."""
    return f"/static/{name}?{hashlib.sha256(_content(name)).hexdigest()[:8]}"


def add(website: FastAPI) -> None:
    names = [entry.name for entry in files("befresh_agent.page").joinpath("static").iterdir()]

    @website.get("/static/{name}", include_in_schema=False)
    async def static(name: str) -> Response:
        if name not in names:
            return PlainTextResponse("no such file\n", 404)
        return Response(_content(name), media_type=_KINDS[name.rpartition(".")[2]], headers=_FOR_EVER)
