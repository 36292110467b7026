"""One suite over every camera: the simulated one, picture files, OpenCV and picamera2."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from befresh_agent.adapters.camera.camera_process import CameraProcess
from befresh_agent.adapters.camera.picture_files import FileCamera
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import Camera
from befresh_agent.simulation.simulated_camera import SimulatedCamera

WIDTH, HEIGHT = 640, 480
LIGHT = 180
STAND_IN = Path(__file__).parent / "stand_in"
Live = AbstractAsyncContextManager[Camera]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "light.png"
    Image.new("L", (WIDTH, HEIGHT), LIGHT).save(path)
    return path


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Stands for a webcam: OpenCV opens it in the same way."""
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5, (WIDTH, HEIGHT))
    for _ in range(60):
        writer.write(np.full((HEIGHT, WIDTH, 3), LIGHT, np.uint8))
    writer.release()
    return path


def simulated(request: pytest.FixtureRequest) -> Live:
    path = request.getfixturevalue("picture")
    return SimulatedCamera(lambda: path, SystemClock(), width=WIDTH, height=HEIGHT)


def files(request: pytest.FixtureRequest) -> Live:
    return FileCamera(request.getfixturevalue("picture"), SystemClock(), width=WIDTH, height=HEIGHT)


def opencv(request: pytest.FixtureRequest) -> Live:
    return CameraProcess(str(request.getfixturevalue("film")), width=WIDTH, height=HEIGHT)


def picamera(request: pytest.FixtureRequest) -> Live:
    request.getfixturevalue("monkeypatch").setenv("PYTHONPATH", str(STAND_IN))
    return CameraProcess("picamera2", width=WIDTH, height=HEIGHT)


def webcam(request: pytest.FixtureRequest) -> Live:
    return CameraProcess(str(WEBCAMS[0]), width=WIDTH, height=HEIGHT)


WEBCAMS = sorted(Path("/dev").glob("video*"))
CAMERAS = [simulated, files, opencv, picamera, *([webcam] if WEBCAMS else [])]

every_camera = pytest.mark.parametrize("make", CAMERAS)


@every_camera
async def test_frames_are_gray_and_of_the_size_they_say(
    make: Callable[[pytest.FixtureRequest], Live], request: pytest.FixtureRequest
) -> None:
    async with make(request) as camera:
        for _ in range(3):
            frame = await camera.frame()
            assert len(frame.gray) == frame.width * frame.height
            assert (frame.width, frame.height) == (WIDTH, HEIGHT)


@every_camera
async def test_what_is_before_the_camera_is_seen(
    make: Callable[[pytest.FixtureRequest], Live], request: pytest.FixtureRequest
) -> None:
    if make is webcam:
        return  # nobody knows what it is pointed at
    async with make(request) as camera:
        frame = await camera.frame()
        centre = frame.gray[frame.width * (frame.height // 2) + frame.width // 2]
        assert abs(centre - LIGHT) < 60


@every_camera
async def test_a_camera_can_be_entered_again(
    make: Callable[[pytest.FixtureRequest], Live], request: pytest.FixtureRequest
) -> None:
    live = make(request)
    for _ in range(2):
        async with live as camera:
            frame = await camera.frame()
            assert len(frame.gray) == frame.width * frame.height


@every_camera
async def test_a_cancelled_wait_costs_nothing(
    make: Callable[[pytest.FixtureRequest], Live], request: pytest.FixtureRequest
) -> None:
    async with make(request) as camera:
        waiting = asyncio.ensure_future(camera.frame())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert await camera.frame()


@pytest.mark.parametrize(
    "missing",
    [
        FileCamera(Path("/nowhere.jpg"), SystemClock(), width=WIDTH, height=HEIGHT),
        CameraProcess("/dev/video99", width=WIDTH, height=HEIGHT),
        CameraProcess("picamera2", width=WIDTH, height=HEIGHT),
        SimulatedCamera(lambda: None, SystemClock(), width=WIDTH, height=HEIGHT, broken=lambda: True),
    ],
    ids=["files", "opencv", "picamera2", "simulated"],
)
async def test_a_missing_camera_is_a_device_error(missing: Live) -> None:
    with pytest.raises(DeviceError):
        async with missing:
            pass


async def test_a_webcam_that_stops_is_a_device_error(film: Path) -> None:
    async with CameraProcess(str(film), width=WIDTH, height=HEIGHT) as camera:
        with pytest.raises(DeviceError, match="stopped"):
            await until_it_stops(camera)


async def until_it_stops(camera: Camera) -> None:
    for _ in range(200):
        await camera.frame()


async def test_a_folder_is_shown_picture_by_picture_and_then_nothing(tmp_path: Path) -> None:
    for number, level in enumerate((60, 220)):
        Image.new("L", (WIDTH, HEIGHT), level).save(tmp_path / f"{number}.png")
    (tmp_path / "0-notes.txt").write_text("no picture")
    levels: list[int] = []
    async with FileCamera(tmp_path, QuickClock(), width=WIDTH, height=HEIGHT) as camera:
        while not levels or levels[-1] != 40:
            levels.append((await camera.frame()).gray[0])
    assert list(dict.fromkeys(levels)) == [60, 220, 40]
    assert levels.count(60) == levels.count(220) >= 5


@pytest.mark.parametrize("files", [{}, {"notes.txt": b"no picture"}, {"half.jpg": b"\xff\xd8\xff\xe0"}])
async def test_a_folder_without_pictures_is_a_device_error_or_nothing(tmp_path: Path, files: dict[str, bytes]) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with pytest.raises(DeviceError):
        async with FileCamera(folder, QuickClock(), width=WIDTH, height=HEIGHT) as camera:
            await camera.frame()


async def test_no_two_simulated_frames_are_alike_and_every_run_is(picture: Path) -> None:
    async def frames() -> list[bytes]:
        async with SimulatedCamera(lambda: picture, QuickClock(), width=WIDTH, height=HEIGHT, seed=7) as camera:
            return [(await camera.frame()).gray for _ in range(3)]

    first = await frames()
    assert len(set(first)) == 3
    assert await frames() == first


async def test_the_simulated_view_is_empty_when_nothing_is_held_up() -> None:
    async with SimulatedCamera(lambda: None, QuickClock(), width=WIDTH, height=HEIGHT) as camera:
        frame = await camera.frame()
    assert max(frame.gray) < 100


class QuickClock(SystemClock):
    """Nobody waits."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
