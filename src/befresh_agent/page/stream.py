"""Server-sent events: a browser hears at once which tabs show something new, and asks for it."""

from collections.abc import AsyncIterator

from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse

from befresh_agent.page.desks import Desks

_AGAIN_MS = 2000
"""When a browser that lost the connection tries again."""


def add(website: FastAPI, desks: Desks) -> None:
    watchers = desks.watchers

    @website.get("/events", include_in_schema=False)
    async def events() -> Response:
        """`data:` holds names of tabs, separated by spaces; an empty line of comment is a sign of life."""
        if watchers.full:
            return Response("too many pages are open", 503, {"retry-after": "10"})
        return StreamingResponse(lines(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    async def lines() -> AsyncIterator[str]:
        yield f"retry: {_AGAIN_MS}\ndata: hello\n\n"
        async for tabs in watchers.changes():
            yield f"data: {' '.join(sorted(tabs))}\n\n" if tabs else ": alive\n\n"
