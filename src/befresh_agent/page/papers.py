"""What is handed out of the record: the daily sheet to print and sign, readings as a table for spreadsheets."""

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from befresh_agent.domain.container import Address, parse_address
from befresh_agent.errors import InvalidValue
from befresh_agent.page.desks import Desks
from befresh_agent.page.looks import Looks
from befresh_agent.page.models import Trouble

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_LONGEST_DAYS = 366

Container = Annotated[str | None, Query(max_length=40)]


def add(website: FastAPI, desks: Desks, looks: Looks) -> None:
    records, clock = desks.sources.records, desks.sources.clock

    @website.get("/containers/sheet", include_in_schema=False)
    async def sheet(request: Request, day: date | None = None, container: Container = None) -> Response:
        """One day of every container, to be printed."""
        html = await records.sheet(_chosen(container), day or clock.now().date(), looks.language(request))
        return HTMLResponse(html, headers={"content-security-policy": _policy(html), "cache-control": "no-store"})

    @website.get(
        "/api/v1/readings.csv",
        tags=["containers"],
        response_class=StreamingResponse,
        responses={200: {"content": {"text/csv": {}}}, 422: {"model": Trouble, "description": "The value cannot be."}},
    )
    async def readings(first: date | None = None, last: date | None = None, container: Container = None) -> Response:
        """Readings of the last week, or of the days from `first` to `last`, as a table."""
        until = last or clock.now().date()
        since = first or until - timedelta(days=7)
        if not 0 <= (until - since).days <= _LONGEST_DAYS:
            raise HTTPException(422, f"from {since} to {until} is no stretch of at most {_LONGEST_DAYS} days")
        lines = records.lines(_chosen(container), since, until, "csv")
        named = {"content-disposition": f'attachment; filename="readings-{until}.csv"', "cache-control": "no-store"}
        return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=named)


def _chosen(container: str | None) -> Sequence[Address]:
    if container is None:
        return ()
    try:
        return (parse_address(container),)
    except InvalidValue as error:
        raise HTTPException(422, str(error)) from error


def _policy(html: str) -> str:
    """The sheet brings its style along: that very one is allowed, and nothing else."""
    digests = (hashlib.sha256(style.encode()).digest() for style in _STYLE.findall(html))
    styles = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return f"default-src 'none'; style-src {styles}; base-uri 'none'; frame-ancestors 'none'"
