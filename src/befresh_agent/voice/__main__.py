"""The voice process: `python -m befresh_agent.voice`. Started by the agent, ends with it.

This is where its parts are put together, so it alone among the stage's files knows adapters and simulation.
"""

import argparse
import asyncio
import ctypes
import logging
import signal
from pathlib import Path

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.simulation.ear import ScriptedEar
from befresh_agent.voice.conversation import Conversation
from befresh_agent.voice.ear import Ear
from befresh_agent.voice.line import Line
from befresh_agent.voice.messages import Hello, MicrophoneLive, MicrophoneLost, Woke

_PR_SET_PDEATHSIG = 1


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    _die_with_parent()
    asyncio.run(_run(_options()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m befresh_agent.voice", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="where the main loop listens")
    parser.add_argument("--engine", choices=["scripted"], required=True, help="who hears")
    parser.add_argument("--air", type=Path, required=True, help="socket through which the scripted ear hears")
    parser.add_argument("--phrase", required=True, help="the wake phrase")
    return parser.parse_args()


def _die_with_parent() -> None:
    """Let the kernel end this process when the agent dies, however it dies."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def _run(options: argparse.Namespace) -> None:
    clock = SystemClock()
    line = Line(options.socket, Hello(options.engine), clock)

    def microphone(lost: str | None) -> None:
        line.send(MicrophoneLive() if lost is None else MicrophoneLost(lost))

    ear: Ear = ScriptedEar(options.air, options.phrase, clock, lambda: line.send(Woke()), microphone)
    hearing = asyncio.create_task(ear.run())
    talking = asyncio.create_task(line.run(Conversation(ear, line.send).receive))
    for end in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(end, talking.cancel)
    await asyncio.wait({hearing, talking}, return_when=asyncio.FIRST_COMPLETED)
    hearing.cancel()
    talking.cancel()
    for outcome in await asyncio.gather(hearing, talking, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


if __name__ == "__main__":
    main()
