"""What reads a line of print without the trained networks, and what it says."""

import re
from dataclasses import dataclass
from typing import Protocol

from befresh_agent.vision.gray import Gray

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
