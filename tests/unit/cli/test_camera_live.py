"""The live picture: for who knows the address, and for nobody else."""

import asyncio
import contextlib
import io

import pytest
from PIL import Image

from befresh_agent.adapters.camera.camera_process import CameraProcess
from befresh_agent.cli.camera import LiveView
from befresh_agent.runtime.event_loop import within
from tests.contract.test_camera import LIGHT, STAND_IN


async def asked(port: int, path: str, enough: int = 1) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\n\r\n".encode())
    said = b""
    async with within(20):
        while said.count(b"--picture") < enough and (piece := await reader.read(65536)):
            said += piece
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return said


async def test_a_phone_sees_what_the_camera_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN))
    view = LiveView("key")
    async with CameraProcess("picamera2", width=640, height=480) as eye:
        await view.take(eye)
        server = await asyncio.start_server(view.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        taking = asyncio.create_task(view.take(eye))
        assert b"/key/live" in await asked(port, "/key")
        assert (await asked(port, "/")).startswith(b"HTTP/1.1 404")
        assert (await asked(port, "/other/live")).startswith(b"HTTP/1.1 404")
        await taking  # one at a time asks the camera
        watching = asyncio.create_task(asked(port, "/key/live", enough=2))
        async with within(20):
            while not watching.done():
                await view.take(eye)
        said = await watching
        async with within(20):
            while view.viewers:
                await view.take(eye)
        server.close()
        await server.wait_closed()
    picture = Image.open(io.BytesIO(said.split(b"image/jpeg\r\n\r\n")[1]))
    assert picture.size == (640, 480)
    assert abs(picture.getpixel((320, 240)) - LIGHT) < 4  # type: ignore[operator]
