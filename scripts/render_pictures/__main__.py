"""Renders the pictures of the demo and of the tests, each folder with its truth: `python -m scripts.render_pictures`.

Needs Debian's fonts-dejavu-core and fonts-nanum. The same pictures come out every time.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from PIL import Image

from scripts.render_pictures import packs
from scripts.render_pictures.face import WHITE, Face, container_text
from scripts.render_pictures.ink import Ink
from scripts.render_pictures.packs import carton, coded_pack, container, tray
from scripts.render_pictures.scene import View, photograph

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "config" / "scenarios" / "pictures"
TESTS = ROOT / "tests" / "fixtures" / "pictures"
QUALITY = 82
KIMCHI = "FB:89:EB:22:95:84"
RICE = "C4:5D:83:10:2A:03"
SITE = "https://example.com/recipes/4"
MILK = "https://example.com/01/08801234567893?17=300621"
"""A GS1 Digital Link: the product, and until when it keeps."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What there is to find in a picture."""

    date: str | None = None
    containers: tuple[str, ...] = ()
    qr: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    name: str
    face: Face
    truth: Truth
    view: View = field(default_factory=View)
    size: tuple[int, int] = (1280, 960)


def demo() -> list[Picture]:
    made, use_by = packs.stamped("30.01.06"), packs.stamped("30.01.20")
    return [
        Picture("container-kimchi", container(KIMCHI, "김치"), _container(KIMCHI), View(turn=-6)),
        Picture("milk", carton("우유", packs.sprayed("2030.03.15", 66)), Truth("2030-03-15"), View(turn=2)),
        Picture("tofu", tray("두부", [made, use_by]), Truth("2030-01-20"), View(turn=-2)),
        Picture("other-code", coded_pack("카레", SITE), Truth(qr=(SITE,)), View(turn=5)),
        Picture("milk-with-code", coded_pack("우유", MILK), Truth("2030-06-21", qr=(MILK,)), View(turn=-3)),
    ]


def tests() -> list[Picture]:
    """Smaller ones, one for each way to print a date, and some in which there is none."""
    dim = View(noise=7, shade=0.55, blur=1.1)
    lines = [packs.stamped("2030.02.01 10:08"), packs.stamped("2030.04.30")]
    numbers = [packs.plain("080 2030 1188"), packs.plain("300 g 1.240 kcal")]
    return [
        _small("container", container(RICE, "쌀"), _container(RICE), View(turn=14, lean=0.15)),
        _small("container-dim", container(RICE, "쌀"), _container(RICE), dim),
        _small("sprayed", carton("요거트", packs.sprayed("2030.08.02", 60, 3)), Truth("2030-08-02"), View(turn=-3)),
        _small("sprayed-time", carton("치즈", packs.sprayed("2029.12.24 08:21", 52, 4)), Truth("2029-12-24")),
        _small("spaced", carton("만두", packs.plain("EXP : 2030. 5. 17", 60)), Truth("2030-05-17"), View(turn=4)),
        _small("until", tray("햄", [packs.printed("소비기한 2029.10.31 까지")]), Truth("2029-10-31")),
        _small("two-lines", tray("어묵", lines), Truth("2030-04-30"), View(turn=-4)),
        _small("light-on-dark", _dark_tray("김", packs.stamped("2030.11.05", 62)), Truth("2030-11-05")),
        _small("dim", carton("두유", packs.stamped("2029.09.09", 62)), Truth("2029-09-09"), dim),
        _small("day-month-year", carton("잼", packs.stamped("28.06.2030", 60)), Truth(), View(turn=2)),
        _small("impossible", carton("차", packs.stamped("2030.02.30", 60)), Truth()),
        _small("no-date", tray("국수", numbers), Truth()),
        _small("code-and-date", _with_code(), Truth("2030-06-21", qr=(SITE,)), View(turn=-2)),
    ]


def _small(name: str, face: Face, truth: Truth, view: View | None = None) -> Picture:
    return Picture(name, face, truth, view or View(), (960, 720))


def _dark_tray(name: str, date: Ink) -> Face:
    return tray(name, [date], packs.BLUE, WHITE, (40, 44, 52))


def _with_code() -> Face:
    face = coded_pack("빵", SITE)
    face.ink(packs.stamped("2030.06.21", 50), 180, 800)
    return face


def _container(address: str) -> Truth:
    return Truth(containers=(address,), qr=(container_text(address),))


def render(pictures: list[Picture], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(pictures):
        photo = photograph(picture.face.picture, picture.view, picture.size, seed=number)
        Image.fromarray(photo).save(folder / f"{picture.name}.jpg", quality=QUALITY, optimize=True)
    truth = {f"{picture.name}.jpg": asdict(picture.truth) for picture in pictures}
    (folder / "truth.json").write_text(json.dumps(truth, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    render(demo(), DEMO)
    render(tests(), TESTS)
