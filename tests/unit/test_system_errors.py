import errno
import os
import socket

import pytest

from befresh_agent.errors import cause, error_text, told


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_no_errno_is_shown(number: int) -> None:
    for text in (
        error_text(OSError(number, os.strerror(number), "f")),
        told(OSError(number, os.strerror(number), "f")),
    ):
        assert text
        assert "Errno" not in text


def test_the_file_the_cause_and_the_remedy() -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/a")
    assert told(full) == "/a: the disk is full; make room (`df -h` shows where), then try again"
    assert told(full, "/b").startswith("/b: the disk")
    assert told(OSError(errno.ENOENT, "", "/x"), "/no/such/place") == (
        "/no/such/place: there is no folder /no/such; make it first"
    )


def test_what_libraries_say_in_an_errnos_place_is_kept() -> None:
    assert cause(OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno -2] nor here")) == (
        "Multiple exceptions: refused, nobody listens there, nor here"
    )
    assert cause(socket.gaierror(-2, "Name or service not known")) == "Name or service not known"
    assert cause(TimeoutError()) == "TimeoutError"
