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
from urllib.parse import parse_qsl, urlencode, urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Mapping[str, str]

COOKIE = "befresh_token"
_COOKIE_AGE_S = 365 * 86_400
_TRIES, _TRIES_S = 10, 60.0
"""So many wrong tokens within so many seconds, then nobody gets another try until some are forgotten."""
_SMALL_BODY = 64 * 1024
_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # stricter ones take the Origin from our own forms
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class Refused(Exception):
    """The request is answered here."""

    def __init__(self, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(text)
        self.status = status
        self.headers = headers


class Guard:
    """`token` gives the token that is asked for, None where nobody needs one; `uploads` gives paths a larger limit."""

    def __init__(
        self,
        app: App,
        *,
        names: Collection[str],
        token: Callable[[], str | None],
        uploads: Mapping[str, int] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._names = {"localhost", *(name.lower() for name in names)}
        self._token = token
        self._uploads = uploads or {}
        self._now = now
        self._wrong: list[float] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            self._check_host(headers)
            _check_origin(scope["method"], headers)
            self._check_token(scope, headers)
            body = _Body(receive, self._limit(scope["path"]), headers)
        except Refused as refused:
            await _answer(refused, _armed(send))
            return
        await self._app(scope, body.receive, _armed(send))

    def _check_host(self, headers: Headers) -> None:
        """A name that somebody else controls may lead a browser here (DNS rebinding); an address cannot."""
        name = _host(headers.get("host", ""))
        if name not in self._names and not _is_address(name):
            raise Refused(421, f"{name[:80] or 'no Host'}: not a name of this fridge; page.names may hold more names")

    def _check_token(self, scope: Scope, headers: Headers) -> None:
        token = self._token()
        if token is None or scope["path"].startswith("/static/"):
            return
        self._wrong = [at for at in self._wrong if self._now() - at < _TRIES_S]
        given = _bearer(headers) or _cookie(headers)
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        in_address = dict(query).get("token", "")
        if not given and not in_address:
            raise Refused(401, "This page asks for a token: `befresh-agent page --qr` shows it.", *_WANTED)
        if len(self._wrong) >= _TRIES:
            raise Refused(429, "too many wrong tokens; wait a minute", (b"retry-after", b"60"))
        if not hmac.compare_digest((in_address or given).encode(), token.encode()):
            self._wrong.append(self._now())
            raise Refused(401, "The token is not the right one: `befresh-agent page --qr` shows it.", *_WANTED)
        if in_address and scope["method"] == "GET":  # into a cookie, and out of the address bar and the history
            rest = urlencode([pair for pair in query if pair[0] != "token"])
            cookie = f"{COOKIE}={token}; Path=/; Max-Age={_COOKIE_AGE_S}; HttpOnly; SameSite=Strict"
            place = scope["path"] + (f"?{rest}" if rest else "")
            raise Refused(303, "", (b"location", _local(place)), (b"set-cookie", cookie.encode()))

    def _limit(self, path: str) -> int:
        return self._uploads.get(path, _SMALL_BODY)


_WANTED = ((b"www-authenticate", b'Bearer realm="befresh-agent"'),)


def _check_origin(method: str, headers: Headers) -> None:
    """Whatever changes something must come from one of our own pages, or from a program that is no browser."""
    if method in ("GET", "HEAD"):
        return
    site = headers.get("sec-fetch-site", "same-origin")
    origin = headers.get("origin")
    if site not in ("same-origin", "none") or (
        origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    ):
        raise Refused(403, "this request comes from another site")


class _Body:
    """A request's body that is never longer than allowed."""

    def __init__(self, receive: Receive, limit: int, headers: Headers) -> None:
        self._receive = receive
        self._left = limit
        announced = headers.get("content-length", "0")
        if not announced.isdecimal() or int(announced) > limit:
            raise Refused(413, f"at most {limit} bytes")

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:  # more than was announced, or chunks without end: treated as somebody who hung up
            return {"type": "http.disconnect"}
        return message


def _armed(send: Send) -> Send:
    """Adds our headers to every answer."""

    async def armed(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = list(message.get("headers", ()))
            names = {name for name, _ in own}
            message["headers"] = own + [header for header in _HEADERS if header[0] not in names]
        await send(message)

    return armed


async def _answer(refused: Refused, send: Send) -> None:
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


def _host(text: str) -> str:
    try:
        return (urlsplit(f"//{text}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _local(place: str) -> bytes:
    """A place on this site: never `//elsewhere`."""
    return ("/" + place.lstrip("/\\")).encode("ascii", "backslashreplace")
