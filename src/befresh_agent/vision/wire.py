"""What travels between the agent and its vision worker.

Requests are length-prefixed pickles. Answers are pickles on lines of their own: a line is read at once or not at all,
so an agent that stops waiting in the middle never loses its place.
"""

import base64
import pickle
import struct
from dataclasses import dataclass
from typing import BinaryIO

from befresh_agent.domain.detection import Findings
from befresh_agent.domain.expiry import Window
from befresh_agent.ports.camera import Frame

_LENGTH = struct.Struct("!I")
LONGEST_LINE = 1 << 22
"""Bytes; a frame full of codes with their longest texts fits many times."""


@dataclass(frozen=True, slots=True)
class Request:
    number: int
    frame: Frame
    window: Window
    fresh: bool
    """The frame has nothing to do with the one before."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The first line of a worker."""

    no_dates: str = ""
    """Why it reads codes alone, if it does."""


@dataclass(frozen=True, slots=True)
class Answer:
    number: int
    findings: Findings | None
    error: str = ""


def request_bytes(request: Request) -> bytes:
    body = pickle.dumps(request, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body


def read_request(stream: BinaryIO) -> Request | None:
    """The next request; None at the end of the stream."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    request: Request | None = pickle.loads(body) if len(body) == length else None
    return request


def write_line(stream: BinaryIO, line: Ready | Answer) -> None:
    stream.write(base64.b64encode(pickle.dumps(line, pickle.HIGHEST_PROTOCOL)) + b"\n")
    stream.flush()


def parse_line(line: bytes) -> Ready | Answer:
    parsed: Ready | Answer = pickle.loads(base64.b64decode(line))
    return parsed
