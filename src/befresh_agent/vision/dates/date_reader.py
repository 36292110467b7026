"""The trained date reader: strips of print to text, by a small network that cv2.dnn runs on one thread.

In: cut-out lines of print, gray, upright. Out: their text in the reader's own alphabet, with a confidence for every
character. The strip and the alphabet are the same for training and for reading.
"""

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from befresh_agent.vision.images import Gray

GrayStrip = NDArray[np.uint8]

HEIGHT, WIDTH = 32, 256
"""Size of the strip in pixels; a column of the network's answer stands for 4 of them."""

STEP = 4
"""Pixels of the strip per column of the network's answer."""

MADE_ON, USE_BY, OTHER = "m", "u", "#"
"""What the reader says for a made-on word, a use-by word, and a run of any other characters."""

ALPHABET = f"0123456789./-: {OTHER}{MADE_ON}{USE_BY}년월일"
"""All it can say."""

_MADE_ON_WORDS = re.compile(r"제조(?!원|사)(?:일자|일)?|부터|MFG|PROD|PKD", re.IGNORECASE)

_USE_BY_WORDS = re.compile(r"까지|[유소][통비]기한|EXP|BBE|BEST BEFORE|BEST BY|USE BY|BB\b", re.IGNORECASE)


def to_alphabet(text: str) -> str:
    """The printed text in the reader's own alphabet."""
    text = _USE_BY_WORDS.sub("\x02", _MADE_ON_WORDS.sub("\x01", text)).replace(",", ".")
    text = re.sub(r"(?<=\d)\s*([년월일])\s*", lambda m: "\x03\x04\x05"["년월일".index(m[1])], text)
    text = re.sub(r"[^0-9./\-: \x01-\x05]+", "#", text)
    text = text.translate(str.maketrans("\x01\x02\x03\x04\x05", f"{MADE_ON}{USE_BY}년월일"))
    text = re.sub(r"\s*#[#\s]*", "#", re.sub(r"\s*([mu])\s*", r"\1", text))
    return re.sub(r" +", " ", text).strip()


def to_strip(line: GrayStrip) -> tuple[GrayStrip, int]:
    """The line in the network's height, padded with its mean gray, and the width it takes.

    Only what is too wide for the strip is squashed.
    """
    height, width = line.shape
    used = min(max(round(width * HEIGHT / height), 8), WIDTH)
    way = cv2.INTER_AREA if height > HEIGHT else cv2.INTER_LINEAR
    scaled = cv2.resize(line, (used, HEIGHT), interpolation=way)
    strip = np.full((HEIGHT, WIDTH), int(scaled.mean()), np.uint8)
    strip[:, :used] = scaled
    return strip, used


def normalise(strips: NDArray[Any]) -> NDArray[np.float32]:
    """Strips (n, HEIGHT, WIDTH) as the network takes them: (n, 1, HEIGHT, WIDTH), each with mean 0 and spread 1."""
    pixels = strips.astype(np.float32)
    mean = pixels.mean(axis=(1, 2), keepdims=True)
    spread = pixels.std(axis=(1, 2), keepdims=True)
    return np.asarray((pixels - mean) / (spread + 8), np.float32)[:, None]


_ROOM_BEHIND = 12
"""Pixels of padding that the network sees behind a line; the rest of the strip is not worth its time ..."""

_BLOCK = 32
"""... but few widths should occur: the network is planned for each."""


@dataclass(frozen=True, slots=True)
class StripReading:
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
        weights = files("befresh_agent.vision.dates").joinpath("date_reader.onnx").read_bytes()
        self._network = cv2.dnn.readNetFromONNX(np.frombuffer(weights, np.uint8))

    def read(self, line: Gray) -> StripReading:
        strip, used = to_strip(np.asarray(line, np.uint8))
        width = min(-(-(used + _ROOM_BEHIND) // _BLOCK) * _BLOCK, WIDTH)
        self._network.setInput(np.ascontiguousarray(normalise(strip[None])[..., :width]))
        return decode(self._network.forward()[0, :, 0], used / STEP)


def decode(scores: NDArray[Any], columns: float) -> StripReading:
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
    return StripReading(text, tuple(sure), tuple(places))
