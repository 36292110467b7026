"""Voice stage: names by Google's speech service, through SpeechRecognition. Speech leaves the house."""

import asyncio
from urllib.error import HTTPError

from befresh_agent.deadline import within
from befresh_agent.ports.microphone import RATE
from befresh_agent.ports.voice import NotHeard, Unheard


class Google:
    name = "google"

    def __init__(self, language: str, endpoint: str, key: str | None, timeout_s: float) -> None:
        self._language = language
        self._endpoint = endpoint
        self._key = key
        self._timeout_s = timeout_s

    async def text(self, sound: bytes) -> str:
        try:
            async with within(self._timeout_s):
                return await asyncio.to_thread(self._ask, sound)
        except TimeoutError:
            raise NotHeard(Unheard.SERVICE, f"no answer within {self._timeout_s:g} s") from None

    def _ask(self, sound: bytes) -> str:
        import speech_recognition as sr

        recognizer = sr.Recognizer()
        recognizer.operation_timeout = self._timeout_s
        try:
            said = recognizer.recognize_google(
                sr.AudioData(sound, RATE, 2), key=self._key, language=self._language, endpoint=self._endpoint
            )
        except sr.UnknownValueError as error:
            raise NotHeard(Unheard.UNINTELLIGIBLE) from error
        except Exception as error:  # noqa: BLE001  # whatever a web service or a portal in between may answer
            if isinstance(error.__context__, HTTPError):
                error.__context__.close()  # the library leaves it open
            raise NotHeard(Unheard.SERVICE, self._without_key(f"{type(error).__name__}: {error}")) from None
        if not isinstance(said, str) or not said.strip():
            raise NotHeard(Unheard.UNINTELLIGIBLE)
        return said

    def _without_key(self, text: str) -> str:
        return (text.replace(self._key, "****") if self._key else text)[:200]
