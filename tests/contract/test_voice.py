"""Every voice: the scripted ear itself, and the same ear in a real voice process behind the server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.ports.voice import ListenFailure, NotHeard, Voice
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.settings.device_sections import VoiceSettings
from befresh_agent.simulation.hearing import ScriptedListener
from befresh_agent.simulation.world import SpokenAir
from befresh_agent.voice.agent_side.voice_server import VoiceServer

T = TypeVar("T")

PHRASE = "일반 등록"
LONG_S = 20.0


@dataclass
class Kitchen:
    """Somebody who says things, and a voice that may hear them."""

    voice: Voice
    air: SpokenAir
    woken: list[None] = field(default_factory=list)
    doubted: list[None] = field(default_factory=list)

    async def repeat(self, text: str) -> None:
        while True:
            self.air.say(text)
            await asyncio.sleep(0.02)

    async def name(self, text: str, names: tuple[str, ...] = ()) -> str:
        """What is heard of it when a name is asked for."""
        return (await self.saying(text, self.voice.listen(LONG_S, 0.5, names)))[0].text

    async def saying(self, text: str, until: Awaitable[T]) -> T:
        """Say it again and again: whatever is said before the ear is ready is lost, as sound is."""
        speaking = asyncio.create_task(self.repeat(text))
        try:
            async with asyncio.timeout(60):
                return await until
        finally:
            speaking.cancel()

    async def wakes(self) -> str:
        return await self._one_more(self.woken)

    async def doubts(self) -> str:
        return await self._one_more(self.doubted)

    async def _one_more(self, kept: list[None]) -> str:
        count = len(kept)
        while len(kept) == count:  # the callback only keeps a list
            await asyncio.sleep(0.01)
        return "told"


Make = Callable[[Path], AbstractAsyncContextManager[Kitchen]]


@asynccontextmanager
async def ear(folder: Path) -> AsyncIterator[Kitchen]:
    woken: list[None] = []
    doubted: list[None] = []
    air = SpokenAir(folder / "air.sock")
    heard = ScriptedListener(
        air.path, PHRASE, SystemClock(), lambda: woken.append(None), lambda: doubted.append(None), lambda lost: None
    )
    running = asyncio.create_task(heard.run())
    try:
        yield Kitchen(heard, air, woken, doubted)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def process(folder: Path) -> AsyncIterator[Kitchen]:
    woken: list[None] = []
    doubted: list[None] = []
    air, clock = SpokenAir(folder / "air.sock"), SystemClock()
    settings = VoiceSettings(engine="scripted", phrase=PHRASE)
    server = VoiceServer(
        folder,
        settings,
        clock,
        DeviceRegistry(EventBus(), clock),
        lambda: woken.append(None),
        air.path,
        on_doubt=lambda: doubted.append(None),
    )
    running = asyncio.create_task(server.run())
    try:
        yield Kitchen(server, air, woken, doubted)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture(params=[ear, process])
async def kitchen(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kitchen]:
    make: Make = request.param
    async with make(tmp_path) as made:
        made.voice.open()
        await made.saying(PHRASE, made.wakes())
        yield made


async def test_a_name_is_heard(kitchen: Kitchen) -> None:
    assert await kitchen.name("사과", ("사과", "할머니표 양념")) == "사과"


async def test_the_wake_phrase_is_a_name_when_a_name_is_asked_for(kitchen: Kitchen) -> None:
    assert await kitchen.name(PHRASE) == PHRASE


async def test_the_wake_phrase_is_heard_again_after_a_name(kitchen: Kitchen) -> None:
    await kitchen.name("배")
    assert await kitchen.saying(PHRASE, kitchen.wakes())


async def test_what_is_almost_the_wake_phrase_is_told_as_that(kitchen: Kitchen) -> None:
    woken = len(kitchen.woken)
    assert await kitchen.saying("일반 등급", kitchen.doubts())
    doubted = len(kitchen.doubted)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await kitchen.saying("두부 한 모", kitchen.wakes())
    assert len(kitchen.woken) == woken
    assert len(kitchen.doubted) <= doubted + 5  # what was said before may still be on its way


async def test_nobody_speaks(kitchen: Kitchen) -> None:
    with pytest.raises(NotHeard) as caught:
        await kitchen.voice.listen(0.2, 0.5)
    assert caught.value.why is ListenFailure.SILENCE


@pytest.mark.parametrize("mumbling", ["...", ""])
async def test_mumbling_is_unintelligible(kitchen: Kitchen, mumbling: str) -> None:
    with pytest.raises(NotHeard) as caught:
        await kitchen.saying(mumbling, kitchen.voice.listen(LONG_S, 0.5))
    assert caught.value.why is ListenFailure.UNINTELLIGIBLE


async def test_a_cancelled_attempt_frees_the_microphone(kitchen: Kitchen) -> None:
    listening = asyncio.create_task(kitchen.voice.listen(LONG_S, 0.5))
    await asyncio.sleep(0.05)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    assert await kitchen.name("배") == "배"


async def test_a_dead_microphone_ends_an_attempt_and_hears_nothing(kitchen: Kitchen) -> None:
    listening = asyncio.create_task(kitchen.voice.listen(LONG_S, 0.5))
    await asyncio.sleep(0.05)
    kitchen.voice.close()
    with pytest.raises(NotHeard) as caught:
        await listening
    assert caught.value.why is ListenFailure.CANCELLED
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await kitchen.saying(PHRASE, kitchen.wakes())
    kitchen.voice.open()
    assert await kitchen.saying(PHRASE, kitchen.wakes())
