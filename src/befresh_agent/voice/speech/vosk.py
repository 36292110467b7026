"""Voice stage: names by vosk, offline, with a model that the user brings."""

import asyncio
import json
from pathlib import Path
from typing import Any

from befresh_agent.deadline import within
from befresh_agent.ports.microphone import RATE
from befresh_agent.ports.voice import NotHeard, Unheard


class Vosk:
    """The model is loaded with the first name, which takes some seconds."""

    name = "vosk"

    def __init__(self, model: str | None, timeout_s: float) -> None:
        self._folder = model
        self._timeout_s = timeout_s
        self._model: Any = None

    async def text(self, sound: bytes) -> str:
        try:
            async with within(self._timeout_s):
                said = await asyncio.to_thread(self._ask, sound)
        except TimeoutError:
            raise NotHeard(Unheard.SERVICE, f"not understood within {self._timeout_s:g} s") from None
        if not said.strip():
            raise NotHeard(Unheard.UNINTELLIGIBLE)
        return said

    def _ask(self, sound: bytes) -> str:
        if not self._folder or not Path(self._folder).is_dir():
            raise NotHeard(Unheard.SERVICE, f"voice.vosk_model is no folder: {self._folder}")
        try:
            import vosk

            vosk.SetLogLevel(-1)
            self._model = self._model or vosk.Model(self._folder)
            recognizer = vosk.KaldiRecognizer(self._model, RATE)
            recognizer.AcceptWaveform(sound)
            said: str = json.loads(recognizer.FinalResult())["text"]
        except ImportError as error:
            raise NotHeard(Unheard.SERVICE, "vosk is not installed: pip install vosk") from error
        except Exception as error:  # vosk raises plain Exception for a model it cannot use
            raise NotHeard(Unheard.SERVICE, f"{self._folder}: {error}") from error
        return said
