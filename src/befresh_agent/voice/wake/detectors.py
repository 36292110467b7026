"""The wake phrase by pocketsphinx (no key, no network, any phrase) or by Porcupine, and what keeps a detector running.

In: frames. Out: that the phrase was heard. The phrase's words are spelled in the phones of the CMU dictionary; which
spelling works best has to be measured. Porcupine's .ppn and .pv files work with one major version on one platform only.
"""

import array
import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from befresh_agent.domain.endpoints import check_phones
from befresh_agent.domain.pacing import Backoff, RetryPauses
from befresh_agent.errors import DeviceError, InvalidValue
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.devices import FRAME_SAMPLES, RATE
from befresh_agent.runtime.redaction import SecretRedactor
from befresh_agent.runtime.remedies import missing
from befresh_agent.voice.process_side.interfaces import ListenerCallbacks, WakeDetector
from befresh_agent.voice.process_side.speech_segments import SpeechSegments

_log = logging.getLogger("voice")

_RIVALS = 3e-5
"""How likely any other sounds are taken to be. With pocketsphinx's own 0.1 twice as many near-misses got through."""

_LOOKS_A_SECOND = 65
"""Instead of 100: slow speech looks as fast as the speech that the model was trained on."""

_PHONES_REMEDY = "write voice.phones in the phones of the CMU dictionary, such as `IY L B AA N`"


class KeyphraseDetector:
    def __init__(self, phones: Sequence[str], threshold: float) -> None:
        try:
            check_phones(phones)
        except InvalidValue as error:
            raise DeviceError(f"voice.phones: {error}") from error
        try:
            from pocketsphinx import Decoder
        except ImportError as error:
            raise missing(error, "voice") from error
        words = [f"wake{number}" for number in range(len(phones))]
        try:
            # batch: each piece of speech is normalised by itself, not by what the room sounded like before it.
            # Without the dictionary of English, which nobody needs here, it takes 22 MB less.
            self._decoder = Decoder(
                lm=None,
                dict=None,
                samprate=RATE,
                loglevel="FATAL",
                cmn="batch",
                frate=_LOOKS_A_SECOND,
                kws_plp=_RIVALS,
                kws_threshold=threshold,
            )
            for word, spelling in zip(words, phones, strict=True):
                self._decoder.add_word(word, spelling)
            self._decoder.add_keyphrase("wake", " ".join(words))
            self._decoder.activate_search("wake")
        except (RuntimeError, ValueError) as error:
            raise DeviceError(f"pocketsphinx refuses {', '.join(phones)}: {error}", remedy=_PHONES_REMEDY) from error
        self._segments = SpeechSegments()

    def detects(self, frame: bytes) -> bool:
        said = self._segments.feed(frame)
        if said is None or not self._is_phrase(said):
            return False
        self._segments.forget()
        return True

    def _is_phrase(self, said: bytes) -> bool:
        self._decoder.start_utt()
        self._decoder.process_raw(said, no_search=False, full_utt=True)
        self._decoder.end_utt()
        return self._decoder.hyp() is not None


_PORCUPINE_REMEDY = "check secrets.porcupine_key, voice.porcupine_keyword and voice.porcupine_model"


class PorcupineDetector:
    """Making it needs the network now and then: the key is activated online."""

    def __init__(
        self, key: str | None, keyword: str | Path | None, model: str | Path | None, sensitivity: float
    ) -> None:
        self._key = key
        if not keyword:
            raise DeviceError("Porcupine has no keyword file", remedy="set voice.porcupine_keyword")
        wanted = {"keyword_paths": [str(keyword)], "sensitivities": [sensitivity]}
        wanted |= {"model_path": str(model)} if model else {}
        wanted |= {"access_key": key} if key else {}
        try:
            import pvporcupine

            self._porcupine = pvporcupine.create(**wanted)
        except ImportError as error:
            raise missing(error, "porcupine") from error
        except Exception as error:  # noqa: BLE001  # its errors differ by version and share no root
            raise DeviceError(_told(error, key), remedy=_PORCUPINE_REMEDY) from None
        if self._porcupine.frame_length != FRAME_SAMPLES or self._porcupine.sample_rate != RATE:
            raise DeviceError("Porcupine wants another frame than the microphone gives")

    def detects(self, frame: bytes) -> bool:
        try:
            found: int = self._porcupine.process(array.array("h", frame))
        except Exception as error:  # noqa: BLE001  # its errors differ by version and share no root
            raise DeviceError(_told(error, self._key), remedy=_PORCUPINE_REMEDY) from None
        return found >= 0


def _told(error: Exception, key: str | None) -> str:
    """What went wrong, without the key, which Porcupine repeats in its messages."""
    text = f"Porcupine: {type(error).__name__}: {error}".replace("\n", " ")
    return SecretRedactor([key] if key else []).redact(text)[:300]


_AGAIN = Backoff(5.0, 600.0)
_MEASURED = 10 * RATE // FRAME_SAMPLES
"""Frames at a time."""
_TOO_MUCH = 0.6
"""Of a processor, which has other things to do, too."""


class DetectorLoad:
    """How much of a processor a detector takes, told once where that is too much: sound is lost then, unheard.

    A context manager around each frame. `processor_s` is what this thread has had of a processor, in seconds.
    """

    def __init__(self, processor_s: Callable[[], float]) -> None:
        self._processor_s = processor_s
        self._began = self._spent = 0.0
        self._frames = 0
        self._told = False

    def __enter__(self) -> None:
        self._began = self._processor_s()

    def __exit__(self, *_: object) -> None:
        self._spent += self._processor_s() - self._began
        self._frames += 1
        if self._frames < _MEASURED:
            return
        share = self._spent / (self._frames * FRAME_SAMPLES / RATE)
        self._frames, self._spent = 0, 0.0
        if share > _TOO_MUCH and not self._told:
            self._told = True
            _log.warning(
                "listening for the wake phrase takes %.0f %% of a processor, too much to hear it: "
                'voice.wake = "pocketsphinx" takes a tenth',
                share * 100,
            )


class WakeWatcher:
    """`make` blocks, and is None when nobody shall listen for the wake phrase."""

    def __init__(
        self,
        make: Callable[[], WakeDetector] | None,
        clock: Clock,
        news: ListenerCallbacks,
        processor_s: Callable[[], float] = time.thread_time,
    ) -> None:
        self._make = make
        self._load = DetectorLoad(processor_s)
        self._clock = clock
        self._news = news
        self._detector: WakeDetector | None = None
        self._gave_up = asyncio.Event()

    async def run(self) -> None:
        pauses = RetryPauses(_AGAIN)
        while self._make is not None:
            try:
                self._detector = await asyncio.to_thread(self._make)
            except DeviceError as error:
                self._news.wake(str(error))
                await self._clock.sleep(pauses.failed())
            else:
                pauses.worked()
                self._news.wake(None)
                await self._gave_up.wait()
                self._gave_up.clear()

    def feed(self, frame: bytes) -> bool:
        """Whether the wake phrase ended in this frame."""
        if self._detector is None:
            return False
        try:
            with self._load:
                woke = self._detector.detects(frame)
        except DeviceError as error:
            self._detector = None
            self._gave_up.set()
            self._news.wake(str(error))
            return False
        if woke:
            self._news.woke()
        return woke
