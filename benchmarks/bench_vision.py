"""How well and how fast expiry dates are read, compared with the original method, in one run.

    python benchmarks/bench_vision.py FOLDER --as-of 2019-06-01 [--side 640] [--turned 0 20] [--frames 12 --hands 2]

The folder holds pictures and a truth file `dates.csv` with the columns `file` (relative to the folder), `kind` and
`iso_date` (empty: nothing may be reported). Without a folder the rendered labels of the tests are used. In one run
every picture is read as it is, turned by some degrees, and as two streams, of a quiet hand and of a shaky one, of which
the first date counts that a session would accept. Plainly printed dates in every spelling are read in the order `auto`.
Cut-outs (kind `crop`) are read as they are. `--full` adds Tesseract in our pipeline, and two hands for each stream.
"""

import argparse
import csv
import os
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pytesseract
from cv2.typing import MatLike
from rich.console import Console
from rich.table import Table

from befresh_agent.domain.expiry import USUAL_SPELLINGS, DateOrder, DateWindow
from befresh_agent.registration.rules.agreement import DateAgreement, agreed_in_frame
from befresh_agent.registration.rules.session import MEMORY_S
from befresh_agent.vision.dates.date_readers import open_date_reader
from befresh_agent.vision.dates.trained import PrintRead, TrainedDates
from benchmarks.shown_packs import printed, spelt, stream, turned

LABELS = Path(__file__).parents[1] / "tests/fixtures/labels"
ORIGINAL, TRAINED = "original", "trained"
CROP = "crop"
_FRAME_S = 0.2
Method = Callable[[Sequence[MatLike], DateWindow], date | None]
"""In: a colour picture, or several of one pack, and the dates it may show."""


def original(pictures: Sequence[MatLike], _window: DateWindow) -> date | None:
    """The first prototype's way: the whole frame as one block of digits, the first thing that looks like a date."""
    text = pytesseract.image_to_string(pictures[0], config="--psm 6 -c tessedit_char_whitelist=0123456789.")
    found = re.search(r"\d{2,}\.\d{1,}\.\d{1,}", text)
    if found is None:
        return None
    year, month, day = found[0].split(".")
    try:
        return date(int("20" + year[-2:]), int(month), int(day[:2]))
    except ValueError:
        return None


def ours(reader: str) -> Method:
    """What our pipeline believes of one picture, or the first date that several agree on."""
    reads = open_date_reader(reader)

    def look(picture: MatLike, window: DateWindow) -> PrintRead:
        gray = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        return reads.read(gray, window) if isinstance(reads, TrainedDates) else PrintRead(reads(gray, window))

    def believed(pictures: Sequence[MatLike], window: DateWindow) -> date | None:
        looks = (look(picture, window) for picture in pictures)
        if len(pictures) == 1:
            seen = agreed_in_frame(next(looks).dates)
            return seen.date if seen else None
        agreement = DateAgreement(memory_s=MEMORY_S)
        agreed = (agreement.add_frame(one.dates, number * _FRAME_S, one.doubt) for number, one in enumerate(looks))
        return next((seen.date for seen in agreed if seen), None)

    return believed


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is shown: turned by so many degrees, or in so many frames of a hand, quiet or shaky."""

    degrees: int = 0
    frames: int = 1
    hand: int = 0
    is_shaky: bool = False

    @property
    def name(self) -> str:
        if self.frames > 1:
            return "stream, shaky" if self.is_shaky else "stream, quiet"
        return f"turned {self.degrees}" if self.degrees else ""

    def at(self, picture: MatLike) -> Sequence[MatLike]:
        if self.frames > 1:
            return list(stream(picture, self.frames, self.hand, is_shaky=self.is_shaky))
        return [turned(picture, self.degrees)] if self.degrees else [picture]


METHODS: dict[str, Callable[[], Method]] = {
    ORIGINAL: lambda: original,
    "tesseract": partial(ours, "tesserocr"),
    TRAINED: partial(ours, TRAINED),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A picture and what is right."""

    picture: Path
    kind: str
    right: date | None
    today: date


@dataclass(slots=True)
class Score:
    """What a method made of the pictures of one kind."""

    exact: int = 0
    wrong: int = 0
    nothing: int = 0
    milliseconds: list[float] = field(default_factory=list)

    def count(self, answer: date | None, right: date | None, milliseconds: float) -> None:
        self.milliseconds.append(milliseconds)
        self.nothing += answer is None
        self.exact += answer is not None and answer == right
        self.wrong += answer is not None and answer != right

    @property
    def mean(self) -> float:
        return sum(self.milliseconds) / len(self.milliseconds)


def cases(folder: Path, today: date, later: list[tuple[str, date]]) -> Iterator[Case]:
    """All pictures with their truth; `later` gives other days for names that contain a word."""
    with (folder / "dates.csv").open(encoding="utf-8", newline="") as truth:
        for row in csv.DictReader(truth):
            day = next((day for word, day in later if word in row["file"]), today)
            right = date.fromisoformat(row["iso_date"]) if row["iso_date"] else None
            yield Case(folder / row["file"], row["kind"], right, day)


def picture_of(case: Case, side: int) -> MatLike:
    picture = cv2.imread(str(case.picture))
    if picture is None:
        raise SystemExit(f"{case.picture}: not a picture")
    scale = side / max(picture.shape[:2])
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture


def measure_spellings(name: str, scores: dict[str, dict[str, Score]]) -> None:
    """Plain labels, read in the order `auto`: days that only one order makes sense of, and others."""
    method, today = METHODS[name](), date(2026, 11, 21)
    window = DateWindow.around(today, past_days=60, ahead_years=5, spellings=USUAL_SPELLINGS, order=DateOrder.AUTO)
    for day in (date(2027, 3, 30), date(2027, 10, 28), date(2028, 7, 19), date(2026, 12, 31)):
        for text in spelt(day).values():
            began = time.perf_counter()
            answer = method([printed(text)], window)
            scores[name]["spelling, auto"].count(answer, day, (time.perf_counter() - began) * 1000)


def measure(all_cases: list[Case], names: list[str], side: int, looks: list[Look]) -> dict[str, dict[str, Score]]:
    """Every method on every picture in turn, so that a busy machine is busy for all of them."""
    methods = {name: METHODS[name]() for name in names}
    scores: dict[str, dict[str, Score]] = {name: defaultdict(Score) for name in names}
    for case, look in product(all_cases, looks):
        if case.kind == CROP and look.name:
            continue
        pictures = look.at(picture_of(case, side))
        window = DateWindow.around(case.today, past_days=60, ahead_years=5)
        for name, method in methods.items():
            if len(pictures) > 1 and name == ORIGINAL:
                continue  # it knows of no frames
            began = time.perf_counter()
            answer = method(pictures, window)
            kind = f"{case.kind} {look.name}".strip()
            scores[name][kind].count(answer, case.right, (time.perf_counter() - began) * 1000)
    return scores


def print_table(scores: dict[str, dict[str, Score]]) -> None:
    table = Table("kind", "method", "pictures", "exact", "wrong", "nothing", "ms", "of original's")
    for kind in sorted({kind for by_kind in scores.values() for kind in by_kind}):
        for name, by_kind in scores.items():
            score, n = by_kind[kind], len(by_kind[kind].milliseconds)
            if not n:
                continue
            asked = ORIGINAL in scores and scores[ORIGINAL][kind].milliseconds
            base = scores[ORIGINAL][kind].mean if asked else 0
            share = f"{score.mean / base:.2f}" if base else "-"
            counts = (f"{value} ({value / n:.0%})" for value in (score.exact, score.wrong, score.nothing))
            table.add_row(kind, name, str(n), *counts, f"{score.mean:.0f}", share)
    Console(width=120).print(table)


def _later(text: str) -> tuple[str, date]:
    word, _, day = text.partition("=")
    return word, date.fromisoformat(day)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=LABELS)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 11, 21), help="day that counts as today")
    parser.add_argument("--as-of-for", type=_later, action="append", default=[], metavar="WORD=DAY",
                        help="another day for pictures whose name contains the word")  # fmt: skip
    parser.add_argument("--side", type=int, default=640, help="pictures are shrunk to this long side")
    parser.add_argument("--turned", type=int, nargs="*", default=[0, 10, 20, 30, 40], help="degrees")
    parser.add_argument("--frames", type=int, default=12, help="shaky frames of a stream; 1 for none")
    parser.add_argument("--hands", type=int, help="so many streams of each kind, each shaken in another way")
    parser.add_argument("--full", action="store_true", help="with Tesseract in our pipeline, and two hands")
    parser.add_argument("--method", choices=METHODS, action="append", help="only this one (may be repeated)")
    options = parser.parse_args()
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    cv2.setNumThreads(1)
    found = list(cases(options.folder, options.as_of, options.as_of_for))
    hands = range(options.hands or (2 if options.full else 1) if options.frames > 1 else 0)
    streams = [Look(frames=options.frames, hand=hand, is_shaky=shaky) for hand in hands for shaky in (False, True)]
    looks = [*(Look(degrees) for degrees in options.turned), *streams]
    names = options.method or (list(METHODS) if options.full else [ORIGINAL, TRAINED])
    scores = measure(found, names, options.side, looks)
    if TRAINED in names:
        measure_spellings(TRAINED, scores)
    print_table(scores)


if __name__ == "__main__":
    main()
