"""How values become pages: Jinja templates, rendered on a thread of their own so that the loop never waits for them.

Style sheet, script and icon are read once, named after their content, and kept by browsers for ever.
"""

import asyncio
import gzip
import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from jinja2 import Environment, FunctionLoader, StrictUndefined

from befresh_agent.domain.phrase import Language
from befresh_agent.i18n.words import LANGUAGES, language_of
from befresh_agent.page.access import PREFIX
from befresh_agent.page.page_tabs import TABS, PageTabs
from befresh_agent.page.page_words import PageWords

_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}

_KINDS |= {"png": "image/png", "webmanifest": "application/manifest+json"}

ZIPPED = {"content-encoding": "gzip", "vary": "accept-encoding"}

_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}


@cache
def _content(name: str) -> bytes:
    return files("befresh_agent.page").joinpath("static", name).read_bytes()


@cache
def _zipped(name: str) -> bytes:
    return gzip.compress(_content(name), mtime=0)


def static_address(name: str) -> str:
    """Where a file is to be had, with a mark that changes with its content."""
    return f"/static/{name}?{hashlib.sha256(_content(name)).hexdigest()[:8]}"


def add_static_files(website: FastAPI) -> None:
    names = [entry.name for entry in files("befresh_agent.page").joinpath("static").iterdir()]

    @website.get("/static/{name}", include_in_schema=False)
    async def static(request: Request, name: str) -> Response:
        if name not in names:
            return PlainTextResponse("no such file\n", 404)
        kind = _KINDS[name.rpartition(".")[2]]
        if takes_gzip(request):
            return Response(_zipped(name), media_type=kind, headers=_FOR_EVER | ZIPPED)
        return Response(_content(name), media_type=kind, headers=_FOR_EVER)


def takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


_TITLES = {tab.name: tab.title for tab in TABS} | {"wake": "Wake phrase", "sound": "Sound"}

_TAB_OF = {"container.html": "containers", "photo.html": "food"}

LANGUAGE, SIZE = "befresh_language", "befresh_size"
"""Cookies: what a person chose on the page."""

_ADDRESS = re.compile(r'\s(?:href|src|action)="(?=/)')


_QUICKLY = 3
"""How hard pages are compressed, of 9: they are a fifth then, after half a millisecond."""

_FOLDER = files("befresh_agent.page").joinpath("templates")


class PageRenderer:
    """Finds the browser's language and fills the templates."""

    def __init__(self, desks: PageTabs) -> None:
        self._desks = desks
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="page")
        self._templates = Environment(
            loader=FunctionLoader(lambda name: _FOLDER.joinpath(name).read_text(encoding="utf-8")),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        partials = ("missing", "container", "doubts", "phone", "photo", "rows", "sound", "wake")
        for name in (*partials, *(tab.name for tab in TABS)):
            self._templates.get_template(f"{name}.html")

    def language(self, request: Request) -> Language:
        """The language to answer in."""
        chosen = self._desks.sources.settings.page.language
        liked = request.cookies.get(LANGUAGE)
        known = next((one for one in LANGUAGES if one == liked), None)
        return known or language_of(chosen, request.headers.get("accept-language", ""))

    async def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """The filled template in the browser's language."""
        sources, language = self._desks.sources, self.language(request)
        words, tab = PageWords(language, sources.clock.now()), _TAB_OF.get(template, template.partition(".")[0])
        frame = {
            "t": words.translate,
            "w": words,
            "language": language,
            "tabs": [one for one in TABS if sources.playground or not one.played],
            "tab": tab,
            "title": _TITLES.get(tab, ""),
            "fridge": sources.settings.fridge.id,
            "simulated": sources.simulated,
            "static": static_address,
            "here": _here(request),
            "large": request.cookies.get(SIZE) == "large",
            "chosen": None,
        }
        filled, zipped = self._templates.get_template(template), takes_gzip(request)
        prefix = request.scope.get(PREFIX, "")

        def rendered() -> bytes:
            html = under(prefix, filled.render(frame | values)).encode()
            return gzip.compress(html, _QUICKLY, mtime=0) if zipped else html

        content = await asyncio.get_running_loop().run_in_executor(self._thread, rendered)
        headers = {"cache-control": "no-store", "content-language": language} | (ZIPPED if zipped else {})
        return HTMLResponse(content, status, headers)


def under(prefix: str, html: str) -> str:
    """The page with all of its addresses under a prefix. Only our own markup has such quotes: data is escaped."""
    return _ADDRESS.sub(rf"\g<0>{prefix}", html) if prefix else html


def _here(request: Request) -> str:
    """The page's own address, without what was said on it last."""
    query = [(name, value) for name, value in request.query_params.multi_items() if name not in ("said", "item", "why")]
    return request.url.path + (f"?{urlencode(query)}" if query else "")
