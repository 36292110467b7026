"""Voice stage: names by a wyoming speech-to-text server in the house, such as a local Whisper."""

import asyncio

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event

from befresh_agent.deadline import within
from befresh_agent.errors import InvalidValue
from befresh_agent.ports.microphone import RATE
from befresh_agent.ports.voice import NotHeard, Unheard
from befresh_agent.voice.framing import LONGEST_LINE, read_event, to_bytes

_CHUNK_BYTES = 8192


class WyomingServer:
    name = "wyoming"

    def __init__(self, address: str, language: str, timeout_s: float) -> None:
        self._address = address
        self._language = language
        self._timeout_s = timeout_s

    async def text(self, sound: bytes) -> str:
        if not self._address:
            raise NotHeard(Unheard.SERVICE, "voice.wyoming_server is not set")
        try:
            async with within(self._timeout_s):
                said = await self._ask(sound)
        except TimeoutError:
            raise NotHeard(Unheard.SERVICE, f"no answer within {self._timeout_s:g} s") from None
        except (OSError, InvalidValue) as error:
            raise NotHeard(Unheard.SERVICE, str(error)) from error
        if not said.strip():
            raise NotHeard(Unheard.UNINTELLIGIBLE)
        return said

    async def _ask(self, sound: bytes) -> str:
        host, _, port = self._address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=LONGEST_LINE)
        try:
            for event in self._question(sound):
                writer.write(to_bytes(event))
            await writer.drain()
            return await self._answer(reader)
        finally:
            writer.close()

    def _question(self, sound: bytes) -> list[Event]:
        chunks = (sound[at : at + _CHUNK_BYTES] for at in range(0, len(sound), _CHUNK_BYTES))
        return [
            Transcribe(language=self._language.partition("-")[0]).event(),
            AudioStart(rate=RATE, width=2, channels=1).event(),
            *(AudioChunk(rate=RATE, width=2, channels=1, audio=chunk).event() for chunk in chunks),
            AudioStop().event(),
        ]

    async def _answer(self, reader: asyncio.StreamReader) -> str:
        while (event := await read_event(reader)) is not None:
            if Transcript.is_type(event.type):
                if not isinstance(said := event.data.get("text"), str):
                    raise InvalidValue("a transcript without text")
                return said
            if Error.is_type(event.type):
                raise NotHeard(Unheard.SERVICE, str(event.data.get("text"))[:200])
        raise NotHeard(Unheard.SERVICE, "the server hung up")
