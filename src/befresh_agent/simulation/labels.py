"""Labels made to order: a package with a date on it, a container with its code. Gray pictures as PGM files.

They are plainer than photographs and only serve to play with; what the reader can do is measured on others.
"""

import json
from datetime import date
from typing import TYPE_CHECKING

from befresh_agent.domain.container import Address
from befresh_agent.simulation.darkroom import pgm

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont, ImageFont

_SIZE = (1100, 760)
_WALL, _CARTON, _BAND, _INK, _PALE = 96, 226, 138, 34, 150


def package(title: str, day: date) -> bytes:
    """A carton with the date in large print."""
    from PIL import ImageDraw

    picture = _carton(title)
    draw = ImageDraw.Draw(picture)
    draw.text((150, 330), f"{day:%Y.%m.%d}", _INK, _font(112))
    draw.text((150, 560), "keep refrigerated 0-10 C", _PALE, _font(36))
    return _file(picture)


def container_code(title: str, address: Address) -> bytes:
    """A lid with the container's code."""
    return _file(_with_code(_carton(title), json.dumps({"bt_address": address})))


def other_code(title: str) -> bytes:
    """Something with a code that is no container's."""
    return _file(_with_code(_carton(title), "https://example.org/recipes"))


def _with_code(picture: "Image", text: str) -> "Image":
    import segno
    from PIL import Image

    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=3)]
    drawn = Image.frombytes("L", (len(rows[0]), len(rows)), bytes(255 * (1 - dark) for row in rows for dark in row))
    picture.paste(drawn.resize((440, 440), Image.Resampling.NEAREST), (330, 240))
    return picture


def _carton(title: str) -> "Image":
    from PIL import Image, ImageDraw

    picture = Image.new("L", _SIZE, _WALL)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((70, 50, 1030, 720), 18, _CARTON)
    draw.rounded_rectangle((70, 50, 1030, 200), 18, _BAND)
    draw.text((120, 80), title, 245, _font(84))
    return picture


def _font(size: int) -> "FreeTypeFont | ImageFont":
    from PIL.ImageFont import load_default

    return load_default(size)


def _file(picture: "Image") -> bytes:
    return pgm(picture.width, picture.height, picture.tobytes())
