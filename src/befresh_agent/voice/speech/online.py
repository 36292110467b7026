"""Names by a service: Google's, where speech leaves the house, or a wyoming server in the house (a local Whisper)."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.error import HTTPError

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event

from befresh_agent.domain.endpoints import parse_endpoint
from befresh_agent.domain.food_names import known_foods
from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.errors import InvalidValue
from befresh_agent.ports.devices import RATE
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.redaction import SecretRedactor
from befresh_agent.voice.connection import LONGEST_LINE, read_event, to_bytes


class GoogleSpeech:
    name = "google"

    def __init__(self, language: str, endpoint: str, key: str | None, timeout_s: float) -> None:
        self._language = language
        self._endpoint = endpoint
        self._key = key
        self._redaction = SecretRedactor([key] if key else [])
        self._timeout_s = timeout_s

    async def prepare(self) -> None:
        """Nothing to load."""

    def release(self) -> None:
        """Nothing was loaded."""

    async def transcribe(self, sound: bytes, _names: Sequence[str]) -> Sequence[NameHypothesis]:
        try:
            async with within(self._timeout_s):
                return await asyncio.to_thread(self._ask, sound)
        except TimeoutError:
            raise NotHeard(ListenFailure.SERVICE, f"no answer within {self._timeout_s:g} s") from None

    def _ask(self, sound: bytes) -> Sequence[NameHypothesis]:
        import speech_recognition as sr

        recognizer = sr.Recognizer()
        recognizer.operation_timeout = self._timeout_s
        try:
            answer = recognizer.recognize_google(
                sr.AudioData(sound, RATE, 2),
                key=self._key,
                language=self._language,
                endpoint=self._endpoint,
                show_all=True,
            )
        except sr.UnknownValueError as error:
            raise NotHeard(ListenFailure.UNINTELLIGIBLE) from error
        except Exception as error:  # noqa: BLE001  # whatever a web service or a portal in between may answer
            if isinstance(error.__context__, HTTPError):
                error.__context__.close()  # the library leaves it open
            detail = self._redaction.redact(f"{type(error).__name__}: {error}")[:200]
            raise NotHeard(ListenFailure.SERVICE, detail) from None
        if not (readings := _readings(answer)):
            raise NotHeard(ListenFailure.UNINTELLIGIBLE)
        return readings


def _readings(answer: Any) -> list[NameHypothesis]:
    """Only the first of Google's alternatives tells how sure it is: the others share what is left."""
    alternatives = answer.get("alternative", []) if isinstance(answer, dict) else []
    read = [one for one in alternatives if isinstance(one, dict) and str(one.get("transcript", "")).strip()]
    sure = next((one["confidence"] for one in read if isinstance(one.get("confidence"), float)), None)
    rest = None if sure is None else min(sure, (1 - sure) / max(len(read) - 1, 1))
    return [
        NameHypothesis(one["transcript"], one["confidence"] if isinstance(one.get("confidence"), float) else rest)
        for one in read
    ]


_CHUNK_BYTES = 8192


class WyomingServer:
    name = "wyoming"

    def __init__(self, address: str, language: str, timeout_s: float) -> None:
        self._address = address
        self._language = language
        self._timeout_s = timeout_s

    async def prepare(self) -> None:
        """Nothing to load."""

    def release(self) -> None:
        """Nothing was loaded."""

    async def transcribe(self, sound: bytes, names: Sequence[str]) -> Sequence[NameHypothesis]:
        if not self._address:
            raise NotHeard(ListenFailure.SERVICE, "voice.wyoming_server is not set")
        try:
            async with within(self._timeout_s):
                said = await self._ask(sound, names)
        except TimeoutError:
            raise NotHeard(ListenFailure.SERVICE, f"no answer within {self._timeout_s:g} s") from None
        except (OSError, InvalidValue) as error:
            raise NotHeard(ListenFailure.SERVICE, str(error)) from error
        if not said.strip():
            raise NotHeard(ListenFailure.UNINTELLIGIBLE)
        return [NameHypothesis(said)]

    async def _ask(self, sound: bytes, names: Sequence[str]) -> str:
        server = parse_endpoint(self._address)
        reader, writer = await asyncio.open_connection(server.host, server.port, limit=LONGEST_LINE)
        try:
            for event in self._question(sound, names):
                writer.write(to_bytes(event))
            await writer.drain()
            return await self._answer(reader)
        finally:
            writer.close()

    def _question(self, sound: bytes, names: Sequence[str]) -> list[Event]:
        ask = Transcribe(language=self._language.partition("-")[0]).event()
        expected = {"transcript_names": list(names), "transcript_terms": sorted(known_foods() - set(names))}
        chunks = (sound[at : at + _CHUNK_BYTES] for at in range(0, len(sound), _CHUNK_BYTES))
        return [
            Event(ask.type, ask.data | expected),  # a server that does not know these ignores them
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
                raise NotHeard(ListenFailure.SERVICE, str(event.data.get("text"))[:200])
        raise NotHeard(ListenFailure.SERVICE, "the server hung up")
