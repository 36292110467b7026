"""Notices by Apprise: ntfy, mail, Telegram and a hundred others. In: an address each, which is a secret. Out: a notice.

The library takes 25 MB, blocks, and is needed a few times a day: each notice has a process of its own, which is handed
the address where nobody else sees it.
"""

import hashlib
import json
from collections.abc import Sequence

from befresh_agent.errors import DeviceError, cause
from befresh_agent.runtime.remedies import remedy
from befresh_agent.runtime.subprocesses import python_command, run_bounded

_LIMIT_S = 60.0
"""A small Pi takes a third of it to load the library from a cold card."""
_REMEDY = "correct secrets.notify_urls, or look whether it can be reached"
_NAME = 12
"""Letters of a receiver's name."""
_UNKNOWN, _REFUSED = 3, 4
_SEND = f"""
import apprise, json, logging, sys
logging.disable()
url, title, body = json.load(sys.stdin)
teller = apprise.Apprise()
sys.exit(0 if teller.add(url) and teller.notify(body=body, title=title) else {_REFUSED} if len(teller) else {_UNKNOWN})
"""


class AppriseSender:
    def __init__(self, urls: Sequence[str], *, limit_s: float = _LIMIT_S) -> None:
        self._urls = {hashlib.sha256(url.encode()).hexdigest()[:_NAME]: url for url in urls}
        self._limit_s = limit_s

    @property
    def receivers(self) -> tuple[str, ...]:
        return tuple(self._urls)

    async def send(self, receiver: str, title: str, body: str) -> None:
        url = self._urls[receiver]
        service = url.partition("://")[0]
        try:
            code, _ = await run_bounded(
                *python_command(_SEND), limit_s=self._limit_s, given=json.dumps([url, title, body]).encode()
            )
        except TimeoutError as error:
            raise DeviceError(f"{service} does not answer within {self._limit_s:g} s") from error
        except OSError as error:
            raise DeviceError(f"Apprise cannot be started: {cause(error)}") from error
        if code == _UNKNOWN:
            raise DeviceError(f"{service} is no address that Apprise knows", remedy="correct secrets.notify_urls")
        if code == _REFUSED:
            raise DeviceError(f"{service} did not take the notice", remedy=_REMEDY)
        if code:
            raise DeviceError("Apprise does not load", remedy=remedy("notify"))
