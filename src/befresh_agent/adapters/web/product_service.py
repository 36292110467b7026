"""A service in the internet that knows products by their numbers, as Open Food Facts does. In: a number. Out: a name.

Asked by a thread of its own, since a resolver may hang; bounded in time and bytes. What it answers is hostile by
assumption. Nothing of the address but the machine is ever told: keys may stand in it.
"""

import json
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from befresh_agent import __version__
from befresh_agent.domain.food_names import kept_name
from befresh_agent.domain.gs1 import printed_number
from befresh_agent.errors import DeviceError, error_text
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.threads import in_daemon_thread

_LIMIT_S = 10.0
_LARGEST = 512 * 1024
"""Bytes; Open Food Facts tells everything of a product in 100 kB where nobody asks for less."""
_PIECE = 16 * 1024
_NOT_FOUND = 404
_REMEDY = "correct products.lookup, or look whether it can be reached"


class WebProductService:
    """Implements `ports.outside.ProductService`.

    `address` has `{gtin}` for the number, and maybe `{key}`; `fields` are paths in the JSON of the answer.
    """

    def __init__(self, address: str, fields: Sequence[str], key: str = "", *, limit_s: float = _LIMIT_S) -> None:
        self._address = address
        self._fields = fields
        self._key = key
        self._limit_s = limit_s
        self._where = urlsplit(address).hostname or ""

    async def name_of(self, gtin: str) -> str | None:
        address = self._address.replace("{gtin}", printed_number(gtin)).replace("{key}", quote(self._key, safe=""))
        try:
            async with within(self._limit_s):
                return await in_daemon_thread(lambda: self._asked(address), "product lookup")
        except TimeoutError as error:
            raise DeviceError(f"{self._where} does not answer within {self._limit_s:g} s", remedy=_REMEDY) from error

    def _asked(self, address: str) -> str | None:
        from http.client import HTTPException
        from urllib.error import HTTPError

        try:
            return self._name_in(json.loads(self._fetched(address)))
        except HTTPError as error:
            with error:
                if error.code == _NOT_FOUND:
                    return None
                raise DeviceError(f"{self._where} answers {error.code}", remedy=_REMEDY) from None
        except (ValueError, RecursionError):
            raise DeviceError(f"{self._where} answers something else than JSON", remedy=_REMEDY) from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            why = error_text(reason) if isinstance(reason, Exception) else type(error).__name__
            raise DeviceError(f"{self._where}: {why}", remedy=_REMEDY) from None

    def _fetched(self, address: str) -> bytes:
        """Raises what the library raises, and `ValueError` for what is too long or comes drop by drop."""
        from urllib.request import Request

        ends = time.monotonic() + self._limit_s
        headers = {"User-Agent": f"befresh-agent/{__version__}", "Accept": "application/json"}
        said = b""
        with _opener().open(Request(address, headers=headers), timeout=self._limit_s) as answer:
            while piece := answer.read1(_PIECE):
                said += piece
                if len(said) > _LARGEST or time.monotonic() > ends:
                    raise ValueError
        return said

    def _name_in(self, answer: Any) -> str | None:
        names = (_at(answer, path) for path in self._fields)
        return next((name for found in names if isinstance(found, str) and (name := kept_name(found))), None)


def _at(answer: Any, path: str) -> Any:
    """What is found by keys, and numbers of places in lists, with dots between them; None where nothing is."""
    for step in path.split("."):
        if isinstance(answer, list) and step.isdecimal() and int(step) < len(answer):
            answer = answer[int(step)]
        else:
            answer = answer.get(step) if isinstance(answer, dict) else None
    return answer


def _opener() -> Any:
    """Follows an answer that leads elsewhere, and nowhere but through HTTP: the usual one would take files, too."""
    from urllib import request

    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPRedirectHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor,
        request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener
