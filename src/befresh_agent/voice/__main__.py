"""The voice process: `python -m befresh_agent.voice --socket PATH`, with its options as JSON on standard input.

Started by the agent, ends with it.
"""

import argparse
import asyncio
import faulthandler
import logging
import os
import signal
import sys
from pathlib import Path

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.runtime.own_process import end_with_parent
from befresh_agent.voice.process_side.client import AgentClient, CommandHandler, log_crash
from befresh_agent.voice.process_side.factory import make_listener
from befresh_agent.voice.process_side.interfaces import ListenerCallbacks
from befresh_agent.voice.voice_messages import (
    HelloMessage,
    MicrophoneLive,
    MicrophoneLost,
    VoiceProcessOptions,
    WakeDoubted,
    WakeLost,
    WakePhraseHeard,
    WakeReady,
)


def main() -> None:
    end_with_parent()
    _keep_libraries_quiet()
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    parser = argparse.ArgumentParser(prog="python -m befresh_agent.voice", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="where the main loop listens")
    socket = parser.parse_args().socket
    asyncio.run(_run(socket, VoiceProcessOptions.from_bytes(sys.stdin.buffer.read())))


def _keep_libraries_quiet() -> None:
    """ALSA, JACK and PortAudio write hundreds of lines to file 2; only Python's standard error goes to the log."""
    log = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = os.fdopen(log, "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    faulthandler.enable(sys.stderr)


async def _run(socket: Path, options: VoiceProcessOptions) -> None:
    clock = SystemClock()
    line = AgentClient(socket, HelloMessage(_describe(options)), clock)
    news = ListenerCallbacks(
        woke=lambda: line.send(WakePhraseHeard()),
        doubted=lambda: line.send(WakeDoubted()),
        microphone=lambda lost: line.send(MicrophoneLive() if lost is None else MicrophoneLost(lost)),
        wake=lambda lost: line.send(WakeReady() if lost is None else WakeLost(lost)),
    )
    ear = make_listener(options, clock, news)
    hearing = asyncio.create_task(ear.run())
    talking = asyncio.create_task(line.run(CommandHandler(ear, line.send).receive))
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


def _describe(options: VoiceProcessOptions) -> str:
    voice = options.voice
    if voice.engine == "scripted":
        return "scripted"
    return f"{voice.microphone}, wake word by {voice.wake}, names by {' then '.join(voice.speech)}"


if __name__ == "__main__":
    main()
