"""`/food.ics`: each food on the last day on which it should be eaten, for the calendars of phones and homes (RFC 5545).

In: the foods on the list. Out: one calendar, which a client asks for again and again; unchanged, it is not sent again.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from fastapi import FastAPI, Request, Response

from befresh_agent.domain.stock import MOST_FOODS, StockFilter
from befresh_agent.i18n.words import translate
from befresh_agent.page.access import CALENDAR
from befresh_agent.page.models import FoodView
from befresh_agent.page.page_tabs import PageTabs
from befresh_agent.page.templating import PageRenderer

_LONGEST_LINE = 75
"""Bytes; a longer line goes on behind a line break and a space."""
_SPECIAL = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def add_calendar(website: FastAPI, desks: PageTabs, looks: PageRenderer) -> None:
    @website.get(CALENDAR, include_in_schema=False)
    async def food(request: Request) -> Response:
        """The calendar; a token may stand in its address, as calendars send no other."""
        foods = (await desks.food.list(StockFilter.ALL, limit=MOST_FOODS)).items
        language = looks.language(request)
        name, unnamed = translate(language, "Fridge"), translate(language, "without a name")
        body = calendar(foods, name, unnamed)
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"etag": tag, "cache-control": "private, no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)


def calendar(foods: Iterable[FoodView], name: str, unnamed: str) -> bytes:
    """The calendar of that name; food that nobody has named yet is called `unnamed`."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//befresh-agent//food//EN", f"X-WR-CALNAME:{_text(name)}"]
    for food in foods:
        lines += _event(food, unnamed)
    folded = (part for line in [*lines, "END:VCALENDAR"] for part in _folded(line))
    return "".join(f"{line}\r\n" for line in folded).encode()


def _event(food: FoodView, unnamed: str) -> Iterator[str]:
    """An event of a whole day; none for food without one."""
    if food.use_by is None:
        return
    yield "BEGIN:VEVENT"
    yield f"UID:{food.id}@befresh-agent"
    yield f"DTSTAMP:{_stamp(food.registered_at)}"
    yield f"DTSTART;VALUE=DATE:{food.use_by:%Y%m%d}"
    yield f"SUMMARY:{_text(food.name or unnamed)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _stamp(at: datetime) -> str:
    try:
        return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    except OverflowError:  # the first and the last day there is
        return "19700101T000000Z"


def _text(text: str) -> str:
    return text.translate(_SPECIAL)


def _folded(line: str) -> Iterator[str]:
    """The line in parts of so many bytes, no letter cut in two."""
    part, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > _LONGEST_LINE:
            yield part
            part, size = " ", 1
        part, size = part + letter, size + width
    yield part
