"""A vision worker: a process of its own that looks at frames, so that the loop never waits for a library.

In: requests from a pipe, frames in shared memory. Out: answers. A library that crashes, hangs or leaks does it here.
"""

import contextlib
from collections.abc import Callable, Collection
from ctypes import Array, c_ubyte
from multiprocessing.connection import Connection
from typing import Protocol

from befresh_agent.domain.detection import ContainerSeen, DateSeen, FrameFindings, OtherCodeSeen
from befresh_agent.domain.expiry import DateWindow
from befresh_agent.errors import DeviceError, InvalidValue
from befresh_agent.ports.devices import Frame
from befresh_agent.runtime.media_files import decode_photo, to_frame
from befresh_agent.runtime.own_process import own_mb
from befresh_agent.runtime.remedies import missing
from befresh_agent.vision.worker_wire import FrameAnswer, FrameRequest, PhotoRequest, WorkerReady

_PHOTO_SIDES = (1280, 2560)
"""Long sides, in pixels, to which a phone's photo is shrunk."""

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


def _answer(pipeline: Looks | str, request: FrameRequest | PhotoRequest, shared: Shared) -> FrameAnswer:
    if isinstance(pipeline, str):
        return FrameAnswer(None, pipeline)
    memory = memoryview(shared).cast("B")
    try:
        if isinstance(request, PhotoRequest):
            findings = look_at_photo(pipeline, memory[: request.size].tobytes(), request.window)
            return FrameAnswer(findings, memory_mb=own_mb())
        frame = Frame(request.width, request.height, memory[: request.width * request.height].tobytes())
        findings = pipeline.look(frame, request.window, request.known)
        return FrameAnswer(findings, picture=_picture(frame, request.picture), memory_mb=own_mb())
    except InvalidValue as error:
        return FrameAnswer(None, str(error), is_no_picture=True, memory_mb=own_mb())
    except Exception as error:  # noqa: BLE001  # a frame that a library cannot take must not cost the worker
        return FrameAnswer(None, f"{type(error).__name__}: {error}", memory_mb=own_mb())


def look_at_photo(pipeline: Looks, photo: bytes, window: DateWindow) -> FrameFindings:
    """Everything in a photo, which has but this one chance: small print and codes are looked for in more pixels.

    Raises `InvalidValue` for what is no picture.
    """
    findings = FrameFindings((), 0.0)
    for side in _PHOTO_SIDES:
        picture = decode_photo(photo, side)
        frame = to_frame(picture)
        findings = pipeline.look(frame, window)
        if codes := {seen.text for seen in findings.detections if isinstance(seen, OtherCodeSeen)}:
            findings = pipeline.look(frame, window, codes)  # a known code no longer keeps the date from being read
        if _says_enough(findings) or max(picture.size) < side:
            break
    return findings


def _says_enough(findings: FrameFindings) -> bool:
    return any(isinstance(seen, ContainerSeen | DateSeen) for seen in findings.detections)


def _picture(frame: Frame, side: int) -> bytes | None:
    if not side:
        return None
    from befresh_agent.vision.images import preview_jpeg

    return preview_jpeg(frame, side)
