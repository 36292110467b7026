"""The voice process is killed again and again while somebody registers food by voice."""

import asyncio
import os
import random
import signal
from pathlib import Path

import pytest

from tests.agent.program import Program, exported, scenario, started

_KILLS = 20
_PATIENCE_S = 300
"""On a busy machine each of the killed processes takes seconds to be replaced."""
_VOICE = "befresh_agent.voice"


async def kill_the_voice(program: Program, killed: list[int]) -> None:
    dice = random.Random(20)
    for _ in range(_KILLS):
        await asyncio.sleep(dice.uniform(0, 1))
        while (pid := program.children().get(_VOICE)) is None:
            await asyncio.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        killed.append(pid)


def of_this_home(home: Path) -> list[str]:
    """Every process that lives in the test's home, but the test itself."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"HOME={home}\0".encode() in (process / "environ").read_bytes() and process.name != str(os.getpid()):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


@pytest.mark.slow
@pytest.mark.timeout(2 * _PATIENCE_S)
@pytest.mark.usefixtures("unmeasured_programs")  # measuring doubles the time; others go the same ways
async def test_killed_again_and_again_the_session_completes_and_leaves_nobody_behind(home: Path) -> None:
    killed: list[int] = []
    async with started(*scenario("five-by-voice"), "--exit-when-done") as program:
        await program.until("voice is live")
        killing = asyncio.create_task(kill_the_voice(program, killed))
        code = await program.ended(_PATIENCE_S)
        killing.cancel()
        assert len(killed) >= _KILLS / 2, "on a busy machine five foods may be registered before the last kills"
        assert code == 0, "\n".join(program.lines)
    (message,) = await exported()
    registered = [line for line in program.lines if "session    registered " in line]
    assert len(registered) == 5, "\n".join(program.lines)
    assert {food["name"] for food in message["body"]["foodList"]} <= {"사과", "배", "감", "귤", "무"}
    assert of_this_home(home) == []
