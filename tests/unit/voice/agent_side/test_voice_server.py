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

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.events import DeviceChanged, DeviceState, Event
from befresh_agent.domain.pacing import Backoff
from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.settings.device_sections import VoiceSettings
from befresh_agent.simulation.world import SpokenAir
from befresh_agent.voice.agent_side.voice_server import VoiceLimits, VoiceServer

SETTINGS = VoiceSettings(engine="scripted")

SAID = NameHypothesis("사과")


class Kitchen:
    """A server, and somebody who goes on saying one thing."""

    def __init__(self, folder: Path, settings: VoiceSettings = SETTINGS, limits: VoiceLimits | None = None) -> None:
        self.states: list[DeviceState] = []
        self.woken = 0
        events, clock = EventBus(), SystemClock()
        events.subscribe(self._told)
        self.air = SpokenAir(folder / "air.sock")
        devices = DeviceRegistry(events, clock)
        self.server = VoiceServer(folder, settings, clock, devices, self._woke, self.air.path, limits=limits)

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


async def gone(*pids: int) -> None:
    """On a busy machine a process that was killed dies a little later."""
    async with asyncio.timeout(60):
        while any(alive(pid) for pid in pids):
            await asyncio.sleep(0.01)


async def test_without_an_engine_nothing_is_started(tmp_path: Path) -> None:
    kitchen = Kitchen(tmp_path, VoiceSettings(engine="none"))
    await kitchen.server.run()
    kitchen.server.open()
    with pytest.raises(NotHeard) as caught:
        await kitchen.server.listen(3, 3)
    kitchen.server.close()
    assert caught.value.why is ListenFailure.NO_ENGINE
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
    await gone(pid)
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
        await kitchen.until(lambda: DeviceState.LIVE in kitchen.states)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(NotHeard) as caught:
            async with asyncio.timeout(60):
                await listening
    assert caught.value.why in (ListenFailure.SERVICE, ListenFailure.UNINTELLIGIBLE)


async def test_killed_again_and_again_it_always_comes_back_and_leaves_no_orphan(tmp_path: Path) -> None:
    kitchen, rng, pids = Kitchen(tmp_path, limits=VoiceLimits(backoff=Backoff(0.05, 0.2))), random.Random(4), set()

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
                assert await kitchen.server.listen(5, 0.1) == (SAID,)
            except NotHeard as error:
                assert error.why in (ListenFailure.SERVICE, ListenFailure.MICROPHONE)  # noqa: PT017  # both ends are right
        await killing
        await kitchen.until(lambda: kitchen.server.pid not in pids)
        await kitchen.until(lambda: kitchen.states[-1] is DeviceState.LIVE)
        pids.add(await kitchen.process())
        assert await kitchen.server.listen(30, 0.1) == (SAID,)
    await gone(*pids)


async def test_a_process_that_hangs_is_replaced(tmp_path: Path) -> None:
    kitchen = Kitchen(tmp_path, limits=VoiceLimits(ping_s=0.2, silent_s=3.0))
    async with running(kitchen):
        pid = await kitchen.process()
        os.kill(pid, signal.SIGSTOP)
        await kitchen.until(lambda: DeviceState.LOST in kitchen.states)
        assert await kitchen.process() != pid
    await gone(pid)


async def test_a_process_that_does_not_answer_costs_a_bounded_time(tmp_path: Path) -> None:
    settings = VoiceSettings(engine="scripted", speech_timeout_s=0.1)
    kitchen = Kitchen(tmp_path, settings, VoiceLimits(grace_s=0.2))
    async with running(kitchen):
        pid = await kitchen.process()
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(NotHeard, match="in time") as caught:
            await kitchen.server.listen(0.1, 0.1)
    assert caught.value.why is ListenFailure.SERVICE
    await gone(pid)


async def test_seconds_are_those_of_the_simulated_world(tmp_path: Path) -> None:
    clock = SystemClock()
    air = tmp_path / "air.sock"
    server = VoiceServer(
        tmp_path, SETTINGS, clock, DeviceRegistry(EventBus(), clock), lambda: None, air, lambda: 1000.0
    )
    running = asyncio.create_task(server.run())
    server.open()
    with pytest.raises(NotHeard) as caught:
        async with asyncio.timeout(60):
            await server.listen(600, 3)
    assert caught.value.why in (ListenFailure.SILENCE, ListenFailure.MICROPHONE)
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
    assert caught.value.why is ListenFailure.SERVICE


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
    await gone(pid)


AGENT = """
import asyncio, sys
from pathlib import Path
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.events import DeviceState
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.device_sections import VoiceSettings
from befresh_agent.voice.agent_side.voice_server import VoiceLimits
from befresh_agent.voice.agent_side.voice_server import VoiceServer

async def main():
    folder, clock, events = Path(sys.argv[1]), SystemClock(), EventBus()
    server = VoiceServer(
        folder, VoiceSettings(engine="scripted"), clock, DeviceRegistry(events, clock), lambda: None, folder / "air"
    )
    events.subscribe(lambda event: print(server.pid, flush=True) if event.state is DeviceState.READY else None)
    await server.run()

asyncio.run(main())
"""
