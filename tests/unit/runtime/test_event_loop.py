"""What becomes of errors that no code caught."""

import asyncio
from typing import Any

import pytest

from befresh_agent.runtime.event_loop import LoopErrorHandler

LIBRARY = """
def send():
    raise ConnectionResetError(104, "Connection reset by peer")
"""


def raised_in(module: str) -> OSError:
    """An error with the traceback it has when it comes from there."""
    code: dict[str, Any] = {"__name__": module}
    exec(LIBRARY, code)
    try:
        code["send"]()
    except OSError as error:
        return error
    raise AssertionError


def left(error: Exception) -> dict[str, Any]:
    future = asyncio.get_running_loop().create_future()
    return {"message": "Future exception was never retrieved", "exception": error, "future": future}


async def test_a_lost_connection_is_a_line_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    unheard = LoopErrorHandler(iter([100.0, 101.0, 159.0, 160.0, 161.0]).__next__)
    for _ in range(5):
        unheard(asyncio.get_running_loop(), left(raised_in("somelib.net")))
    line = ("agent", "somelib lost a connection: the other side closed the connection")
    assert [(record.name, record.getMessage()) for record in caplog.records] == [line, line]
    assert all(record.exc_info is None for record in caplog.records)


async def test_what_this_program_forgets_is_told_in_full(caplog: pytest.LogCaptureFixture) -> None:
    LoopErrorHandler()(asyncio.get_running_loop(), left(raised_in("befresh_agent.page.website")))
    assert caplog.records[-1].exc_info


async def test_so_is_every_other_error(caplog: pytest.LogCaptureFixture) -> None:
    LoopErrorHandler()(asyncio.get_running_loop(), left(ValueError("7")))
    LoopErrorHandler()(asyncio.get_running_loop(), {"message": "Executing a callback took long"})
    assert [record.name for record in caplog.records] == ["asyncio", "asyncio"]


async def test_files_that_run_out_are_a_line_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    unheard = LoopErrorHandler(iter([100.0] * 2000 + [160.0]).__next__)
    for _ in range(2001):
        error = OSError(24, "Too many open files")
        context = {"message": "socket.accept() out of system resource", "exception": error, "socket": object()}
        unheard(asyncio.get_running_loop(), context)
    line = "socket.accept() out of system resource: too many files are open"
    assert [(record.getMessage(), record.exc_info) for record in caplog.records] == [(line, None)] * 2


async def test_the_same_mistake_is_told_in_full_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    unheard = LoopErrorHandler(iter([100.0, 101.0, 102.0, 162.0]).__next__)
    for raised in (raised_in("befresh_agent.one"), raised_in("befresh_agent.one"), ValueError("7")):
        unheard(asyncio.get_running_loop(), {"message": "Exception in callback", "exception": raised})
    unheard(asyncio.get_running_loop(), {"message": "Exception in callback", "exception": ValueError("8")})
    assert [type((record.exc_info or [None])[0]) for record in caplog.records] == [type] * 3
