"""Voice stage: names by a Whisper model on this machine, through faster-whisper. Nothing leaves the house.

The model is a folder that the user brings, in the format of CTranslate2 (model.bin, config.json, tokenizer.json,
vocabulary). Of one phrase several readings are asked for: a short word is often the second of them.
"""

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.runtime.remedies import missing
from befresh_agent.voice.speech.loaded_model import LoadedModel
from befresh_agent.voice.speech.model_packages import use_packages

_READINGS = 5
_LONGEST = 40
"""Tokens: nobody says more in five seconds, but a model that repeats itself would go on."""
_NOBODY_SPEAKS = 0.6
"""The model's own guess above which there was no speech."""


class WhisperSpeech:
    """The model is loaded when a session opens; that takes seconds, and no limit for a name runs meanwhile."""

    name = "whisper"

    def __init__(self, model: str | Path | None, language: str, timeout_s: float) -> None:
        self._folder = model
        self._language = language.partition("-")[0]
        self._timeout_s = timeout_s
        self._model: LoadedModel[Any] = LoadedModel(self._load)
        self._turn = asyncio.Lock()

    async def prepare(self) -> None:
        await self._model.prepare()

    def release(self) -> None:
        self._model.release()

    async def transcribe(self, sound: bytes, _names: Sequence[str]) -> Sequence[NameHypothesis]:
        return await self._model.read(lambda model: self._ask(model, sound), self._timeout_s, self._turn)

    def _load(self) -> Any:
        if not self._folder or not Path(self._folder).is_dir():
            raise NotHeard(ListenFailure.SERVICE, f"voice.whisper_model is no folder: {self._folder}")
        use_packages(self._folder)
        try:
            from faster_whisper import WhisperModel

            return WhisperModel(str(self._folder), device="cpu", compute_type="int8", local_files_only=True)
        except ImportError as error:
            raise NotHeard(ListenFailure.SERVICE, str(missing(error, "whisper"))) from error
        except Exception as error:  # whatever a broken file makes the library raise
            raise NotHeard(ListenFailure.SERVICE, f"{self._folder}: {error}") from error

    def _ask(self, model: Any, sound: bytes) -> list[NameHypothesis]:
        try:
            return _readings(model, sound, self._language)
        except Exception as error:  # the runtime raises plain errors of its own
            raise NotHeard(ListenFailure.SERVICE, f"{self._folder}: {type(error).__name__}: {error}") from error


def _readings(model: Any, sound: bytes, language: str) -> list[NameHypothesis]:
    import numpy as np
    from faster_whisper.audio import pad_or_trim
    from faster_whisper.tokenizer import Tokenizer

    samples = np.frombuffer(sound, dtype=np.int16).astype(np.float32) / 32768
    tokenizer = Tokenizer(model.hf_tokenizer, True, task="transcribe", language=language)
    found = model.model.generate(
        model.encode(pad_or_trim(model.feature_extractor(samples))),
        [[*tokenizer.sot_sequence, tokenizer.no_timestamps]],
        beam_size=_READINGS,
        num_hypotheses=_READINGS,
        return_scores=True,
        return_no_speech_prob=True,
        max_length=_LONGEST,
    )[0]
    if found.no_speech_prob > _NOBODY_SPEAKS:
        return []
    read = (
        (tokenizer.decode(tokens).strip(), math.exp(score))
        for tokens, score in zip(found.sequences_ids, found.scores, strict=True)
    )
    return [NameHypothesis(text, sure) for text, sure in read if text and "\ufffd" not in text]
