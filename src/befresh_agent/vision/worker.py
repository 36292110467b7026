"""A vision worker: a process of its own that looks at frames, so that the loop never waits for a library.

In: requests from a pipe, frames in shared memory. Out: answers. A library that crashes, hangs or leaks does it here.
"""

import contextlib
from collections.abc import Callable, Collection
from ctypes import Array, c_ubyte
from multiprocessing.connection import Connection
from typing import Protocol

from befresh_agent.domain.detection import FrameFindings
from befresh_agent.domain.expiry import DateWindow
from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import Frame
from befresh_agent.runtime.own_process import own_mb
from befresh_agent.runtime.remedies import missing
from befresh_agent.vision.worker_wire import FrameAnswer, FrameRequest, WorkerReady

Shared = Array[c_ubyte]
"""Memory in which the agent lays one frame after the other."""


class Looks(Protocol):
    """What a pipeline does."""

    def look(self, frame: Frame, window: DateWindow, known: Collection[str] = ()) -> FrameFindings: ...


Opened = tuple[Looks | str, WorkerReady]
"""The pipeline or why there is none, and what is to be said of it."""


def open_reader(reader: str) -> Opened:
    """The real pipeline; its libraries are loaded now, if the fork server has not loaded them already."""
    try:
        from befresh_agent.vision.pipeline import open_pipeline

        return open_pipeline(reader)
    except ImportError as error:
        return str(missing(error, "vision")), WorkerReady()
    except DeviceError as error:
        return str(error), WorkerReady()


def work(channel: Connection, shared: Shared, reader: str, opened: Callable[[str], Opened] = open_reader) -> None:
    """The whole life of a worker."""
    from befresh_agent.vision.preload import die_with_the_fork_server

    die_with_the_fork_server()
    serve(channel, shared, opened(reader))


def serve(channel: Connection, shared: Shared, opened: Opened) -> None:
    """Answer every request until the agent's end of the pipe is closed."""
    pipeline, ready = opened
    with contextlib.suppress(EOFError, BrokenPipeError):
        channel.send(ready)
        while True:
            channel.send(_answer(pipeline, channel.recv(), shared))


def _answer(pipeline: Looks | str, request: FrameRequest, shared: Shared) -> FrameAnswer:
    if isinstance(pipeline, str):
        return FrameAnswer(None, pipeline)
    gray = memoryview(shared).cast("B")[: request.width * request.height].tobytes()
    frame = Frame(request.width, request.height, gray)
    try:
        findings = pipeline.look(frame, request.window, request.known)
        return FrameAnswer(findings, picture=_picture(frame, request.picture), memory_mb=own_mb())
    except Exception as error:  # noqa: BLE001  # a frame that a library cannot take must not cost the worker
        return FrameAnswer(None, f"{type(error).__name__}: {error}", memory_mb=own_mb())


def _picture(frame: Frame, side: int) -> bytes | None:
    if not side:
        return None
    from befresh_agent.vision.images import preview_jpeg

    return preview_jpeg(frame, side)
