"""How the process that vision workers are forked from settles in, and they with it.

`multiprocessing` imports this in its fork server (`fork_server.py` names it there); imported elsewhere it does nothing.
"""

import contextlib
import os
import resource
import signal
import sys
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

from befresh_agent.runtime.own_process import die_with, end_with_parent

_NICENESS = 5
"""The loop goes first when both want the same core."""
_OOM_SCORE = "500"
"""Should the machine's memory run out, a worker goes first; it is replaced."""
_MOST_DATA = 384 << 20
"""Bytes. A library that asks for more in one go is refused, and the frame is lost instead of the machine's memory."""
_FORK_SERVER = os.getpid()


def die_with_the_fork_server() -> None:
    """For a worker: end at once when the fork server ends, which ends with the agent."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with(_FORK_SERVER)


def _settle_in() -> None:
    os.setsid()  # Ctrl-C is for the agent, which then ends its workers
    _be_silent()
    signal.signal(signal.SIGTERM, _the_agent_died)
    end_with_parent(signal.SIGTERM)
    for variable in ("OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"  # Tesseract is four times slower when its threads compete; a fork takes none along
    os.nice(_NICENESS)
    with contextlib.suppress(OSError, ValueError):  # a limit that is stricter already
        resource.setrlimit(resource.RLIMIT_DATA, (_MOST_DATA, _MOST_DATA))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, encoding="utf-8")


def _be_silent() -> None:
    """Native libraries write to the terminal what nobody asked for."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _the_agent_died(*_: object) -> None:
    """The kernel says so. An agent that was killed could not remove its socket."""
    server: Any = forkserver._forkserver
    if address := server._forkserver_address:
        with contextlib.suppress(OSError):
            Path(address).unlink()
            Path(address).parent.rmdir()
    os._exit(0)


if "multiprocessing.forkserver" in sys.orig_argv[-1]:
    _settle_in()
