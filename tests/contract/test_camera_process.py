"""Whatever a camera library does to its process, the agent gets a message, and the next attempt a fresh process."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from befresh_agent.adapters.camera.camera_process import CameraProcess
from befresh_agent.errors import DeviceError
from tests.contract.test_camera import HEIGHT, LIGHT, STAND_IN, WIDTH

Behaves = Callable[..., None]


@pytest.fixture
def behaves(monkeypatch: pytest.MonkeyPatch) -> Behaves:
    """Say how picamera2 behaves from now on."""
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN))

    def behave(**habits: Any) -> None:
        monkeypatch.setenv("PICAMERA2_STAND_IN", json.dumps(habits))

    return behave


def a_camera(**limits: float) -> CameraProcess:
    return CameraProcess("picamera2", width=WIDTH, height=HEIGHT, **limits)


def files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize(
    ("habits", "said"),
    [
        ({"import_fails": "numpy.dtype size changed"}, "does not load: ValueError: numpy.dtype size changed.*apt full"),
        ({"cameras": 0}, "no camera is connected.*cable"),
        ({"refusal": "Camera __init__ sequence did not complete"}, "sequence did not complete.*in use"),
        ({"fault": "Failed to start camera: Device or resource busy"}, "busy"),
        ({"own_format": "SRGGB10"}, "SRGGB10.*camera.source"),
        ({"aborts_at_frame": 1}, "SIGABRT: terminate called after throwing an instance of 'std::runtime_error'"),
        ({"stalled": True}, "no picture for .* cable"),
    ],
    ids=["import", "none", "busy", "no start", "format", "abort", "stalled"],
)
async def test_what_the_library_does_is_a_message(habits: dict[str, Any], said: str, behaves: Behaves) -> None:
    behaves(**habits)
    with pytest.raises(DeviceError, match=said):
        async with a_camera() as camera:
            await camera.frame()


async def test_a_library_that_is_not_there_is_told_from_one_that_does_not_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DeviceError, match=r"is not installed.*install.sh"):
        async with a_camera():
            pass
    (tmp_path / "picamera2.py").write_text("raise ImportError('libcamera.so: undefined symbol: _ZN9libcamera4_log')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(DeviceError, match=r"undefined symbol.*full-upgrade") as told:
        async with a_camera():
            pass
    assert "install.sh" not in str(told.value)


async def test_a_camera_that_opens_too_slowly_is_let_go(behaves: Behaves) -> None:
    behaves(opens_after_s=60)
    slow = a_camera(open_s=1.0)
    with pytest.raises(DeviceError, match="does not answer within 1 s"):
        async with slow:
            pass
    assert slow.pid is None
    behaves()
    async with a_camera() as camera:
        assert await camera.frame()


async def test_one_that_hangs_is_killed(behaves: Behaves) -> None:
    behaves(hangs_at_frame=2)
    async with a_camera(frame_s=0.5) as camera:
        await camera.frame()
        pid = camera.pid
        with pytest.raises(DeviceError, match="does not answer"):
            await camera.frame()
    assert pid is not None
    assert not Path(f"/proc/{pid}").exists()


async def test_one_that_is_killed_from_outside_is_told(behaves: Behaves) -> None:
    behaves()
    async with a_camera() as camera:
        await camera.frame()
        assert camera.pid is not None
        os.kill(camera.pid, signal.SIGKILL)
        with pytest.raises(DeviceError, match="SIGKILL"):
            await camera.frame()


async def test_a_camera_that_is_away_costs_no_files(behaves: Behaves) -> None:
    behaves(refusal="it is busy")
    before = files()
    for _ in range(5):
        with pytest.raises(DeviceError):
            async with a_camera():
                pass
    assert files() == before


async def test_it_focuses_by_itself_and_is_closed_in_order(behaves: Behaves, tmp_path: Path) -> None:
    behaves(told=str(tmp_path / "told"))
    async with a_camera() as camera:
        await camera.frame()
    assert (tmp_path / "told").read_text().splitlines() == ['controls {"AfMode": 2}', "started", "closed"]


async def test_one_without_autofocus_is_left_alone(behaves: Behaves, tmp_path: Path) -> None:
    behaves(autofocus=False, told=str(tmp_path / "told"))
    async with a_camera() as camera:
        await camera.frame()
    assert "controls" not in (tmp_path / "told").read_text()


async def test_one_that_does_not_start_or_whose_cable_came_loose_is_closed(behaves: Behaves, tmp_path: Path) -> None:
    for habits in ({"fault": "busy"}, {"stalled": True}):
        behaves(told=str(tmp_path / "told"), **habits)
        with pytest.raises(DeviceError):
            async with a_camera() as camera:
                await camera.frame()
        assert (tmp_path / "told").read_text().splitlines()[-1] == "closed"
    assert "flushed" in (tmp_path / "told").read_text()


@pytest.mark.parametrize("form", ["YUV420", "YUYV", "MJPEG"])
@pytest.mark.parametrize("size", [(320, 240), (300, 200)], ids=["even rows", "padded rows"])
async def test_whatever_format_and_size_it_chose_the_frame_is_gray(
    form: str, size: tuple[int, int], behaves: Behaves
) -> None:
    behaves(own_format=form, own_size=size)
    async with a_camera() as camera:
        frame = await camera.frame()
    assert (frame.width, frame.height) == size
    assert set(frame.gray) == {LIGHT}
    assert len(frame.gray) == size[0] * size[1]
