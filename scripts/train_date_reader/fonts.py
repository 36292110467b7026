"""The typefaces that stand for package print, and their letters as small pictures.

In: Debian's font packages (fonts.txt). Out: letters of a common height, with their widths.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]

CAP = 32
"""Height of a digit on the drawing canvas, in pixels."""

FOLDER = Path("/usr/share/fonts")

# How often a family is chosen: narrow, monospaced and machine-readable faces look most like package print.
LATIN = {
    "liberation2": 4, "croscore": 1, "freefont": 2, "dejavu": 3, "roboto": 4, "open-sans": 1, "lato": 1,
    "inter": 1, "noto": 2, "ocr-a": 3, "ocr-b": 3, "inconsolata": 2, "hack": 2, "3270": 2, "b612": 1, "opendin": 2,
    "nanum": 2, "naver-d2coding": 2, "unfonts-core": 1, "dotgothic16": 1,
}  # fmt: skip
KOREAN = {"nanum": 3, "naver-d2coding": 1, "unfonts-core": 2}
# Never trained on: these print the test labels.
HELD_OUT = {"mplus": 1, "courier-prime": 1, "cantarell": 1, "jetbrains-mono": 2, "anonymous-pro": 1, "firacode": 2}
HELD_OUT_KOREAN = {"baekmuk": 1}

# Handwriting, hairlines and symbols are not used to print dates.
UNUSABLE = ("Brush", "Pen", "Pilgi", "Math", "Symbol", "Thin", "Hairline", "ExtraLight", "YetHangul", "Batang",
            "Gungseo", "CJK", "Hline", "hline", "Eco", "outline", "Boxed", "Cursive")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Faces:
    """The families a renderer draws from."""

    latin: dict[str, int]
    korean: dict[str, int]


TRAINING_FACES = Faces(LATIN, KOREAN)
TEST_FACES = Faces(HELD_OUT, HELD_OUT_KOREAN)


@cache
def files_of(family: str) -> tuple[Path, ...]:
    found = sorted(p for p in FOLDER.rglob("*") if p.suffix in {".ttf", ".ttc", ".otf"} and family in p.parts)
    usable = tuple(p for p in found if not any(word in p.name for word in UNUSABLE))
    if not usable:
        raise FileNotFoundError(f"no font of the family {family!r} below {FOLDER}: install the packages of fonts.txt")
    return usable


def choose_face(families: dict[str, int], rng: np.random.Generator) -> Path:
    weights = np.array(list(families.values()), float)
    family = str(rng.choice(list(families), p=weights / weights.sum()))
    files = files_of(family)
    return files[int(rng.integers(len(files)))]


@cache
def _font(path: Path) -> tuple[ImageFont.FreeTypeFont, int]:
    """The face in the size at which its "0" is CAP high, and where the top of that "0" lies."""
    trial = ImageFont.truetype(path, 64)
    _, top, _, bottom = trial.getbbox("0")
    font = ImageFont.truetype(path, max(8, round(64 * CAP / max(bottom - top, 1))))
    return font, int(font.getbbox("0")[1])


@lru_cache(maxsize=20_000)
def letter(path: Path, char: str) -> tuple[Picture, float]:
    """The letter on a strip 3 CAP high (digits stand in the middle third, 6 pixels from the left) and its advance."""
    font, top = _font(path)
    advance = font.getlength(char)
    picture = Image.new("L", (int(advance) + 12, 3 * CAP))
    ImageDraw.Draw(picture).text((6, CAP - top), char, 255, font=font)
    return np.asarray(picture), float(advance)


@lru_cache(maxsize=20_000)
def letter_grid(path: Path, char: str, rows: int) -> Picture:
    """The letter on a grid of dots with digits `rows` high, and 3 rows more above and below."""
    font, _ = _font(path)
    small = ImageFont.truetype(path, max(6, round(font.size * rows / CAP)))
    picture = Image.new("L", (int(small.getlength(char)) + 4, rows + 6))
    draw = ImageDraw.Draw(picture)
    draw.fontmode = "1"
    draw.text((1, 3 - small.getbbox("0")[1]), char, 255, font=small)
    grid = (np.asarray(picture) > 100).astype(np.uint8)
    columns = np.flatnonzero(grid.any(axis=0))
    if not len(columns):
        return np.zeros((rows + 6, max(2, rows // 3)), np.uint8)
    return grid[:, columns[0] : columns[-1] + 1]
