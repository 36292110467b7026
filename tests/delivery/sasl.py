"""A door before a broker that asks for a token (SASL OAUTHBEARER), and a token service: what the mock cluster lacks."""

import asyncio
import json
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs

API_VERSIONS, HANDSHAKE, AUTHENTICATE = 18, 17, 36
_REFUSED = 58


class TokenDoor:
    """Lets through whoever brings a token that is good."""

    def __init__(self, target: str, is_good: Callable[[str], bool]) -> None:
        self._host, self._port = target.split(":")
        self._is_good = is_good
        self.tokens: list[str] = []
        """Every one that was brought."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward_reader, onward = await asyncio.open_connection(self._host, int(self._port))
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            while True:
                request = await _frame(reader)
                kind, _, number = struct.unpack(">hhi", request[:8])
                if kind in (HANDSHAKE, AUTHENTICATE):
                    _send(writer, struct.pack(">i", number) + self._answer(kind, request))
                    continue
                _send(onward, request)
                answer = await _frame(onward_reader)
                _send(writer, _with_login(answer) if kind == API_VERSIONS else answer)
        writer.close()
        onward.close()

    def _answer(self, kind: int, request: bytes) -> bytes:
        if kind == HANDSHAKE:
            return struct.pack(">hi", 0, 1) + _text("OAUTHBEARER")
        length = struct.unpack(">h", request[8:10])[0]
        said = request[10 + max(0, length) + 4 :].decode()
        token = said.partition("auth=Bearer ")[2].partition("\x01")[0]
        self.tokens.append(token)
        good = self._is_good(token)
        return struct.pack(">h", 0 if good else _REFUSED) + _text("" if good else "the token is over") + _bytes(b"")


def _with_login(answer: bytes) -> bytes:
    """The broker's list of what it can do, with the login added."""
    (count,) = struct.unpack(">i", answer[6:10])
    end = 10 + 6 * count
    added = struct.pack(">hhh", HANDSHAKE, 0, 1) + struct.pack(">hhh", AUTHENTICATE, 0, 0)
    return answer[:6] + struct.pack(">i", count + 2) + answer[10:end] + added + answer[end:]


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (length,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(length)


def _send(writer: asyncio.StreamWriter, frame: bytes) -> None:
    writer.write(struct.pack(">i", len(frame)) + frame)


def _text(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


def _bytes(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


@asynccontextmanager
async def token_door(
    target: str, context: ssl.SSLContext, is_good: Callable[[str], bool]
) -> AsyncIterator[tuple[TokenDoor, int]]:
    door = TokenDoor(target, is_good)
    server = await asyncio.start_server(door.serve, "127.0.0.1", 0, ssl=context)
    try:
        yield door, server.sockets[0].getsockname()[1]
    finally:
        server.close()


class TokenService:
    """Gives tokens that are numbered, each good for so many seconds."""

    def __init__(self, good_s: float) -> None:
        self.good_s = good_s
        self.asked: list[dict[str, list[str]]] = []
        self.logins: list[str] = []
        self.answer = ""
        """Said in place of a token."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in head.split("\r\n"))}
        self.asked.append(parse_qs((await reader.readexactly(int(headers["content-length"]))).decode()))
        self.logins.append(headers.get("authorization", ""))
        token = json.dumps({"access_token": f"token-{len(self.asked)}", "expires_in": self.good_s})
        status = "200 OK" if not self.answer.isdigit() else f"{self.answer} No"
        body = (self.answer if self.answer and not self.answer.isdigit() else token).encode()
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def token_service(good_s: float = 3600) -> AsyncIterator[tuple[TokenService, str]]:
    service = TokenService(good_s)
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    try:
        yield service, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/token"
    finally:
        server.close()
