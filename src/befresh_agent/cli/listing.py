"""Lists and facts as a person reads them, at any width, with units; and how far something long is.

In: rows of cells. Out: lines. On a terminal they stand in columns where these fit, else one below the other. Nothing is
cut off that somebody may have to copy.
"""

import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from befresh_agent.domain.quantities import Quantity, restored, written
from befresh_agent.domain.visible import visible_text

Cell = str | Text

_GAP = 2


def moment(at: datetime | str | None) -> str:
    """A time as people write it: 2026-11-30 18:15; a text that is no time stays as it is."""
    if isinstance(at, str):
        try:
            at = datetime.fromisoformat(at)
        except ValueError:
            return str(at)
    if at is None:
        return ""
    try:
        return at.astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError):  # the first and the last day there is
        return at.strftime("%Y-%m-%d %H:%M")


def show(lines: Iterable[Text | str]) -> None:
    """Print them as they are: nothing is folded, cut or coloured by guess."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for line in lines:
        if console.is_terminal:
            console.print(line)
        else:
            print(line)


def screen_width() -> int | None:
    """The terminal's columns; None where the output is none."""
    console = Console()
    return console.width if console.is_terminal else None


def table(titles: Sequence[str], rows: Sequence[Sequence[Cell]], width: int | None, *, spare: int = 0) -> list[Text]:
    """The rows under their titles. On a terminal columns in which nothing stands are left out, and the last `spare`
    ones where there is no room for them.
    """
    cells = [[_text(cell) for cell in row] for row in rows]
    if width is None:
        return [Text("\t").join(row) for row in [[Text(title) for title in titles], *cells]]
    filled = [place for place in range(len(titles)) if any(row[place].plain for row in cells)]
    for shown in (filled, [place for place in filled if place < len(titles) - spare]):
        lines = [[row[place] for place in shown] for row in [[Text(t, style="bold") for t in titles], *cells]]
        widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
        if sum(widths) + _GAP * (len(widths) - 1) <= width:
            return [_aligned(line, widths) for line in lines]
    return [line for row in cells for line in _stacked(titles, row, width)]


def facts(pairs: Sequence[tuple[str, Cell]], width: int | None) -> list[Text]:
    """Names and values below each other."""
    if width is None:
        return [Text.assemble(name, "\t", _text(value)) for name, value in pairs]
    names = max(cell_len(name) for name, _ in pairs)
    return [line for name, value in pairs for line in _named(Text(name, style="bold"), _text(value), names, width)]


def _text(cell: Cell) -> Text:
    return cell if isinstance(cell, Text) else Text(visible_text(cell))


def _width(text: Text) -> int:
    return cell_len(text.plain)


def _aligned(row: Sequence[Text], widths: Sequence[int]) -> Text:
    padded = [Text.assemble(cell, " " * (width - _width(cell))) for cell, width in zip(row, widths, strict=True)]
    line = Text(" " * _GAP).join(padded)
    line.rstrip()
    return line


def _stacked(titles: Sequence[str], row: Sequence[Text], width: int) -> list[Text]:
    """The first cell, which says who it is, and below it what else is known."""
    known = [(title, cell) for title, cell in zip(titles[1:], row[1:], strict=True) if cell.plain]
    lines = [Text()]
    for title, cell in known:
        named = Text.assemble((title, "dim"), " ", cell)
        gap = " " * _GAP if lines[-1].plain else ""
        if _width(lines[-1]) + len(gap) + _width(named) <= width - _GAP:
            lines[-1] = Text.assemble(lines[-1], gap, named)
        else:
            lines += _wrapped(named, width - _GAP)
    return [row[0], *(Text.assemble(" " * _GAP, line) for line in lines if line.plain)]


def _named(name: Text, value: Text, names: int, width: int) -> list[Text]:
    first = Text.assemble(name, " " * (names - _width(name) + _GAP))
    indent = names + _GAP
    wrapped = _wrapped(value, max(width - indent, 1))
    return [Text.assemble(first if place == 0 else " " * indent, part) for place, part in enumerate(wrapped)]


def _wrapped(text: Text, width: int) -> list[Text]:
    """Lines of whole words; a word that is longer than a line is left to the terminal, so it can be copied."""
    lines: list[Text] = [Text()]
    for word in text.split(" "):
        if lines[-1].plain and _width(lines[-1]) + 1 + _width(word) > width:
            lines.append(word)
        else:
            lines[-1] = Text.assemble(lines[-1], " ", word) if lines[-1].plain else word
    return lines


def titles(quantities: Sequence[Quantity] = tuple(Quantity)) -> list[str]:
    """A column's head for each."""
    return [f"{quantity.traits.short} {quantity.traits.unit}".strip() for quantity in quantities]


def cells(values: Mapping[str, Any] | None, quantities: Sequence[Quantity] = tuple(Quantity)) -> list[str]:
    """The values by the names that travel, one for each; empty where nothing was read."""
    read = restored(values or {})
    return ["" if (value := read.of(one)) is None else written(one, value) for one in quantities]


_FIRST_S = 1.0

_AGAIN_S, _AGAIN_ELSEWHERE_S = 0.5, 10.0


class ProgressLine:
    """A context manager that clears its line at the end."""

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._clock = clock
        self._began = clock()
        self._next = self._began + _FIRST_S
        self._width = 0

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: object) -> None:
        if self._width:
            print("\r" + " " * self._width, end="\r", file=sys.stderr, flush=True)

    def at(self, share: float) -> None:
        """So much is done, 0 to 1."""
        now = self._clock()
        if now < self._next or not 0 < share < 1:
            return
        left = (now - self._began) * (1 - share) / share
        text = f"{self._what}: {share:.1%}, {_duration(left)} left; Ctrl-C ends it"
        if sys.stderr.isatty():
            print("\r" + text.ljust(self._width), end="", file=sys.stderr, flush=True)
            self._width, self._next = max(self._width, len(text)), now + _AGAIN_S
        else:
            print(text, file=sys.stderr, flush=True)
            self._next = now + _AGAIN_ELSEWHERE_S


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"
