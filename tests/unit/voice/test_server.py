"""The server with real voice processes that hang, die and come back."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.domain.events import DeviceChanged, DeviceState, Event
from befresh_agent.events import Devices, Events
from befresh_agent.ports.voice import NotHeard, Unheard
from befresh_agent.settings import VoiceSettings
from befresh_agent.simulation.air import Air
from befresh_agent.supervision import Backoff
from befresh_agent.voice.server import VoiceServer

SETTINGS = VoiceSettings(engine="scripted")


class Kitchen:
    """A server, and somebody who goes on saying one thing."""

    def __init__(self, folder: Path, settings: VoiceSettings = SETTINGS) -> None:
        self.states: list[DeviceState] = []
        self.woken = 0
        events, clock = Events(), SystemClock()
        events.listen(self._told)
        self.air = Air(folder / "air.sock")
        self.server = VoiceServer(folder, settings, clock, Devices(events, clock), self._woke, self.air.path)

    def _told(self, event: Event) -> None:
        if isinstance(event, DeviceChanged):
            self.states.append(event.state)

    def _woke(self) -> None:
        self.woken += 1

    async def say_for_ever(self, text: str) -> None:
        while True:
            self.air.say(text)
            await asyncio.sleep(0.02)

    async def until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not happened():
                await asyncio.sleep(0.01)

    async def process(self) -> int:
        """The pid of the process once it is there."""
        await self.until(lambda: self.states[-1:] in ([DeviceState.READY], [DeviceState.LIVE]))
        assert self.server.pid is not None
        return self.server.pid


@asynccontextmanager
async def running(kitchen: Kitchen, says: str = SETTINGS.phrase) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(kitchen.server.run()), asyncio.create_task(kitchen.say_for_ever(says))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def alive(pid: int) -> bool:
    """A zombie that nobody reaps (its parent was killed) counts as dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the latter when it goes between opening and reading
        return False


async def test_without_an_engine_nothing_is_started(tmp_path: Path) -> None:
    kitchen = Kitchen(tmp_path, VoiceSettings(engine="none"))
    await kitchen.server.run()
    kitchen.server.open()
    with pytest.raises(NotHeard) as caught:
        await kitchen.server.listen(3, 3)
    kitchen.server.close()
    assert caught.value.why is Unheard.SERVICE
    assert kitchen.states == [DeviceState.OFF]


async def test_states_tell_what_the_voice_is_doing(tmp_path: Path) -> None:
    kitchen = Kitchen(tmp_path)
    async with running(kitchen):
        await kitchen.process()
        kitchen.server.open()
        await kitchen.until(lambda: kitchen.states == [DeviceState.READY, DeviceState.LIVE])
        kitchen.server.close()
        assert kitchen.states == [DeviceState.READY, DeviceState.LIVE, DeviceState.READY]


async def test_nothing_is_left_when_it_is_told_to_end(tmp_path: Path) -> None:
    kitchen = Kitchen(tmp_path)
    async with running(kitchen):
        pid = await kitchen.process()
        assert alive(pid)
    assert not alive(pid)
    assert not (tmp_path / "voice.sock").exists()


async def test_a_killed_process_is_replaced_and_told_that_the_microphone_is_live(tmp_path: Path) -> None:
    kitchen = Kitchen(tmp_path)
    async with running(kitchen):
        kitchen.server.open()
        await kitchen.until(lambda: kitchen.woken > 0)
        os.kill(await kitchen.process(), signal.SIGKILL)
        await kitchen.until(lambda: DeviceState.LOST in kitchen.states)
        before = kitchen.woken
        await kitchen.until(lambda: kitchen.woken > before)
    assert kitchen.states.count(DeviceState.LOST) == 1


async def test_whoever_waits_for_a_name_learns_of_the_death(tmp_path: Path) -> None:
    kitchen = Kitchen(tmp_path)
    async with running(kitchen, says=""):
        pid = await kitchen.process()
        kitchen.server.open()
        listening = asyncio.create_task(kitchen.server.listen(600, 600))
        await asyncio.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(NotHeard) as caught:
            async with asyncio.timeout(60):
                await listening
    assert caught.value.why in (Unheard.SERVICE, Unheard.UNINTELLIGIBLE)


async def test_killed_again_and_again_it_always_comes_back_and_leaves_no_orphan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("befresh_agent.voice.keeper._BACKOFF", Backoff(0.05, 0.2))
    kitchen, rng, pids = Kitchen(tmp_path), random.Random(4), set()

    async def kill_now_and_then() -> None:
        for _ in range(8):
            pid = await kitchen.process()
            pids.add(pid)
            await asyncio.sleep(rng.uniform(0, 0.1))
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.05)

    async with running(kitchen, says="사과"):
        kitchen.server.open()
        killing = asyncio.create_task(kill_now_and_then())
        while not killing.done():
            try:
                assert await kitchen.server.listen(5, 0.1) == "사과"
            except NotHeard as error:
                assert error.why in (Unheard.SERVICE, Unheard.MICROPHONE)  # noqa: PT017  # both ends are right
        await killing
        await kitchen.until(lambda: kitchen.server.pid not in pids)
        await kitchen.until(lambda: kitchen.states[-1] is DeviceState.LIVE)
        pids.add(await kitchen.process())
        assert await kitchen.server.listen(30, 0.1) == "사과"
    assert not any(alive(pid) for pid in pids)


async def test_a_process_that_hangs_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("befresh_agent.voice.server._PING_S", 0.2)
    monkeypatch.setattr("befresh_agent.voice.server._SILENT_S", 3.0)
    kitchen = Kitchen(tmp_path)
    async with running(kitchen):
        pid = await kitchen.process()
        os.kill(pid, signal.SIGSTOP)
        await kitchen.until(lambda: DeviceState.LOST in kitchen.states)
        assert await kitchen.process() != pid
    assert not alive(pid)


async def test_a_process_that_does_not_answer_costs_a_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("befresh_agent.voice.server._GRACE_S", 0.2)
    kitchen = Kitchen(tmp_path, VoiceSettings(engine="scripted", speech_timeout_s=0.1))
    async with running(kitchen):
        pid = await kitchen.process()
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(NotHeard, match="in time") as caught:
            await kitchen.server.listen(0.1, 0.1)
    assert caught.value.why is Unheard.SERVICE
    assert not alive(pid)


async def test_seconds_are_those_of_the_simulated_world(tmp_path: Path) -> None:
    clock = SystemClock()
    air = tmp_path / "air.sock"
    server = VoiceServer(tmp_path, SETTINGS, clock, Devices(Events(), clock), lambda: None, air, lambda: 1000.0)
    running = asyncio.create_task(server.run())
    server.open()
    with pytest.raises(NotHeard) as caught:
        async with asyncio.timeout(60):
            await server.listen(600, 3)
    assert caught.value.why in (Unheard.SILENCE, Unheard.MICROPHONE)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_process_that_cannot_start_is_reported_and_nobody_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    kitchen = Kitchen(tmp_path)
    async with running(kitchen):
        await kitchen.until(lambda: kitchen.states == [DeviceState.LOST])
        with pytest.raises(NotHeard) as caught:
            await kitchen.server.listen(3, 3)
    assert caught.value.why is Unheard.SERVICE


async def test_the_process_dies_with_an_agent_that_is_killed(tmp_path: Path) -> None:
    agent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", AGENT, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert agent.stdout is not None
    async with asyncio.timeout(60):
        pid = int(await agent.stdout.readline())
    assert alive(pid)
    agent.kill()
    await agent.wait()
    await Kitchen(tmp_path).until(lambda: not alive(pid))


AGENT = """
import asyncio, sys
from pathlib import Path
from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.domain.events import DeviceState
from befresh_agent.events import Devices, Events
from befresh_agent.settings import VoiceSettings
from befresh_agent.voice.server import VoiceServer

async def main():
    folder, clock, events = Path(sys.argv[1]), SystemClock(), Events()
    server = VoiceServer(
        folder, VoiceSettings(engine="scripted"), clock, Devices(events, clock), lambda: None, folder / "air"
    )
    events.listen(lambda event: print(server.pid, flush=True) if event.state is DeviceState.READY else None)
    await server.run()

asyncio.run(main())
"""
