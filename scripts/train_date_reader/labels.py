"""The rendered test labels: pictures of packs with known dates, in fonts and from seeds that training never saw.

    python -m scripts.train_date_reader.labels tests/fixtures/labels

Out: small JPEG pictures and `dates.csv` with their truth. Judge them as of 2026-11-21.
"""

import argparse
import csv
from datetime import date, timedelta
from pathlib import Path

import cv2
import numpy as np

from .fonts import CAP, TEST_FACES, Picture
from .ink import Style, choose_style, draw_line, face_style
from .scene import SIDE, Place, Scene
from .words import MADE_ON, USE_BY, dotted_date, lot, number, words

Rng = np.random.Generator
SEED = 70_001
TODAY = date(2026, 11, 21)
COUNTS = {"one_date": 28, "two_dates": 10, "no_date": 14}


def render_label(kind: str, rng: Rng) -> tuple[Picture, date | None]:
    while True:
        scene, contrast, right = _try_label(kind, rng)
        if scene is not None:
            return scene.photo(contrast), right


def _try_label(kind: str, rng: Rng) -> tuple[Scene | None, float, date | None]:
    """A pack with its print; no scene when a line found no room."""
    scene = Scene(rng)
    contrast, style = float(rng.uniform(60, 200)), choose_style(rng, TEST_FACES)
    use_by = TODAY + timedelta(days=int(rng.integers(3, 1400)))
    lines = _lines(kind, use_by, rng)
    widest = max(draw_line(line, style, rng).opacity.shape[1] for line in lines)
    digit = min(float(rng.uniform(9, 20)), 0.85 * SIDE * CAP / widest)
    angle, pitch = float(np.radians(rng.normal(0, 7))), float(rng.uniform(1.75, 2.3))
    place = Place(SIDE / 2, float(rng.uniform(0.25, 0.6)) * SIDE, digit, angle)
    inks = [draw_line(line, style, rng) for line in lines]
    middle = place.next_line(pitch * (len(lines) - 1) / 2, 0)
    scene.lay_paper(max(inks, key=lambda ink: ink.opacity.shape[1]), middle, 0.5 * pitch * len(lines))
    for ink in inks:
        if not scene.write(ink, place, contrast, on_label=False):
            return None, contrast, None
        scene.smallest = min(scene.smallest, digit)
        place = place.next_line(pitch, 0)
    _paragraph(scene, face_style(rng, TEST_FACES), rng)
    return scene, contrast, None if kind == "no_date" else use_by


def _lines(kind: str, use_by: date, rng: Rng) -> list[str]:
    """What the printer put on the pack, line by line."""
    if kind == "no_date":
        return [_no_date(use_by, rng), lot(rng)]
    printed = dotted_date(rng, (use_by.year, use_by.month, use_by.day))
    if kind == "one_date":
        return [printed + str(rng.choice(["", "", "까지", " 까지", " A", "B"]))]
    made = use_by - timedelta(days=int(rng.integers(20, 700)))
    made_on = dotted_date(rng, (made.year, made.month, made.day))
    if rng.random() < 0.5:
        return [f"{made_on} {rng.choice(['부터', '제조'])}", f"{printed} 까지"]
    return [f"{rng.choice(MADE_ON[:3])} {made_on}", f"{rng.choice(USE_BY[:2])} {printed}"]


def _no_date(day: date, rng: Rng) -> str:
    others = (day.strftime("%d.%m.%Y"), day.strftime("%d/%m/%Y"), day.strftime("%d %b %Y"), day.strftime("%m.%Y"))
    return str(rng.choice([*others, number(rng), words(rng, 2, 4)]))


def _paragraph(scene: Scene, style: Style, rng: Rng) -> None:
    place = scene.somewhere(rng.uniform(0, SIDE, 2), float(rng.uniform(5, 12)))
    for _ in range(int(rng.integers(1, 6))):
        scene.write(draw_line(words(rng, 2, 6), style, rng), place, 120.0, on_label=False)
        place = place.next_line(2.0, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "dates.csv").open("w", encoding="utf-8", newline="") as truth:
        table = csv.writer(truth, lineterminator="\n")
        table.writerow(("file", "kind", "iso_date"))
        for number_of_kind, (kind, count) in enumerate(COUNTS.items()):
            for i in range(count):
                picture, right = render_label(kind, np.random.default_rng([SEED, number_of_kind, i]))
                name = f"{kind}_{i:02d}.jpg"
                cv2.imwrite(str(folder / name), picture, [cv2.IMWRITE_JPEG_QUALITY, 78])
                table.writerow((name, kind, right.isoformat() if right else ""))


if __name__ == "__main__":
    main()
