"""The vision stage with its real worker processes: what happens when one is killed, hangs, leaks, or cannot work."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.container import Address
from befresh_agent.domain.detection import ContainerSeen, DateSeen
from befresh_agent.domain.events import DeviceState
from befresh_agent.errors import DeviceError
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.settings.device_sections import VisionSettings
from befresh_agent.settings.model import SessionSettings
from befresh_agent.vision.vision_pool import VisionPool
from tests.unit.vision.pictures import DEMO, blank, frame_of

KIMCHI = frame_of(DEMO / "container-kimchi.jpg")
FOUND = (ContainerSeen(Address("FB:89:EB:22:95:84")),)
PATIENCE_S = 60


@pytest.fixture
def devices() -> DeviceRegistry:
    return DeviceRegistry(EventBus(), SystemClock())


def worker(devices: DeviceRegistry, **settings: Any) -> VisionPool:
    return VisionPool(VisionSettings(**{"workers": 1, **settings}), SessionSettings(), SystemClock(), devices)


async def pid_of(vision: VisionPool) -> int:
    """The worker's process id; it is there soon after the pool was entered."""
    await until(lambda: bool(vision.pids))
    return vision.pids[0]


def state(devices: DeviceRegistry, name: str = "vision") -> DeviceState:
    return {change.device: change.state for change, _ in devices.states()}[name]


def is_running(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.02)


async def test_a_frame_is_looked_at_in_another_process(devices: DeviceRegistry) -> None:
    vision = worker(devices)
    async with vision:
        pid = await pid_of(vision)
        assert pid != os.getpid()
        assert (await vision.look(KIMCHI)).detections == FOUND
        assert (await vision.look(blank())).detections == ()
        assert vision.pids == [pid]
        assert state(devices) is DeviceState.LIVE
        assert state(devices, "date reader") is DeviceState.READY
    assert not is_running(pid)
    assert state(devices) is DeviceState.READY


async def test_the_stage_can_be_entered_again(devices: DeviceRegistry) -> None:
    vision = worker(devices)
    for _ in range(2):
        async with vision:
            assert (await vision.look(KIMCHI)).detections == FOUND


async def test_a_killed_worker_is_replaced(devices: DeviceRegistry) -> None:
    async with worker(devices) as vision:
        await vision.look(KIMCHI)
        first = await pid_of(vision)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(DeviceError, match="died"):
            await vision.look(KIMCHI)
        assert state(devices) is DeviceState.LOST
        assert (await vision.look(KIMCHI)).detections == FOUND
        assert vision.pids != [first]
        assert state(devices) is DeviceState.LIVE


async def test_a_worker_killed_while_a_frame_is_on_its_way_is_replaced(devices: DeviceRegistry) -> None:
    async with worker(devices) as vision:
        await vision.look(KIMCHI)
        pid = await pid_of(vision)
        os.kill(pid, signal.SIGSTOP)
        look = asyncio.create_task(vision.look(KIMCHI))
        await asyncio.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(DeviceError):
            await look
        assert (await vision.look(KIMCHI)).detections == FOUND


async def test_a_worker_killed_before_it_was_ready_is_replaced(devices: DeviceRegistry) -> None:
    async with worker(devices) as vision:
        os.kill(await pid_of(vision), signal.SIGKILL)
        with pytest.raises(DeviceError):
            await vision.look(KIMCHI)
        assert (await vision.look(KIMCHI)).detections == FOUND


async def test_a_hung_worker_is_replaced(devices: DeviceRegistry) -> None:
    async with worker(devices, hang_s=8) as vision:
        await vision.look(KIMCHI)
        hung = await pid_of(vision)
        os.kill(hung, signal.SIGSTOP)
        with pytest.raises(DeviceError, match="no answer within 8 s"):
            await vision.look(KIMCHI)
        assert not is_running(hung)
        assert (await vision.look(KIMCHI)).detections == FOUND


async def test_leaving_does_not_wait_for_a_hung_worker(devices: DeviceRegistry) -> None:
    async with asyncio.timeout(PATIENCE_S):
        async with worker(devices) as vision:
            await vision.look(KIMCHI)
            pid = await pid_of(vision)
            os.kill(pid, signal.SIGSTOP)
    assert not is_running(pid)


async def test_a_cancelled_look_does_not_mix_up_the_next_one(devices: DeviceRegistry) -> None:
    async with worker(devices) as vision:
        await vision.look(blank())
        for _ in range(5):
            look = asyncio.create_task(vision.look(KIMCHI))
            await asyncio.sleep(0.002)
            look.cancel()
            await asyncio.gather(look, return_exceptions=True)
        assert (await vision.look(blank())).detections == ()
        assert (await vision.look(KIMCHI)).detections == FOUND


async def test_ctrl_c_is_not_for_the_worker(devices: DeviceRegistry) -> None:
    async with worker(devices) as vision:
        await vision.look(KIMCHI)
        assert os.getpgid(await pid_of(vision)) != os.getpgid(0)


async def test_without_tesseract_codes_are_still_read(
    devices: DeviceRegistry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with worker(devices, reader="pytesseract") as vision:
        assert (await vision.look(KIMCHI)).detections == FOUND
        assert state(devices, "date reader") is DeviceState.LOST
        assert state(devices) is DeviceState.LIVE


OLD_OPENCV = """
import sys
sys.path.remove({folder!r})
del sys.modules["cv2"]
import cv2

def refuse(_):
    raise cv2.error("this ONNX is too new")

cv2.dnn.readNetFromONNX = refuse
"""


async def test_where_opencv_is_too_old_for_the_networks_dates_are_read_all_the_same_and_why_is_told(
    devices: DeviceRegistry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cv2.py").write_text(OLD_OPENCV.format(folder=str(tmp_path)))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)  # a newer fork server goes by this instead
    async with worker(devices) as vision:
        [milk] = (await vision.look(frame_of(DEMO / "milk.jpg"))).detections
        assert isinstance(milk, DateSeen)
        assert milk.date == date(2030, 3, 15)
        assert state(devices, "date reader") is DeviceState.READY
        [why] = [change.detail for change, _ in devices.states() if change.device == "date reader"]
        assert "this ONNX is too new; pip install --upgrade opencv-python-headless" in why


async def test_without_its_libraries_the_stage_says_what_is_missing(
    devices: DeviceRegistry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cv2.py").write_text("raise ImportError('No module named cv2')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))  # of the fork server
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])  # of a worker
    async with worker(devices) as vision:
        for _ in range(2):
            with pytest.raises(DeviceError, match=r"No module named cv2; .*\[vision\]'"):
                await vision.look(KIMCHI)
        assert state(devices) is DeviceState.LOST


async def test_a_machine_that_cannot_start_processes_is_told_and_tried_again(
    devices: DeviceRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with worker(devices) as vision:
        with pytest.raises(DeviceError, match="no process could be started"):
            await vision.look(KIMCHI)
        assert vision.pids == []
        assert state(devices) is DeviceState.LOST
        monkeypatch.undo()
        assert (await vision.look(KIMCHI)).detections == FOUND


AGENT = """
import asyncio
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import SessionSettings
from befresh_agent.settings.device_sections import VisionSettings
from befresh_agent.vision.vision_pool import VisionPool

async def main():
    clock = SystemClock()
    async with VisionPool(VisionSettings(), SessionSettings(), clock, DeviceRegistry(EventBus(), clock)) as vision:
        while not vision.pids:
            await asyncio.sleep(0.01)
        print(*vision.pids, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_the_worker_dies_with_a_killed_agent() -> None:
    agent = await asyncio.create_subprocess_exec(sys.executable, "-c", AGENT, stdout=subprocess.PIPE)
    assert agent.stdout is not None
    pids = [int(pid) for pid in (await agent.stdout.readline()).split()]
    assert pids
    assert all(map(is_running, pids))
    agent.kill()
    await agent.wait()
    await until(lambda: not any(map(is_running, pids)))


def test_the_agent_itself_loads_no_heavy_library() -> None:
    script = "import sys, befresh_agent.vision.vision_pool; sys.exit(bool({'cv2', 'numpy', 'PIL'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
