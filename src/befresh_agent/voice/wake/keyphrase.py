"""Voice stage: the wake phrase by pocketsphinx: no key, no network, any phrase that can be written in English phones.

The phrase's words are spelled as the CMU dictionary does. Which spelling works best has to be measured; for 일반 등록
a faint vowel in place of the unreleased last consonant did most.
"""

from collections.abc import Sequence

from befresh_agent.errors import DeviceError
from befresh_agent.ports.microphone import RATE
from befresh_agent.voice.wake.segments import SpeechSegments

_PHONES = frozenset({
    "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY", "JH", "K",
    "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
})  # fmt: skip
_RIVALS = 3e-5
"""How likely any other sounds are taken to be. With pocketsphinx's own 0.1 twice as many near-misses got through."""
_LOOKS_A_SECOND = 65
"""Instead of 100: slow speech looks as fast as the speech that the model was trained on."""
_REMEDY = "write voice.phones in the phones of the CMU dictionary, such as `IY L B AA N`"


class KeyphraseDetector:
    def __init__(self, phones: Sequence[str], threshold: float) -> None:
        for spelling in phones:
            if not spelling.split() or not _PHONES.issuperset(spelling.split()):  # the library would crash
                raise DeviceError(f"pocketsphinx knows no phones {spelling!r}", remedy=_REMEDY)
        try:
            from pocketsphinx import Decoder
        except ImportError as error:
            raise DeviceError("pocketsphinx is not installed", remedy="install befresh-agent[voice]") from error
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
            raise DeviceError(f"pocketsphinx refuses {', '.join(phones)}: {error}", remedy=_REMEDY) from error
        self._segments = SpeechSegments()

    def heard(self, frame: bytes) -> bool:
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
