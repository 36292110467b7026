"""What the trained date reader looks at and what it can say; the same for training and for reading.

In: a cut-out line of print, gray, upright. Out: the network's input, a strip of fixed size.
"""

import re
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]

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


def say(text: str) -> str:
    """The printed text in the reader's own alphabet."""
    text = _USE_BY_WORDS.sub("\x02", _MADE_ON_WORDS.sub("\x01", text)).replace(",", ".")
    text = re.sub(r"(?<=\d)\s*([년월일])\s*", lambda m: "\x03\x04\x05"["년월일".index(m[1])], text)
    text = re.sub(r"[^0-9./\-: \x01-\x05]+", "#", text)
    text = text.translate(str.maketrans("\x01\x02\x03\x04\x05", f"{MADE_ON}{USE_BY}년월일"))
    text = re.sub(r"\s*#[#\s]*", "#", re.sub(r"\s*([mu])\s*", r"\1", text))
    return re.sub(r" +", " ", text).strip()


def to_strip(line: Gray) -> tuple[Gray, int]:
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
