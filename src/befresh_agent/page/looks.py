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
from befresh_agent.page.words import Language, language_of, translate

_TABS = ("now", "food", "containers", "delivery", "health", "play")
_TABS_NAMED = {tab: tab.capitalize() for tab in _TABS} | {"play": "Fridge", "missing": ""}
_TAB_OF = {"container.html": "containers"}
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
        for name in ("missing.html", "container.html", *(f"{tab}.html" for tab in _TABS)):
            self._templates.get_template(name)

    def language(self, request: Request) -> Language:
        """The language to answer in."""
        chosen = self._desks.sources.settings.page.language
        return language_of(chosen, request.headers.get("accept-language", ""))

    async def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """The filled template in the browser's language."""
        sources, language = self._desks.sources, self.language(request)
        words = Words(language, sources.clock.now())
        frame = {
            "t": words.say,
            "w": words,
            "language": language,
            "tabs": _TABS if sources.playground else _TABS[:-1],
            "tab_names": _TABS_NAMED,
            "tab": _TAB_OF.get(template, template.partition(".")[0]),
            "fridge": sources.settings.fridge.id,
            "simulated": sources.simulated,
            "static": statics.address,
            "here": _here(request),
            "undo": None,
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

    def minute(self, when: datetime | str) -> str:
        """The time, with the day where it is another one."""
        at = (datetime.fromisoformat(when) if isinstance(when, str) else when).astimezone(self._now.tzinfo)
        return f"{at:%H:%M}" if at.date() == self._now.date() else f"{self.day(at.date())} {at:%H:%M}"

    def span(self, seconds: float) -> str:
        """How long that is, roughly."""
        if seconds < 60:
            return self.say("{count} s", count=int(seconds))
        if seconds < 3600:
            return self.say("{count} min", count=int(seconds // 60))
        if seconds < 2 * 86_400:
            return self.say("{count} h", count=int(seconds // 3600))
        return self.say("{count} days", count=int(seconds // 86_400))

    def number(self, value: float | None, unit: str = "", digits: int = 0) -> str:
        """A value with its unit, or a dash where it could not be read."""
        return "–" if value is None else f"{value:,.{digits}f}{unit}"

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
