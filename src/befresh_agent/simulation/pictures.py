"""Pictures to play with: labels made to order, any person's picture decoded apart, and a hand that shakes."""

import json
import resource
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from befresh_agent.domain.container import Address
from befresh_agent.errors import InvalidValue
from befresh_agent.runtime.media_files import read_picture
from befresh_agent.runtime.subprocesses import run_bounded

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont, ImageFont

_LONGEST_SIDE = 1536

_PATIENCE_S = 20.0

_CPU_S = 10

_MEMORY = 1 << 30


async def decode_untrusted(picture: bytes) -> bytes:
    """The picture as PGM. Raises `InvalidValue` for anything that is none."""
    command = (sys.executable, "-P", "-m", __spec__.name if __spec__ else __name__)
    try:
        code, said = await run_bounded(*command, given=picture, limit_s=_PATIENCE_S)
    except TimeoutError as error:
        raise InvalidValue("this picture takes too long to decode") from error
    if code != 0 or not said.startswith(b"P5"):
        raise InvalidValue(said.decode(errors="replace").strip()[:200] or "not a picture that can be decoded")
    return said


def main() -> None:
    """A picture on standard input, a gray one or the reason why there is none on standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    with tempfile.NamedTemporaryFile() as file:
        file.write(sys.stdin.buffer.read())
        file.flush()
        try:
            gray = read_picture(Path(file.name), _LONGEST_SIDE)
        except InvalidValue as error:
            sys.stdout.write(str(error))
            sys.exit(1)
    sys.stdout.buffer.write(pgm(gray.width, gray.height, gray.tobytes()))


def pgm(width: int, height: int, gray: bytes) -> bytes:
    """A gray picture as the plainest file there is."""
    return f"P5 {width} {height} 255\n".encode() + gray


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


def product_code(title: str, day: date) -> bytes:
    """A pack whose GS1 code says which product it is and until when it keeps."""
    return _file(_with_code(_carton(title), f"https://example.com/01/08801234567893?17={day:%y%m%d}"))


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


if __name__ == "__main__":
    main()
