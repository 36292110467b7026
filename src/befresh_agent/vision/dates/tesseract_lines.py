"""Expiry dates without the trained networks: Tesseract reads lines, through tesserocr, some 5 ms each.

In: a picture and the plausible window. Out: the dates in it, one for each printed line. Lines are found, glanced at,
and
the promising ones read closely; each way to prepare a strip fails on other prints, so that agreement means something.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import tesserocr
from PIL import Image

from befresh_agent.domain.detection import DateSeen
from befresh_agent.domain.expiry import DateWindow, dates_in
from befresh_agent.errors import DeviceError
from befresh_agent.vision.dates.boxes import TextBox, cut, find_boxes, is_a_line, whole
from befresh_agent.vision.dates.date_votes import DateVote, believed, count_votes
from befresh_agent.vision.images import Gray, long_side, scaled

_GLUED = re.compile(r"(?<![0-9])[0-9]*(20[0-9]{2}\.[01][0-9]\.[0-3][0-9])[0-9]*")

_DOTS = re.compile(r" ?[.,·]+")


@dataclass(frozen=True, slots=True)
class ReadLine:
    """What a line says in one reading; the confidence is 0 to 1."""

    text: str
    confidence: float


class LineReader(Protocol):
    """Reads strips: gray, upright, one line of print each, of the height that `strips.cut` gives them."""

    def glance(self, strip: Gray) -> ReadLine:
        """One quick reading, which tells whether the line is worth more."""

    def read(self, strip: Gray) -> list[ReadLine]:
        """Further readings of the same strip, each made in another way than the glance and the others."""


def mended(text: str) -> str:
    """The text with the slips of a reader put right that cannot change a date.

    A dot is often read as a comma or twice, and a word behind the date as digits that stick to it.
    """
    return _GLUED.sub(r" \1 ", _DOTS.sub(".", text)).strip()


_WORKING_SIDE = 1280
"""The boxes are sought at this size: print that fills a hand's width is then 15 to 60 pixels high."""

_SMOOTH_SIDE = 640
"""A picture shrunk to this first has its dot-matrix dots melted into strokes."""

_MOST_BOXES = 40

_MOST_WIDENED = 8

_ENOUGH_VOTES = 3

_DIGITS_OF_TEXT = 3

_DIGITS_OF_A_DATE = 6

_DATE_LENGTH = 12
"""Characters of a date with its spaces, for widening a box that holds only its year."""

_LINE_PITCHES = (1.25, 1.6)
"""Distances of neighbouring lines, in line heights: packs print made-on and use-by dates below each other."""

_BLOCK = 3.5
"""Lines belong together up to this distance, in line heights."""

_YEAR = re.compile(r"20[12][0-9]")


def find_dates(gray: Gray, window: DateWindow, reader: LineReader) -> list[DateSeen]:
    """At a smooth scale first, which suits dot-matrix print, then at a sharp one."""
    if is_a_line(gray):
        return believed(count_votes(_LineSearch(gray, window, reader).read(whole(gray))))
    working = _smoothed(gray)
    votes = _LineSearch(working, window, reader).votes()
    if not votes and long_side(gray) > _SMOOTH_SIDE * 1.1:
        working = scaled(gray, _WORKING_SIDE)
        votes = _LineSearch(working, window, reader).votes()
    return [_in_frame(seen, long_side(gray) / long_side(working)) for seen in believed(count_votes(votes))]


def _in_frame(seen: DateSeen, factor: float) -> DateSeen:
    return replace(seen, corners=tuple((round(x * factor), round(y * factor)) for x, y in seen.corners))


def _smoothed(gray: Gray) -> Gray:
    if long_side(gray) > _SMOOTH_SIDE * 1.1:
        gray = scaled(gray, _SMOOTH_SIDE)
    return scaled(gray, _WORKING_SIDE)


class _LineSearch:
    """One pass over one picture."""

    def __init__(self, gray: Gray, window: DateWindow, reader: LineReader) -> None:
        self._gray = gray
        self._window = window
        self._reader = reader
        self._widened = 0

    def votes(self) -> list[DateVote]:
        votes: list[DateVote] = []
        for box in self._boxes(votes):
            found = self._in_box(box)
            if found:
                found += self._beside(box, -1) + self._beside(box, +1)
            votes += found
        return votes

    def _boxes(self, votes: list[DateVote]) -> Iterator[TextBox]:
        """The boxes worth a look: once dates are found, only what stands near them."""
        for box in find_boxes(self._gray)[:_MOST_BOXES]:
            if len(votes) < _ENOUGH_VOTES or any(_is_neighbour(box, vote.box) for vote in votes):
                yield box

    def _in_box(self, box: TextBox) -> list[DateVote]:
        strip = cut(self._gray, box)
        glance = self._reader.glance(strip)
        if _digits(glance.text) < _DIGITS_OF_TEXT:
            return []
        votes = self._votes_of(glance, box)
        if votes or _digits(glance.text) >= _DIGITS_OF_A_DATE or glance.text.count(".") >= 2:
            votes += self._votes_of_all(self._reader.read(strip), box)
        if not votes and self._widened < _MOST_WIDENED and _may_be_cut(glance):
            self._widened += 1
            votes = self._in_wider_box(box, len(glance.text.replace(" ", "")))
        if any(map(_has_bare_day, votes)):
            votes = self.read(_longer(votes[0].box)) or votes
        return votes

    def _in_wider_box(self, box: TextBox, characters: int) -> list[DateVote]:
        """The box may hold only the year, or only the middle of the date."""
        pitch = box.width / max(characters, _DIGITS_OF_TEXT)
        length = _DATE_LENGTH * pitch
        to_the_right = box.moved((length - box.width) / 2 - pitch, 0).sized(length, box.height * 1.05)
        return self.read(to_the_right) or self.read(box.sized(box.width * 2.6, box.height * 1.05))

    def _beside(self, box: TextBox, side: int) -> list[DateVote]:
        """Votes from the line above (-1) or below (+1)."""
        for pitch in _LINE_PITCHES:
            neighbour = box.moved(0, side * pitch * box.height).sized(box.width * 1.15, box.height * 1.05)
            glance = self._reader.glance(cut(self._gray, neighbour))
            if _digits(glance.text) >= _DIGITS_OF_A_DATE - 1 and (votes := self.read(neighbour, glance)):
                return votes
        return []

    def read(self, box: TextBox, glance: ReadLine | None = None) -> list[DateVote]:
        """Votes from every way to read the box."""
        strip = cut(self._gray, box)
        return self._votes_of_all([glance or self._reader.glance(strip), *self._reader.read(strip)], box)

    def _votes_of_all(self, lines: list[ReadLine], box: TextBox) -> list[DateVote]:
        return [vote for way, line in enumerate(lines, start=1) for vote in self._votes_of(line, box, way)]

    def _votes_of(self, line: ReadLine, box: TextBox, way: int = 0) -> list[DateVote]:
        """Each way to prepare the box is a witness of its own."""
        text = mended(line.text)
        return [
            DateVote(found.day, line.confidence, text, box, found.role, way, rival=found.rival)
            for found in dates_in(text, self._window)
        ]


def _has_bare_day(vote: DateVote) -> bool:
    """Whether the day is a single digit: then the box may end in the middle of it."""
    return vote.day.day < 10 and bool(re.search(rf"[. ]{vote.day.day}(?![0-9])", vote.text))


def _longer(box: TextBox) -> TextBox:
    """With room for two more digits at the right end."""
    return box.moved(box.height, 0).sized(box.width + 2 * box.height, box.height)


def _is_neighbour(box: TextBox, line: TextBox) -> bool:
    """Whether the box may be a line of the same block of print, above or below the line but not the line itself."""
    distance = abs(box.y - line.y) / line.height
    alike = 0.6 < box.height / line.height < 1.6
    return alike and 0.7 < distance < _BLOCK and abs(box.x - line.x) < max(box.width, line.width)


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _may_be_cut(glance: ReadLine) -> bool:
    """Whether this looks like a piece of a date."""
    few = _DIGITS_OF_TEXT <= _digits(glance.text) <= _DIGITS_OF_A_DATE
    return bool(_YEAR.search(glance.text)) or (few and glance.confidence > 0.4)


_DARK_BACKGROUND = 100
"""A median below this means light print on a dark ground, which Tesseract reads badly."""

_FRAME = (10, 10, 14, 14)
"""Tesseract wants room around the print, in pixels."""


def blurred(strip: Gray) -> Gray:
    """Closes the gaps between the dots of dot-matrix print, then stretches the contrast."""
    soft = _dark_on_light(cv2.GaussianBlur(strip, (0, 0), 1.4)).astype(np.float32)
    dark, light = np.percentile(soft, (2, 98))
    return _framed(np.clip((soft - dark) * 255 / (light - dark + 1), 0, 255).astype(np.uint8))


def thickened(strip: Gray) -> Gray:
    """Lets the dots run into each other."""
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (4, 4))
    return _framed(cv2.GaussianBlur(cv2.erode(_dark_on_light(strip), pen), (0, 0), 1))


def black_and_white(strip: Gray) -> Gray:
    soft = cv2.GaussianBlur(_dark_on_light(strip), (0, 0), 1.2)
    _, clear = cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return cv2.copyMakeBorder(clear, *_FRAME, cv2.BORDER_CONSTANT, value=(255,))


def _dark_on_light(strip: Gray) -> Gray:
    return cv2.bitwise_not(strip) if np.median(strip) < _DARK_BACKGROUND else strip


def _framed(strip: Gray) -> Gray:
    return cv2.copyMakeBorder(strip, *_FRAME, cv2.BORDER_REPLICATE)


_LANGUAGE = "eng"

_DIGITS = "0123456789."

_PLACES = ("usr/share/tesseract-ocr/*/tessdata", "usr/share/tessdata", "usr/local/share/tessdata")

_REMEDY = "apt install tesseract-ocr"


def find_tessdata(root: Path = Path("/")) -> Path:
    """The folder with the English model: `TESSDATA_PREFIX`, else the newest where Debian and others put it."""
    given = os.environ.get("TESSDATA_PREFIX")
    folders = [Path(given), Path(given) / "tessdata"] if given else []
    for place in _PLACES:
        folders += sorted(root.glob(place), reverse=True)
    for folder in folders:
        if (folder / f"{_LANGUAGE}.traineddata").is_file():
            return folder
    raise DeviceError("Tesseract's English model is missing", remedy=_REMEDY)


class TesserocrReader:
    """Reads digits and dots, and once without that restriction."""

    def __init__(self) -> None:
        folder = str(find_tessdata())
        try:
            self._digits = tesserocr.PyTessBaseAPI(path=folder, lang=_LANGUAGE, psm=tesserocr.PSM.SINGLE_LINE)
            self._all = tesserocr.PyTessBaseAPI(path=folder, lang=_LANGUAGE, psm=tesserocr.PSM.SINGLE_LINE)
        except RuntimeError as error:
            raise DeviceError(f"Tesseract cannot load {folder}: {error}", remedy=_REMEDY) from error
        self._digits.SetVariable("tessedit_char_whitelist", _DIGITS)

    def glance(self, strip: Gray) -> ReadLine:
        return _read(self._digits, blurred(strip))

    def read(self, strip: Gray) -> list[ReadLine]:
        return [
            _read(self._all, blurred(strip)),
            _read(self._digits, thickened(strip)),
            _read(self._digits, black_and_white(strip)),
        ]


def _read(tesseract: tesserocr.PyTessBaseAPI, strip: Gray) -> ReadLine:
    tesseract.SetImage(Image.fromarray(strip))
    return ReadLine(tesseract.GetUTF8Text().strip(), tesseract.MeanTextConf() / 100)
