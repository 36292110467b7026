"""`befresh-agent camera live`: what the camera sees, on a phone, to aim it by. For as long as the command runs."""

import asyncio
import contextlib
import io
import secrets
from typing import Annotated, Any

import typer

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.assembly.hardware import camera
from befresh_agent.cli.options import ConfigFile
from befresh_agent.cli.page import code
from befresh_agent.errors import BefreshError
from befresh_agent.page.phone_access import outside
from befresh_agent.ports.devices import Camera, Frame
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.remedies import missing
from befresh_agent.settings.loader import load_settings
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import control_socket, runtime_dir
from befresh_agent.status.status_socket import ask_agent

app = typer.Typer(help="See what the camera sees, on a phone, to aim it by.", no_args_is_help=True)
_SIDE, _QUALITY = 1280, 70
_REQUEST_S = 10.0
_MOST = 4
"""Viewers at a time."""
_PAGE = (
    "<!doctype html><meta name=viewport content='width=device-width'><title>befresh</title>"
    "<style>body{{margin:0;background:#000}}img{{width:100%}}</style><img src='/{key}/live'>"
)
_HEAD = "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"


@app.callback()
def _group() -> None:
    """One command so far."""


@app.command()
def live(
    port: Annotated[int, typer.Option(help="Where it is served; 0 takes a free one.", min=0, max=65535)] = 0,
    config: ConfigFile = None,
) -> None:
    """Show the picture on a phone in the same network, until Ctrl-C."""
    settings = load_settings(config).settings
    snapshot: dict[str, Any] = ask_agent(control_socket(runtime_dir(settings.agent))) or {}
    if snapshot.get("session") is not None:
        raise BefreshError("a session is open, and has the camera; try again when it is closed")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_show(settings, port))


async def _show(settings: Settings, port: int) -> None:
    view = LiveView(secrets.token_urlsafe(9))
    async with camera(settings.camera, SystemClock()) as eye:
        await view.take(eye)  # a camera that shows nothing is told now
        server = await asyncio.start_server(view.serve, "0.0.0.0", port)  # phones come from outside
        address = f"http://{outside()}:{server.sockets[0].getsockname()[1]}/{view.key}"
        typer.echo(f"{code(address)}{address}\nuntil Ctrl-C; only who knows this address can look")
        async with server:
            while True:
                await view.take(eye)


class LiveView:
    """The newest picture, for everybody who knows the key."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._picture = b""
        self._fresh = asyncio.Condition()
        self.viewers = 0

    async def take(self, eye: Camera) -> None:
        """The next picture."""
        picture = await asyncio.to_thread(_jpeg, await eye.frame())
        async with self._fresh:
            self._picture = picture
            self._fresh.notify_all()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One browser's request."""
        try:
            async with within(_REQUEST_S):
                path = (await reader.readline()).split(b" ")[1:2]
            await self._answer(path[0].decode("ascii", "replace") if path else "", writer)
        except (OSError, TimeoutError, ValueError):
            pass  # whoever asked is gone
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        if path == f"/{self.key}":
            writer.write(_head("200 OK", "text/html") + _PAGE.format(key=self.key).encode())
        elif path == f"/{self.key}/live" and self.viewers < _MOST:
            self.viewers += 1
            try:
                await self._stream(writer)
            finally:
                self.viewers -= 1
        else:
            writer.write(_head("404 Not Found", "text/plain"))
        await writer.drain()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        writer.write(_head("200 OK", "multipart/x-mixed-replace; boundary=picture"))
        while True:
            writer.write(b"--picture\r\nContent-Type: image/jpeg\r\n\r\n" + self._picture + b"\r\n")
            await writer.drain()
            async with self._fresh:
                await self._fresh.wait()


def _head(status: str, kind: str) -> bytes:
    return _HEAD.format(status=status, kind=kind).encode()


def _jpeg(frame: Frame) -> bytes:
    try:
        from PIL import Image
    except ImportError as error:
        raise missing(error, "vision") from error
    picture = Image.frombytes("L", (frame.width, frame.height), frame.gray)
    picture.thumbnail((_SIDE, _SIDE))
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()
