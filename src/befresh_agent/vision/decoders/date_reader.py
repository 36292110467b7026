"""The trained date reader: strips of print to text, by a small network that cv2.dnn runs on one thread.

In: cut-out lines of print. Out: their text in the alphabet of `date_strip`, with a confidence for every character.
"""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from befresh_agent.vision.decoders.date_strip import ALPHABET, STEP, WIDTH, normalise, to_strip
from befresh_agent.vision.gray import Gray

_ROOM_BEHIND = 12
"""Pixels of padding that the network sees behind a line; the rest of the strip is not worth its time ..."""
_BLOCK = 32
"""... but few widths should occur: the network is planned for each."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a strip says: each character with how sure it is and where it stands, as a share of the strip's width."""

    text: str
    chances: tuple[float, ...]
    places: tuple[float, ...]

    def confidence(self, start: int, end: int) -> float:
        """How sure the least sure of some characters is."""
        return min(self.chances[start:end], default=0.0)


class StripReader:
    """The network, loaded once."""

    def __init__(self) -> None:
        weights = files("befresh_agent.vision.decoders").joinpath("date_reader.onnx").read_bytes()
        self._network = cv2.dnn.readNetFromONNX(np.frombuffer(weights, np.uint8))

    def read(self, line: Gray) -> Reading:
        strip, used = to_strip(np.asarray(line, np.uint8))
        width = min(-(-(used + _ROOM_BEHIND) // _BLOCK) * _BLOCK, WIDTH)
        self._network.setInput(np.ascontiguousarray(normalise(strip[None])[..., :width]))
        return decode(self._network.forward()[0, :, 0], used / STEP)


def decode(scores: NDArray[Any], columns: float) -> Reading:
    """The best character of every column, repeats and blanks left out."""
    shifted = np.exp(scores - scores.max(axis=0))
    chances = shifted / shifted.sum(axis=0)
    best = chances.argmax(axis=0)
    text, sure, places = "", list[float](), list[float]()
    for column, code in enumerate(best):
        if code == 0:
            continue
        chance = float(chances[code, column])
        if column > 0 and code == best[column - 1]:
            sure[-1] = max(sure[-1], chance)
            continue
        text += ALPHABET[code - 1]
        sure.append(chance)
        places.append((column + 0.5) / columns)
    return Reading(text, tuple(sure), tuple(places))
