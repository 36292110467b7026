"""The vision worker: a process of its own that looks at frames, so that the loop never waits for a library.

In: requests on standard input. Out: answers on standard output. A library that crashes, hangs or prints does it here.
"""

import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING, BinaryIO

from befresh_agent.errors import DeviceError
from befresh_agent.vision.wire import Answer, Ready, Request, read_request, write_line

if TYPE_CHECKING:
    from befresh_agent.vision.pipeline import Pipeline

_PR_SET_PDEATHSIG = 1
_NICENESS = 5
"""The loop goes first when both want the same core."""


def main() -> None:
    """`python -m befresh_agent.vision.worker READER PARENT`."""
    reader, parent = sys.argv[1], int(sys.argv[2])
    _die_with(parent)
    os.nice(_NICENESS)
    requests, answers = sys.stdin.buffer, _private_output()
    serve(requests, answers, reader)


def serve(requests: BinaryIO, answers: BinaryIO, reader: str) -> None:
    """Answer every request until there are no more."""
    pipeline, ready = _open(reader)
    write_line(answers, ready)
    while (request := read_request(requests)) is not None:
        write_line(answers, _answer(pipeline, request))


def _open(reader: str) -> tuple["Pipeline | str", Ready]:
    """The pipeline or why there is none, and what is to be said of it."""
    try:
        from befresh_agent.vision.pipeline import open_pipeline

        return open_pipeline(reader)
    except ImportError as error:
        return f"{error}; pip install 'befresh-agent[vision]'", Ready()
    except DeviceError as error:
        return str(error), Ready()


def _answer(pipeline: "Pipeline | str", request: Request) -> Answer:
    if isinstance(pipeline, str):
        return Answer(request.number, None, pipeline)
    if request.fresh:
        pipeline.start_over()
    try:
        findings = pipeline.look(request.frame, request.window)
        return Answer(request.number, findings, picture=_picture(request))
    except Exception as error:  # noqa: BLE001  # a frame that a library cannot take must not cost the worker
        return Answer(request.number, None, f"{type(error).__name__}: {error}")


def _picture(request: Request) -> bytes | None:
    if not request.picture:
        return None
    from befresh_agent.vision.souvenir import small_jpeg

    return small_jpeg(request.frame, request.picture)


def _die_with(parent: int) -> None:
    """Never outlive the agent, not even one that was killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit()


def _private_output() -> BinaryIO:
    """Standard output for answers alone: whatever libraries print goes where errors go."""
    private = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(private, "wb")


if __name__ == "__main__":
    main()
