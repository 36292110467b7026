"""The process that vision workers are forked from: `multiprocessing` starts it, with the libraries loaded once for all.

In: processes to start, with the first of which it comes. Out: running ones. There is one for the whole program.

`multiprocessing` keeps its fork server, and the tracker of resources beside it, until the program ends. The agent is
idle most of the time, and 50 MB are much for that: so both are ended here, by the methods that the library's own tests
use.
"""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerProcess
from typing import Any, TypeVar

T = TypeVar("T")

_SAFE_PATH = "PYTHONSAFEPATH"

CONTEXT = multiprocessing.get_context("forkserver")
PRELOADED = ("befresh_agent.vision.preload", "befresh_agent.vision.worker", "befresh_agent.vision.preload_pipeline")


async def start(process: ForkServerProcess) -> None:
    """Start a process. Raises `OSError` or `EOFError` when the system cannot."""
    multiprocessing.set_executable(sys.executable)
    CONTEXT.set_forkserver_preload(list(PRELOADED))
    with _safe_path():
        _quietly(forkserver.ensure_running)  # not in a thread: the kernel ends it with the thread that started it
    await in_thread(lambda: _quietly(process.start))


async def stop() -> None:
    """End it, and with it every worker."""
    await in_thread(_stop)


async def in_thread(job: Callable[[], T]) -> T:
    """`asyncio.to_thread` in a daemon thread: a job that hangs must not keep the program from ending."""
    done: Future[T] = Future()

    def work() -> None:
        done.set_running_or_notify_cancel()
        try:
            done.set_result(job())
        except BaseException as error:  # noqa: BLE001  # handed to whoever waits for the job
            done.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return await asyncio.wrap_future(done)


@contextlib.contextmanager
def _safe_path() -> Iterator[None]:
    """A file `cv2.py` where the agent was started is not what a program that starts meanwhile needs."""
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before


def _quietly(job: Callable[[], None]) -> None:
    """Without a warning that the tracker of resources died: it is started again."""
    with warnings.catch_warnings(action="ignore"):
        job()


def _stop() -> None:
    server: Any = forkserver._forkserver
    tracker: Any = resource_tracker._resource_tracker
    if (pid := server._forkserver_pid) is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)  # it may hang
    with contextlib.suppress(FileNotFoundError):  # its socket is gone already
        server._stop()
    tracker._stop()
