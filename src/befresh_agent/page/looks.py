"""How values become pages: Jinja templates, rendered on a thread of their own so that the loop never waits for them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FunctionLoader, StrictUndefined

from befresh_agent.page import statics
from befresh_agent.page.desks import Desks
from befresh_agent.page.words import language_of, translate

_TABS = ("now", "food")
_FOLDER = files("befresh_agent.page").joinpath("templates")


class Looks:
    """Finds the browser's language and fills the templates."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="page")
        self._templates = Environment(
            loader=FunctionLoader(lambda name: _FOLDER.joinpath(name).read_text()),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        for name in ("now.html", "food.html", "missing.html"):
            self._templates.get_template(name)

    async def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """The filled template in the browser's language."""
        sources = self._desks.sources
        language = language_of(sources.settings.page.language, request.headers.get("accept-language", ""))
        words = Words(language, sources.clock.now())
        frame = {
            "t": words.say,
            "w": words,
            "language": language,
            "tabs": _TABS,
            "tab": template.partition(".")[0],
            "fridge": sources.settings.fridge.id,
            "simulated": sources.simulated,
            "static": statics.address,
            "here": _here(request),
        }
        filled = self._templates.get_template(template)
        text = await asyncio.get_running_loop().run_in_executor(self._thread, lambda: filled.render(frame | values))
        return HTMLResponse(text, status, {"cache-control": "no-store", "content-language": language})


class Words:
    """Sentences, days and ages in one language."""

    def __init__(self, language: str, now: datetime) -> None:
        self._language = language
        self._now = now

    def say(self, text: str, **values: object) -> str:
        return translate(self._language, text, **values)

    def day(self, day: date) -> str:
        """12 Dec or 12월 12일, with the year where it is another one."""
        far = day.year != self._now.year
        if self._language == "ko":
            return (f"{day.year}년 " if far else "") + f"{day.month}월 {day.day}일"
        return f"{day.day} {day:%b}" + (f" {day.year}" if far else "")

    def ago(self, when: datetime) -> str:
        """How long ago that was, roughly."""
        seconds = (self._now - when).total_seconds()
        if seconds < 60:
            return self.say("just now")
        if seconds < 3600:
            return self.say("{count} min ago", count=int(seconds // 60))
        if seconds < 2 * 86_400 and when.astimezone(self._now.tzinfo).date() == self._now.date():
            return self.say("{count} h ago", count=int(seconds // 3600))
        days = (self._now.date() - when.astimezone(self._now.tzinfo).date()).days
        return self.say("yesterday") if days == 1 else self.say("{count} days ago", count=days)

    def left(self, days: int | None) -> str:
        """How many days are left, or over."""
        if days is None:
            return self.say("no date")
        if days == 0:
            return self.say("today")
        one, many = ("1 day left", "{count} days left") if days > 0 else ("1 day over", "{count} days over")
        return self.say(one) if abs(days) == 1 else self.say(many, count=abs(days))

    def clock(self, when: datetime) -> str:
        return f"{when.astimezone(self._now.tzinfo):%H:%M:%S}"


def _here(request: Request) -> str:
    """The page's own address, without what was said on it last."""
    query = [(name, value) for name, value in request.query_params.multi_items() if name not in ("said", "item", "why")]
    return request.url.path + (f"?{urlencode(query)}" if query else "")
