"""Voice stage: names out of a closed list of English foods by pocketsphinx, offline and at once.

It takes whatever it hears for one of the foods; there is no "none of them".
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from befresh_agent.ports.microphone import RATE
from befresh_agent.ports.voice import NotHeard, Unheard

_log = logging.getLogger("sphinx")


class Sphinx:
    name = "sphinx"

    def __init__(self, foods: Sequence[str]) -> None:
        self._foods = foods
        self._decoder: Any = None
        self._turn = asyncio.Lock()

    async def text(self, sound: bytes) -> str:
        async with self._turn:  # one decoder, one phrase at a time
            said = await asyncio.to_thread(self._ask, sound)
        if not said:
            raise NotHeard(Unheard.UNINTELLIGIBLE)
        return said

    def _ask(self, sound: bytes) -> str:
        try:
            decoder = self._decoder = self._decoder or self._made()
        except ImportError as error:
            raise NotHeard(Unheard.SERVICE, "pocketsphinx is not installed") from error
        except (RuntimeError, ValueError) as error:
            raise NotHeard(Unheard.SERVICE, f"voice.sphinx_foods: {error}") from error
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
