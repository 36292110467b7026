"""The camera's own process: whatever a camera library does, it does it here.

In: the number of a frame that is wanted, a line each on standard input. Out: an answer each as a line of JSON, the
first one when the camera is open, and the frame's bytes in memory that both processes share. Its first error ends it.
"""

import json
import os
import sys
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Protocol

from befresh_agent.adapters.camera.opencv import OpencvCamera
from befresh_agent.adapters.camera.picamera2 import PicameraCamera
from befresh_agent.errors import DeviceError, error_text
from befresh_agent.ports.devices import Frame
from befresh_agent.runtime.own_process import die_with
from befresh_agent.runtime.subprocesses import private_output


class OpenCamera(Protocol):
    def take(self) -> Frame:
        """The newest frame; raises `DeviceError`, or whatever its library raises."""


def main() -> None:
    """`python -m befresh_agent.adapters.camera.camera_worker SOURCE WIDTH HEIGHT MEMORY PARENT`."""
    source, (width, height, memory, parent) = sys.argv[1], map(int, sys.argv[2:])
    die_with(parent)
    answers = private_output()
    try:
        with _camera(source, width, height) as camera:
            _tell(answers, {})
            for number in sys.stdin.buffer:
                frame = camera.take()
                os.pwrite(memory, frame.gray, 0)
                _tell(answers, {"number": int(number), "width": frame.width, "height": frame.height})
    except DeviceError as error:
        _tell(answers, {"error": error.detail, "remedy": error.remedy})
    except Exception as error:  # noqa: BLE001  # that is what this process is for
        kind = "" if isinstance(error, OSError | RuntimeError) else f"{type(error).__name__}: "
        _tell(answers, {"error": f"{kind}{error_text(error)}", "remedy": "check its cable, and whether it is in use"})


def _camera(source: str, width: int, height: int) -> AbstractContextManager[OpenCamera]:
    if source == "picamera2":
        return PicameraCamera(width=width, height=height)
    return OpencvCamera(source, width=width, height=height)


def _tell(answers: BinaryIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
