"""Names without a network: from a closed list of English foods by pocketsphinx, or by vosk with a model of the user's.

pocketsphinx takes whatever it hears for one of the foods; there is no "none of them".
"""

import asyncio
import json
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from befresh_agent.domain.food_names import known_foods
from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.ports.devices import RATE
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.runtime.remedies import missing
from befresh_agent.voice.speech.loaded_model import LoadedModel
from befresh_agent.voice.speech.model_packages import use_packages

_log = logging.getLogger("voice")


class SphinxSpeech:
    name = "sphinx"

    def __init__(self, foods: Sequence[str]) -> None:
        self._foods = foods
        self._decoder: Any = None
        self._turn = asyncio.Lock()

    async def prepare(self) -> None:
        """The decoder is made with the first name, which takes a moment."""

    def release(self) -> None:
        self._decoder = None

    async def transcribe(self, sound: bytes, _names: Sequence[str]) -> Sequence[NameHypothesis]:
        async with self._turn:  # one decoder, one phrase at a time
            said = await asyncio.to_thread(self._ask, sound)
        if not said:
            raise NotHeard(ListenFailure.UNINTELLIGIBLE)
        return [NameHypothesis(said)]

    def _ask(self, sound: bytes) -> str:
        try:
            decoder = self._decoder = self._decoder or self._made()
        except ImportError as error:
            raise NotHeard(ListenFailure.SERVICE, "pocketsphinx is not installed") from error
        except (RuntimeError, ValueError) as error:
            raise NotHeard(ListenFailure.SERVICE, f"voice.sphinx_foods: {error}") from error
        decoder.start_utt()
        decoder.process_raw(sound, no_search=False, full_utt=True)
        decoder.end_utt()
        heard = decoder.hyp()
        return heard.hypstr if heard else ""

    def _made(self) -> Any:
        from pocketsphinx import Decoder

        decoder = Decoder(lm=None, samprate=RATE, loglevel="FATAL")
        known = [food for food in self._foods if all(decoder.lookup_word(word) for word in food.split())]
        if unknown := sorted(set(self._foods) - set(known)):
            _log.warning("not in the dictionary, never heard: %s", ", ".join(unknown))
        if not known:
            raise ValueError("no food that the dictionary knows")
        decoder.add_jsgf_string("foods", f"#JSGF V1.0; grammar foods; public <food> = {' | '.join(known)};")
        decoder.activate_search("foods")
        return decoder


_ALTERNATIVES = 5

_HOW_SURE = 0.45
"""Free readings of single words are right a third of the time: none of them is a new word by itself."""


_MUCH_WORSE = 6.0
"""A word of the list that is so much less likely (log) than what is read without one was not said."""


class VoskSpeech:
    """The model is loaded when a session opens; that takes seconds, and no limit for a name runs meanwhile."""

    name = "vosk"

    def __init__(self, model: str | Path | None, timeout_s: float) -> None:
        self._folder = model
        self._timeout_s = timeout_s
        self._model: LoadedModel[Any] = LoadedModel(self._load)

    async def prepare(self) -> None:
        await self._model.prepare()

    def release(self) -> None:
        self._model.release()

    async def transcribe(self, sound: bytes, names: Sequence[str]) -> Sequence[NameHypothesis]:
        return await self._model.read(lambda model: self._ask(model, sound, names), self._timeout_s)

    def _load(self) -> Any:
        if not self._folder or not Path(self._folder).is_dir():
            raise NotHeard(ListenFailure.SERVICE, f"voice.vosk_model is no folder: {self._folder}")
        use_packages(self._folder)
        try:
            import vosk

            vosk.SetLogLevel(-1)
            return vosk.Model(str(self._folder))
        except ImportError as error:
            raise NotHeard(ListenFailure.SERVICE, str(missing(error, "vosk"))) from error
        except Exception as error:  # vosk raises plain Exception for a model it cannot use
            raise NotHeard(ListenFailure.SERVICE, f"{self._folder}: {error}") from error

    def _ask(self, model: Any, sound: bytes, names: Sequence[str]) -> list[NameHypothesis]:
        try:
            free, likely = _free(model, sound)
            return [*free, *_listed(model, sound, names, likely)]
        except Exception as error:  # vosk raises plain Exception
            raise NotHeard(ListenFailure.SERVICE, f"{self._folder}: {error}") from error


def _alternatives(recognizer: Any, sound: bytes) -> list[Any]:
    """Text and log-likelihood of each, the best first."""
    recognizer.SetMaxAlternatives(_ALTERNATIVES)
    recognizer.AcceptWaveform(sound)
    return [one for one in json.loads(recognizer.FinalResult()).get("alternatives", []) if one["text"].strip()]


def _free(model: Any, sound: bytes) -> tuple[list[NameHypothesis], float]:
    """What it reads without a list, and how likely that is."""
    import vosk

    read = _alternatives(vosk.KaldiRecognizer(model, RATE), sound)
    best = max((one["confidence"] for one in read), default=0.0)
    weights = [math.exp(one["confidence"] - best) for one in read]
    return [
        NameHypothesis(one["text"], _HOW_SURE * weight / sum(weights))
        for one, weight in zip(read, weights, strict=True)
    ], best


def _listed(model: Any, sound: bytes, names: Sequence[str], likely: float) -> list[NameHypothesis]:
    """The expected words that fit best. What was none of them fits much worse than what is read without a list."""
    import vosk

    expected = {" ".join(name.split()) for name in names} | known_foods()
    words = sorted(name for name in expected if all(model.vosk_model_find_word(word) >= 0 for word in name.split()))
    if not words:
        return []
    read = _alternatives(vosk.KaldiRecognizer(model, RATE, json.dumps(words, ensure_ascii=False)), sound)
    best = max((one["confidence"] for one in read), default=likely)
    fits = min(1.0, max(0.0, 1 + (best - likely) / _MUCH_WORSE))
    return [
        NameHypothesis(one["text"], fits * math.exp(one["confidence"] - best), listed=True)
        for one in read
        if one["text"] in expected
    ]
