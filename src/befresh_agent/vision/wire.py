"""What travels between the agent and its vision worker.

Requests are a length-prefixed pickle and the picture's bytes. Answers are pickles on lines of their own: a line is read
at once or not at all, so an agent that stops waiting in the middle never loses its place.
"""

import base64
import pickle
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from befresh_agent.domain.detection import Findings
from befresh_agent.domain.expiry import Window
from befresh_agent.ports.camera import Frame

_LENGTHS = struct.Struct("!II")
_PIECE = 1 << 16
"""Bytes; as much as a pipe takes at once."""
LONGEST_LINE = 1 << 22
"""Bytes; a frame full of codes with their longest texts fits many times."""


@dataclass(frozen=True, slots=True)
class Request:
    number: int
    frame: Frame
    window: Window
    fresh: bool
    """The frame has nothing to do with the one before."""
    picture: int = 0
    """Long side of the small JPEG picture that is wanted back; 0 for none."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The first line of a worker."""

    no_dates: str = ""
    """Why it reads codes alone, if it does."""
    second_best: str = ""
    """Why it does not read dates in the first way, if it does not."""


@dataclass(frozen=True, slots=True)
class Answer:
    number: int
    findings: Findings | None
    error: str = ""
    picture: bytes | None = None


def request_parts(request: Request) -> Iterator[bytes | memoryview]:
    """The request in pieces small enough to be written from the event loop, the picture without a copy."""
    picture = memoryview(request.frame.gray)
    bare = replace(request, frame=replace(request.frame, gray=b""))
    head = pickle.dumps(bare, pickle.HIGHEST_PROTOCOL)
    yield _LENGTHS.pack(len(head), len(picture)) + head
    for start in range(0, len(picture), _PIECE):
        yield picture[start : start + _PIECE]


def read_request(stream: BinaryIO) -> Request | None:
    """The next request; None at the end of the stream."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head, picture = (stream.read(length) for length in _LENGTHS.unpack(lengths))
    if len(picture) < _LENGTHS.unpack(lengths)[1]:
        return None
    bare: Request = pickle.loads(head)
    return replace(bare, frame=replace(bare.frame, gray=picture))


def write_line(stream: BinaryIO, line: Ready | Answer) -> None:
    stream.write(base64.b64encode(pickle.dumps(line, pickle.HIGHEST_PROTOCOL)) + b"\n")
    stream.flush()


def parse_line(line: bytes) -> Ready | Answer:
    parsed: Ready | Answer = pickle.loads(base64.b64decode(line))
    return parsed
