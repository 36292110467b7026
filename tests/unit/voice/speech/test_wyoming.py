"""Against a real wyoming server, made with the library's own server side."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStop
from wyoming.error import Error
from wyoming.event import Event, async_read_event, async_write_event

from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.voice.speech.online import WyomingServer

SOUND = bytes(range(256)) * 200
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Whisper:
    """Takes a whole phrase, then answers."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.asked: dict[str, Any] = {}
        self.heard = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (event := await async_read_event(reader)) is not None and not AudioStop.is_type(event.type):
            if Transcribe.is_type(event.type):
                self.asked = event.data
            if AudioChunk.is_type(event.type):
                self.heard += AudioChunk.from_event(event).audio
        try:
            await self._answer(writer)
        finally:
            writer.close()


@asynccontextmanager
async def serving(whisper: Whisper) -> AsyncIterator[str]:
    visits: list[asyncio.Task[None]] = []

    def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(asyncio.create_task(whisper.serve(reader, writer)))

    server = await asyncio.start_server(visited, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for visit in visits:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
        await asyncio.sleep(0)


def says(event: Event) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        await async_write_event(event, writer)

    return answer


async def garbage(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def nothing(writer: asyncio.StreamWriter) -> None: ...


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def ask(address: str, timeout_s: float = 30) -> str:
    (reading,) = await WyomingServer(address, "ko-KR", timeout_s).transcribe(SOUND, ("할머니표 양념",))
    return reading.text


async def test_a_name_is_understood_from_all_of_the_sound() -> None:
    whisper = Whisper(says(Transcript("사과").event()))
    async with serving(whisper) as address:
        assert await ask(address) == "사과"
    assert whisper.heard == SOUND
    assert whisper.asked["language"] == "ko"
    assert whisper.asked["transcript_names"] == ["할머니표 양념"]
    assert {"두부", "시금치"} < set(whisper.asked["transcript_terms"])


async def test_an_empty_answer_is_unintelligible() -> None:
    async with serving(Whisper(says(Transcript(" ").event()))) as address:
        with pytest.raises(NotHeard) as caught:
            await ask(address)
    assert caught.value.why is ListenFailure.UNINTELLIGIBLE


@pytest.mark.parametrize(
    "answer",
    [says(Error("out of memory").event()), says(Event("transcript", {"text": 5})), garbage, nothing],
)
async def test_whatever_goes_wrong_is_the_service(answer: Answer) -> None:
    async with serving(Whisper(answer)) as address:
        with pytest.raises(NotHeard) as caught:
            await ask(address)
    assert caught.value.why is ListenFailure.SERVICE
    assert caught.value.detail


async def test_a_stalled_server_costs_its_timeout() -> None:
    async with serving(Whisper(silence)) as address:
        with pytest.raises(NotHeard, match="within") as caught:
            await ask(address, 0.3)
    assert caught.value.why is ListenFailure.SERVICE


@pytest.mark.parametrize("address", ["", "127.0.0.1:9", "no.such.host.invalid:10300"])
async def test_no_server_is_the_service(address: str) -> None:
    with pytest.raises(NotHeard) as caught:
        await ask(address)
    assert caught.value.why is ListenFailure.SERVICE
