"""How many QR codes are read and how long that takes, by each way to read them, in one run.

    python benchmarks/bench_codes.py FOLDER [--size 640x480 --size 1536x864] [--as-they-are]

The folder holds pictures with one code each and `qr.csv` with the columns `file` (relative to the folder) and `text`,
or, like the pictures of the tests, a `truth.json`. Pictures are scaled to fit the size. Read means that some text came
out; as expected means that it is the text of the truth file, whatever ends its lines. Milliseconds are processor time.
"""

import argparse
import csv
import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import zxingcpp
from rich.console import Console
from rich.table import Table

from befresh_agent.vision.codes import zbar, zxing
from befresh_agent.vision.images import Gray

PICTURES = Path(__file__).parents[1] / "config/scenarios/pictures"
SIZES = ["640x480", "1536x864"]
QR = zxingcpp.barcode_formats_from_str("QRCode")


def once(gray: Gray) -> list[str]:
    """zxing-cpp with one look at the picture as it is."""
    found = zxingcpp.read_barcodes(gray, formats=QR, text_mode=zxingcpp.TextMode.Plain)
    return [code.text for code in found]


WAYS: dict[str, Callable[[Gray], list[str]]] = {
    "ZBar": lambda gray: list(zbar.read_codes_with_zbar(gray)),
    "zxing-cpp, one look": once,
    "ours": lambda gray: list(zxing.read_codes(gray)),
}


def cases(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every picture that shows a code, and what that says."""
    if (folder / "qr.csv").exists():
        with (folder / "qr.csv").open(encoding="utf-8", newline="") as truth:
            yield from ((folder / row["file"], row["text"]) for row in csv.DictReader(truth))
        return
    found = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    yield from ((folder / name, is_in["qr"][0]) for name, is_in in found.items() if is_in["qr"])


def fitted(path: Path, size: tuple[int, int], *, as_it_is: bool) -> Gray:
    """The picture scaled into the size; not enlarged when it is to stay as it is."""
    gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if gray is None:
        raise SystemExit(f"{path}: not a picture")
    factor = min(size[0] / gray.shape[1], size[1] / gray.shape[0])
    if as_it_is and factor >= 1:
        return gray
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return cv2.resize(gray, None, fx=factor, fy=factor, interpolation=way)


def measure(table: Table, pictures: list[Gray], texts: list[str], size: str) -> None:
    """A row for each way."""
    answers: dict[str, list[list[str]]] = {way: [] for way in WAYS}
    milliseconds: dict[str, list[float]] = {way: [] for way in WAYS}
    for picture in pictures:
        for way, read in WAYS.items():
            began = time.thread_time()
            answers[way].append(read(picture))
            milliseconds[way].append((time.thread_time() - began) * 1000)
    for way, took in milliseconds.items():
        decoded = sum(map(bool, answers[way]))
        right = sum(lines(text) in map(lines, answer) for text, answer in zip(texts, answers[way], strict=True))
        times = (f"{one:.2f}" for one in (statistics.median(took), statistics.mean(took), max(took)))
        table.add_row(size, way, str(len(took)), f"{decoded} ({decoded / len(took):.1%})", str(right), *times)


def lines(text: str) -> list[str]:
    return text.splitlines()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=PICTURES)
    parser.add_argument("--size", action="append", help="WIDTHxHEIGHT, may be repeated")
    parser.add_argument("--as-they-are", action="store_true", help="do not enlarge smaller pictures")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    found = list(cases(options.folder))
    table = Table("size", "way", "pictures", "read", "as expected", "ms median", "mean", "longest")
    for size in options.size or SIZES:
        width, _, height = size.partition("x")
        pictures = [fitted(path, (int(width), int(height)), as_it_is=options.as_they_are) for path, _ in found]
        measure(table, pictures, [text for _, text in found], size)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
