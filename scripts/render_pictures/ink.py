"""Print: dot-matrix digits on a grid, and type set in a font.

In: a text. Out: its opacity as a gray picture, 255 where the ink is full.
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Ink = NDArray[np.uint8]

SANS = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
BOLD = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")
KOREAN = Path("/usr/share/fonts/truetype/nanum/NanumGothicBold.ttf")

_GLYPHS = {
    "0": ".###. #...# #...# #...# #...# #...# .###.",
    "1": "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.",
    "2": ".###. #...# ....# ..##. .#... #.... #####",
    "3": ".###. #...# ....# ..##. ....# #...# .###.",
    "4": "...#. ..##. .#.#. #..#. ##### ...#. ...#.",
    "5": "##### #.... ####. ....# ....# #...# .###.",
    "6": ".###. #...# #.... ####. #...# #...# .###.",
    "7": "##### ....# ...#. ..#.. .#... .#... .#...",
    "8": ".###. #...# #...# .###. #...# #...# .###.",
    "9": ".###. #...# #...# .#### ....# #...# .###.",
    ".": "... ... ... ... ... .## .##",
    ":": "... .## .## ... .## .## ...",
    "/": "..... ....# ...#. ..#.. .#... #.... .....",
    " ": "... ... ... ... ... ... ...",
    "A": ".###. #...# #...# ##### #...# #...# #...#",
    "B": "####. #...# #...# ####. #...# #...# ####.",
    "E": "##### #.... #.... ####. #.... #.... #####",
    "L": "#.... #.... #.... #.... #.... #.... #####",
    "P": "####. #...# #...# ####. #.... #.... #....",
    "X": "#...# #...# .#.#. ..#.. .#.#. #...# #...#",
}
"""The letters of a 5x7 ink-jet printer, row by row."""

_ROWS = 7
_FINE = 4
"""Dots are drawn so many times larger, then shrunk: their edges become soft."""


def dot_matrix(text: str, height: int, *, radius: float = 0.5, jitter: float = 0.05, seed: int = 0) -> Ink:
    """The text as a printer with seven nozzles sprays it; the radius is in dot distances."""
    grid = np.concatenate([_glyph(char) for char in text], axis=1)
    random = np.random.default_rng(seed)
    pitch = height * _FINE / _ROWS
    picture = Image.new("L", (round(grid.shape[1] * pitch), height * _FINE))
    draw = ImageDraw.Draw(picture)
    for row, column in zip(*np.nonzero(grid), strict=True):
        x, y = (np.array([column, row]) + 0.5 + random.normal(0, jitter, 2)) * pitch
        size = radius * pitch * random.uniform(0.85, 1.1)
        draw.ellipse((x - size, y - size, x + size, y + size), fill=int(random.uniform(200, 255)))
    return np.asarray(picture.resize((picture.width // _FINE, height), Image.Resampling.BOX))


def type_set(text: str, height: int, font: Path = SANS) -> Ink:
    """The text in a font, so many pixels from its highest to its lowest point."""
    face = ImageFont.truetype(str(font), 2 * height)
    left, top, right, bottom = face.getbbox(text)
    picture = Image.new("L", (round(right - left) + 4, round(bottom - top) + 4))
    ImageDraw.Draw(picture).text((2 - left, 2 - top), text, font=face, fill=255)
    width = max(1, round(picture.width * height / picture.height))
    return np.asarray(picture.resize((width, height), Image.Resampling.BOX))


@cache
def _glyph(char: str) -> Ink:
    """The dots of a letter and the gap behind it."""
    rows = [[dot == "#" for dot in row] for row in _GLYPHS[char].split()]
    return np.pad(np.array(rows, np.uint8), ((0, 0), (0, 1)))
