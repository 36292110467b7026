"""Several workers side by side: how frames are spread, what is left behind, and what a hundred kills do."""

import asyncio
import contextlib
import errno
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from multiprocessing import Pipe, heap
from multiprocessing.sharedctypes import RawArray
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.detection import OtherCodeSeen
from befresh_agent.domain.expiry import DateOrder, DateSpelling
from befresh_agent.domain.trigger import Press
from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import Frame
from befresh_agent.registration.capture_loop import CaptureLoop
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.settings.device_sections import VisionSettings
from befresh_agent.settings.model import SessionSettings
from befresh_agent.vision import fork_server, vision_worker, worker_slot
from befresh_agent.vision.vision_pool import VisionPool, suitable_workers, workers_of
from befresh_agent.vision.worker import open_reader, serve
from befresh_agent.vision.worker_wire import FrameAnswer, FrameRequest, WorkerReady
from tests.unit.registration.conftest import Stage, stage  # noqa: F401  # a fixture
from tests.unit.vision.light import CONTAINER, HANG, KIMCHI, NOTHING, ODD, SLOW, SLOW_S, WHO, light_work, opened
from tests.unit.vision.pictures import WINDOW

KILLS, SESSIONS = 100, 4


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """These workers need no libraries."""
    monkeypatch.setattr(fork_server, "PRELOADED", fork_server.PRELOADED[:-1])


def pool(**settings: Any) -> VisionPool:
    clock = SystemClock()
    chosen = VisionSettings(**{"workers": 2, **settings})
    return VisionPool(chosen, SessionSettings(), clock, DeviceRegistry(EventBus(), clock), work=light_work)


@pytest.fixture
async def two() -> AsyncIterator[VisionPool]:
    async with pool() as vision:
        await ready(vision)
        yield vision


async def ready(vision: VisionPool) -> None:
    """Every worker has answered."""
    await asyncio.gather(*(vision.look(SLOW) for _ in range(vision.places)))


async def reader_of(vision: VisionPool, frame: Frame = WHO) -> int:
    """Which process read it."""
    [seen] = (await vision.look(frame)).detections
    assert isinstance(seen, OtherCodeSeen)
    return int(seen.text)


def helpers(of: int) -> list[str]:
    """The programs that a process has started and that still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            program = (entry / "cmdline").read_text()
            if int(parent) == of and state != "Z" and "multiprocessing" in program:
                found.append(program)
    return found


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


async def test_as_many_frames_are_read_side_by_side_as_there_are_workers(two: VisionPool) -> None:
    readers = await asyncio.gather(*(reader_of(two, SLOW) for _ in range(4)))
    assert sorted(set(readers)) == sorted(two.pids)
    assert two.figures()["workers"] == 2
    assert two.figures()["frames_per_s"] > 0


async def test_one_that_dies_costs_its_own_frame_alone(two: VisionPool) -> None:
    looks = [asyncio.create_task(reader_of(two, SLOW)) for _ in range(2)]
    await asyncio.sleep(SLOW_S / 4)
    os.kill(two.pids[0], signal.SIGKILL)
    answers = await asyncio.gather(*looks, return_exceptions=True)
    assert sorted(isinstance(answer, DeviceError) for answer in answers) == [False, True]
    assert (await two.look(CONTAINER)).detections == (KIMCHI,)


async def test_one_that_hangs_holds_up_nobody() -> None:
    async with pool(hang_s=6) as vision:
        await ready(vision)
        hung = asyncio.create_task(vision.look(HANG))
        for _ in range(4):
            assert (await vision.look(CONTAINER)).detections == (KIMCHI,)
        assert not hung.done()
        with pytest.raises(DeviceError, match="no answer within 6 s"):
            await hung


async def test_one_that_leaks_is_replaced(two: VisionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(two.pids)
    monkeypatch.setattr(worker_slot, "_MOST_MB", 1.0)
    await asyncio.gather(two.look(SLOW), two.look(SLOW))
    monkeypatch.undo()
    await ready(two)
    assert not before & set(two.pids)


async def test_a_frame_that_a_library_cannot_take_costs_no_worker(two: VisionPool) -> None:
    before = set(two.pids)
    with pytest.raises(DeviceError, match="ValueError: an odd picture"):
        await two.look(ODD)
    assert (await two.look(CONTAINER)).detections == (KIMCHI,)
    assert set(two.pids) == before


async def test_a_picture_of_any_size_is_read(two: VisionPool) -> None:
    large = Frame(3000, 2000, CONTAINER.gray * 6_000_000)
    assert (await two.look(large)).detections == (KIMCHI,)
    assert (await two.look(CONTAINER)).detections == (KIMCHI,)


async def test_a_root_without_memory_to_share_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As where an image is made: /dev/shm is missing there, or closed to all but root."""
    monkeypatch.setattr(vision_worker, "_IN_MEMORY", (str(tmp_path / "shm"),))
    async with pool(workers=1) as vision:
        assert await reader_of(vision) == vision.pids[0]


async def test_where_there_is_no_room_for_pictures_the_frame_is_lost_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object, size: int, fd: int = -1) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(heap.Arena, "__init__", full)
    monkeypatch.setattr(heap.BufferWrapper, "_heap", heap.Heap())
    async with pool(workers=1) as vision:
        with pytest.raises(DeviceError, match=r"no room for a picture: .* No space left"):
            await vision.look(WHO)


async def test_workers_are_replaced_when_what_they_are_forked_from_dies(two: VisionPool) -> None:
    pids = two.pids
    os.kill(parent_of(pids[0]), signal.SIGKILL)
    await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    for _ in range(2):
        with pytest.raises(DeviceError):
            await two.look(NOTHING)
    assert (await two.look(CONTAINER)).detections == (KIMCHI,)


async def test_what_they_are_forked_from_may_hang() -> None:
    async with pool(workers=1, hang_s=6) as vision:
        await ready(vision)
        os.kill(parent_of(vision.pids[0]), signal.SIGSTOP)
        os.kill(vision.pids[0], signal.SIGKILL)
        with pytest.raises(DeviceError):
            await vision.look(NOTHING)
        with pytest.raises(DeviceError):
            await vision.look(NOTHING)
        assert (await vision.look(CONTAINER)).detections == (KIMCHI,)


async def test_workers_are_forked_from_one_thread(two: VisionPool) -> None:
    status = Path(f"/proc/{parent_of(two.pids[0])}/status").read_text()
    assert "Threads:\t1\n" in status


async def test_nothing_of_a_pool_is_left_behind_and_no_picture_has_a_name() -> None:
    memory = set(Path("/dev/shm").iterdir())
    async with pool() as vision:
        await ready(vision)
        assert len(helpers(os.getpid())) == 2, "the fork server and the tracker of resources"
        assert not {name for name in set(Path("/dev/shm").iterdir()) - memory if "mp" in name.name}
        pids = vision.pids
    assert helpers(os.getpid()) == []
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


AGENT = """
import asyncio, sys
from tests.unit.vision.test_pool_of_workers import pool
from tests.unit.vision.light import HANG

async def main():
    async with pool() as vision:
        looks = [asyncio.create_task(vision.look(HANG)) for _ in range(2)]
        while len(vision.pids) < 2:
            await asyncio.sleep(0.01)
        print(*vision.pids, flush=True)
        await asyncio.gather(*looks)

asyncio.run(main())
"""


async def test_an_agent_that_is_killed_takes_all_of_it_along(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    agent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", AGENT, stdout=subprocess.PIPE, env=environment
    )  # fmt: skip
    assert agent.stdout is not None
    pids = [int(word) for word in (await agent.stdout.readline()).split()]
    pids.append(parent_of(pids[0]))
    assert list(tmp_path.glob("*/listener-*")), "the socket of the fork server"
    agent.kill()
    await agent.wait()
    await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    assert not list(tmp_path.iterdir())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)


class Fridge:
    """A camera that shows what the test holds up."""

    def __init__(self) -> None:
        self.shown = NOTHING

    async def __aenter__(self) -> "Fridge":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.shown = NOTHING

    async def frame(self) -> Frame:
        await asyncio.sleep(0.005)
        return self.shown


async def test_a_hundred_kills_at_random_moments_lose_no_session(
    stage: Stage,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_slot, "_PAUSE_S", 0.02)
    fridge, rng = Fridge(), random.Random(3)
    vision = VisionPool(VisionSettings(workers=2), SessionSettings(), stage.clock, stage.devices, work=light_work)
    stage.see_through(CaptureLoop(lambda: fridge, vision, stage.clock, stage.devices))
    kills = 0
    for session in range(1, SESSIONS + 1):
        stage.do(Press.SHORT)
        await stage.cue(Cue.ON, session)
        while kills < KILLS * session // SESSIONS:
            await asyncio.sleep(rng.uniform(0, 0.06))
            if pids := vision.pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(rng.choice(pids), signal.SIGKILL)
                    kills += 1
        fridge.shown = CONTAINER
        await stage.until(lambda: len(stage.kept()) == session)  # noqa: B023  # awaited at once
        stage.do(Press.SHORT)
        await stage.cue(Cue.OFF, session)
        await stage.until(lambda: stage.registration.live is None)
    assert kills == KILLS
    assert stage.kept() == [None] * SESSIONS


def test_a_worker_says_what_it_can_and_answers_until_nobody_asks() -> None:
    ours, theirs = Pipe()
    shared = RawArray("B", 4)
    life = Thread(target=serve, args=(theirs, shared, opened("")))
    life.start()
    assert ours.recv() == WorkerReady()
    shared[0] = CONTAINER.gray[0]
    ours.send(FrameRequest(1, 1, WINDOW, frozenset(), picture=64))
    answer = ours.recv()
    assert (answer.findings.detections, answer.error) == ((KIMCHI,), "")
    assert answer.picture.startswith(b"\xff\xd8")
    assert answer.memory_mb > 1
    shared[0] = ODD.gray[0]
    ours.send(FrameRequest(1, 1, WINDOW, frozenset()))
    assert ours.recv().error == "ValueError: an odd picture"
    ours.close()
    life.join(10)
    assert not life.is_alive()


def test_a_worker_without_a_pipeline_says_why() -> None:
    ours, theirs = Pipe()
    life = Thread(target=serve, args=(theirs, RawArray("B", 1), ("numpy is not installed", WorkerReady())))
    life.start()
    assert ours.recv() == WorkerReady()
    ours.send(FrameRequest(1, 1, WINDOW, frozenset()))
    assert ours.recv() == FrameAnswer(None, "numpy is not installed")
    ours.close()
    life.join(10)


def test_the_real_pipeline_is_opened_once_for_all_workers() -> None:
    first, second = (open_reader("trained")[0] for _ in range(2))
    assert first._read_dates is second._read_dates  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("cores", "memory_gb", "workers"),
    [(4, 0.42, 1), (4, 0.9, 1), (4, 1.85, 2), (4, 3.7, 3), (4, 7.6, 3), (2, 24, 2), (1, 4, 1), (3, 8, 2), (64, 256, 3)],
)
def test_workers_suit_the_machine(cores: int, memory_gb: float, workers: int) -> None:
    assert suitable_workers(cores, memory_gb) == workers


def test_the_settings_come_before_the_machine() -> None:
    assert workers_of(5) == 5
    assert 1 <= workers_of("auto") <= 3


def test_a_spelling_that_is_switched_on_counts_from_the_next_frame_on() -> None:
    vision = pool()
    before = vision._window()
    vision.allow(["Y.M", "auto", "nonsense"])
    after = vision._window()
    assert (after.spellings - before.spellings, after.order) == (frozenset({DateSpelling.MONTH}), DateOrder.AUTO)


def test_what_a_file_says_of_spellings_stays() -> None:
    vision = pool(order="ymd", spellings=("Y-M-D",))
    assert not vision.may_allow("auto")
    assert not vision.may_allow("Y.M")
    vision.allow(["Y.M", "auto"])
    assert (vision._window().spellings, vision._window().order) == (frozenset({DateSpelling.DASHES}), DateOrder.YMD)
