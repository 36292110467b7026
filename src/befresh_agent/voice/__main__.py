"""The voice process: `python -m befresh_agent.voice --socket PATH`, with its options as JSON on standard input.

Started by the agent, ends with it.
"""

import argparse
import asyncio
import ctypes
import faulthandler
import logging
import os
import signal
import sys
from pathlib import Path

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.voice.conversation import Conversation
from befresh_agent.voice.ear import News
from befresh_agent.voice.last_words import log_crash
from befresh_agent.voice.line import Line
from befresh_agent.voice.messages import Hello, MicrophoneLive, MicrophoneLost, WakeLost, WakeReady, Woke
from befresh_agent.voice.options import EarOptions
from befresh_agent.voice.parts import make_ear

_PR_SET_PDEATHSIG = 1


def main() -> None:
    _die_with_parent()
    _keep_libraries_quiet()
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    parser = argparse.ArgumentParser(prog="python -m befresh_agent.voice", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="where the main loop listens")
    socket = parser.parse_args().socket
    asyncio.run(_run(socket, EarOptions.from_bytes(sys.stdin.buffer.read())))


def _die_with_parent() -> None:
    """Let the kernel end this process when the agent dies, however it dies."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _keep_libraries_quiet() -> None:
    """ALSA, JACK and PortAudio write hundreds of lines to file 2; only Python's standard error goes to the log."""
    log = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = os.fdopen(log, "w", buffering=1, errors="backslashreplace")
    faulthandler.enable(sys.stderr)


async def _run(socket: Path, options: EarOptions) -> None:
    clock = SystemClock()
    line = Line(socket, Hello(_describe(options)), clock)
    news = News(
        woke=lambda: line.send(Woke()),
        microphone=lambda lost: line.send(MicrophoneLive() if lost is None else MicrophoneLost(lost)),
        wake=lambda lost: line.send(WakeReady() if lost is None else WakeLost(lost)),
    )
    ear = make_ear(options, clock, news)
    hearing = asyncio.create_task(ear.run())
    talking = asyncio.create_task(line.run(Conversation(ear, line.send).receive))
    for end in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(end, talking.cancel)
    await asyncio.wait({hearing, talking}, return_when=asyncio.FIRST_COMPLETED)
    hearing.cancel()
    talking.cancel()
    crashes = [
        outcome
        for outcome in await asyncio.gather(hearing, talking, return_exceptions=True)
        if isinstance(outcome, Exception)
    ]
    for crash in crashes:
        log_crash(crash)
    sys.stderr.flush()
    os._exit(1 if crashes else 0)  # a thread that waits for a service or a driver must not hold the process


def _describe(options: EarOptions) -> str:
    if options.engine == "scripted":
        return "scripted"
    return f"{options.microphone}, wake word by {options.wake}, names by {' then '.join(options.speech)}"


if __name__ == "__main__":
    main()
