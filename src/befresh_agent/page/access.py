"""Who may come in: the right Host, the token where one is needed, forms from our own pages alone, nothing too large.

An ASGI layer around the whole page. It also gives every answer the headers that keep a browser from being used
against the fridge.
"""

import hmac
import ipaddress
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from befresh_agent.domain.endpoints import is_here
from befresh_agent.page.access_token import WrongTokens
from befresh_agent.page.forwarded import RequestOrigin, TrustedProxies
from befresh_agent.page.turned_away import RefusalReason, TurnedAwayPeers

Scope = MutableMapping[str, Any]
AsgiMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[AsgiMessage]]
Send = Callable[[AsgiMessage], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Mapping[str, str]

PREFIX = "befresh.prefix"
"""The scope's key for the path under which the browser sees this page."""
ALIVE = "/healthz"
"""Whether the agent is alive may be asked by any name and without a token: monitors have neither."""
CALENDAR = "/food.ics"
"""Calendars keep no cookies: the token stays in its address."""
COOKIE = "befresh_token"
_COOKIE_AGE_S = 365 * 86_400
_SMALL_BODY = 64 * 1024
_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        b"manifest-src 'self'; "
        b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # stricter ones take the Origin from our own forms
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class RequestRefused(Exception):
    """The request is answered here."""

    def __init__(self, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(text)
        self.status = status
        self.headers = headers


class AccessGuard:
    """`token` gives the token that is asked for, None where nobody needs one, knowing whether it comes from elsewhere.

    `uploads` gives paths a larger limit.
    """

    def __init__(
        self,
        app: App,
        *,
        names: Collection[str],
        token: Callable[[bool], str | None],
        proxies: TrustedProxies | None = None,
        turned_away: TurnedAwayPeers | None = None,
        uploads: Mapping[str, int] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._names = {"localhost", *(name.lower() for name in names)}
        self._token = token
        self.proxies = proxies or TrustedProxies()
        self.turned_away = turned_away or TurnedAwayPeers()
        self._uploads = uploads or {}
        self._now = now
        self._wrong = WrongTokens()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        origin = self.proxies.origin(scope, headers)
        scope = _unprefixed(scope, origin.prefix)
        armed = _armed(send, origin.prefix)
        try:
            if scope["path"] != ALIVE:
                self._check_host(origin.host)
                self._check_token(scope, headers, origin)
            _check_origin(scope["method"], headers, origin.host)
            body = _LimitedBody(receive, self._limit(scope["path"]), headers)
        except RequestRefused as refused:
            await _answer(refused, armed)
            return
        await self._app(scope, body.receive, armed)

    def _check_host(self, host: str) -> None:
        """A name that somebody else controls may lead a browser here (DNS rebinding); an address cannot."""
        name = _host(host)
        if name not in self._names and not _is_address(name):
            raise RequestRefused(
                421, f"{name[:80] or 'no Host'}: not a name of this fridge; page.names may hold more names"
            )

    def _check_token(self, scope: Scope, headers: Headers, origin: RequestOrigin) -> None:
        token = self._token(origin.passed_on or not is_here(origin.peer))
        if token is None or scope["path"].startswith("/static/"):
            return
        given = _bearer(headers) or _cookie(headers)
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        in_address = dict(query).get("token", "")
        if not given and not in_address:
            raise RequestRefused(401, "This page asks for a token: `befresh-agent page --qr` shows it.", *_WANTED)
        if not hmac.compare_digest((in_address or given).encode(), token.encode()):
            if self._wrong.too_many(origin.peer, self._now()):
                self.turned_away.note(origin.peer, RefusalReason.TOKENS)
                raise RequestRefused(429, "too many wrong tokens; wait a minute", (b"retry-after", b"60"))
            raise RequestRefused(401, "The token is not the right one: `befresh-agent page --qr` shows it.", *_WANTED)
        if (
            in_address and scope["method"] == "GET" and scope["path"] != CALENDAR
        ):  # into a cookie, and out of the address bar and the history
            rest = urlencode([pair for pair in query if pair[0] != "token"])
            cookie = f"{COOKIE}={token}; Path={origin.prefix}/; Max-Age={_COOKIE_AGE_S}; HttpOnly; SameSite=Lax"
            cookie += "; Secure" if origin.secure else ""
            place = quote(scope["path"]) + (f"?{rest}" if rest else "")
            raise RequestRefused(303, "", (b"location", _local(place)), (b"set-cookie", cookie.encode()))

    def _limit(self, path: str) -> int:
        return self._uploads.get(path, _SMALL_BODY)


_WANTED = ((b"www-authenticate", b'Bearer realm="befresh-agent"'),)


def _check_origin(method: str, headers: Headers, host: str) -> None:
    """Whatever changes something must come from one of our own pages, or from a program that is no browser."""
    if method in ("GET", "HEAD"):
        return
    site = headers.get("sec-fetch-site", "same-origin")
    origin = headers.get("origin")
    if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc.lower() != host.lower()):
        raise RequestRefused(403, "this request comes from another site")


class _LimitedBody:
    """A request's body that is never longer than allowed."""

    def __init__(self, receive: Receive, limit: int, headers: Headers) -> None:
        self._receive = receive
        self._left = limit
        announced = headers.get("content-length", "0")
        if not announced.isdecimal() or int(announced) > limit:
            raise RequestRefused(413, f"at most {limit} bytes")

    async def receive(self) -> AsgiMessage:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:  # more than was announced, or chunks without end: treated as somebody who hung up
            return {"type": "http.disconnect"}
        return message


def _unprefixed(scope: Scope, prefix: str) -> Scope:
    """The request as if this page were alone: some proxies leave the prefix in the path, others take it away."""
    path = scope["path"]
    return {**scope, PREFIX: prefix, "path": path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path}


def _armed(send: Send, prefix: str) -> Send:
    """Adds our headers to every answer; a browser that is sent on stays under the prefix."""

    async def armed(message: AsgiMessage) -> None:
        if message["type"] == "http.response.start":
            own = [(name, _under(prefix, name, value)) for name, value in message.get("headers", ())]
            names = {name for name, _ in own}
            message["headers"] = own + [header for header in _HEADERS if header[0] not in names]
        await send(message)

    return armed


async def _answer(refused: RequestRefused, send: Send) -> None:
    body = f"{refused}\n".encode() if str(refused) else b""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *refused.headers,
    ]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _bearer(headers: Headers) -> str:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _under(prefix: str, name: bytes, value: bytes) -> bytes:
    return prefix.encode() + value if name == b"location" and value.startswith(b"/") else value


def _host(text: str) -> str:
    """The name alone, without the dot by which a name can end."""
    try:
        return (urlsplit(f"//{text}").hostname or "").lower().removesuffix(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _local(place: str) -> bytes:
    """A place on this site, of a quoted path: never `//elsewhere`."""
    return ("/" + place.lstrip("/\\")).encode("ascii")
