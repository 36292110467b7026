"""Voice stage: the wake phrase by pocketsphinx: no key, no network, any phrase that can be written in English phones.

The phrase's words are spelled as the CMU dictionary does. Which spelling works best has to be measured; for 일반 등록
leaving the unreleased last consonant out did most.
"""

from collections.abc import Sequence

from befresh_agent.errors import DeviceError
from befresh_agent.ports.microphone import RATE

_PHONES = frozenset({
    "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY", "JH", "K",
    "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
})  # fmt: skip
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
            self._decoder = Decoder(lm=None, samprate=RATE, loglevel="FATAL", kws_threshold=threshold)
            for word, spelling in zip(words, phones, strict=True):
                self._decoder.add_word(word, spelling)
            self._decoder.add_keyphrase("wake", " ".join(words))
            self._decoder.activate_search("wake")
        except (RuntimeError, ValueError) as error:
            raise DeviceError(f"pocketsphinx refuses {', '.join(phones)}: {error}", remedy=_REMEDY) from error
        self._decoder.start_utt()

    def heard(self, frame: bytes) -> bool:
        self._decoder.process_raw(frame, no_search=False, full_utt=False)
        if self._decoder.hyp() is None:
            return False
        self._decoder.end_utt()
        self._decoder.start_utt()
        return True
