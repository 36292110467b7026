"""A process whose files run out ends in order; one that is short for a moment goes on. Each in a process of its own."""

import subprocess
import sys

import pytest

_PROGRAM = """
import asyncio, os, resource
from befresh_agent.adapters.system import open_files

async def main(leaks):
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
    ended = asyncio.Event()
    watching = asyncio.create_task(open_files.watch(ended.set, 0.2))
    held = []
    try:
        while True:
            held.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    if not leaks:
        await asyncio.sleep(0.25)
        for one in held:
            os.close(one)
    try:
        async with asyncio.timeout(30 if leaks else 1.5):
            await ended.wait()
    except TimeoutError:
        print("goes on")
    else:
        print("ended")
    watching.cancel()

asyncio.run(main(LEAKS))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("leaks", "said"), [(True, "ended"), (False, "goes on")])
def test_only_a_leak_ends_the_process(leaks: bool, said: str) -> None:
    program = [sys.executable, "-c", _PROGRAM.replace("LEAKS", str(leaks))]
    done = subprocess.run(program, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.split("\n")[0] == said, done.stderr
    assert ("no more files can be opened" in done.stderr) is leaks
