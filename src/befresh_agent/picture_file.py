"""A picture file as a gray picture: for the cameras that show files, and for reading pictures from the command line.

Any file may come: a wrong one gives one clear line (`InvalidValue`), a large one costs bounded time and memory.
"""

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from befresh_agent.errors import InvalidValue
from befresh_agent.ports.camera import Frame

if TYPE_CHECKING:
    from PIL.Image import Image

_SMALLEST = 16
"""Pixels; nothing that could be read fits into less."""
_LARGEST = 40_000_000
"""Pixels to decode. JPEG pictures may be larger: they are decoded at a fraction of their size."""


def read_picture(path: Path, longest: int) -> "Image":
    """The picture in gray, upright, its long side shrunk to `longest` pixels. Raises `InvalidValue`."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the limit below is stricter and says what to do
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InvalidValue("a folder, not a picture")
        if not stat.S_ISREG(mode):
            raise InvalidValue("not a file")  # a pipe or a device might never end
        with Image.open(path) as picture:
            return _gray(picture, longest)
    except InvalidValue:
        raise
    except FileNotFoundError as error:
        raise InvalidValue("no such file") from error
    except UnidentifiedImageError as error:
        raise InvalidValue("not a picture") from error
    except OSError as error:
        raise InvalidValue(f"unreadable: {error.strerror or error}") from error
    except Exception as error:  # decoders raise whatever comes on damaged files
        raise InvalidValue(f"damaged: {error}") from error


def to_frame(picture: "Image") -> Frame:
    """A gray picture as the cameras deliver it."""
    return Frame(picture.width, picture.height, picture.tobytes())


def _gray(picture: "Image", longest: int) -> "Image":
    from PIL import Image, ImageOps

    picture.draft("L", (longest, longest))
    width, height = picture.size
    if min(width, height) < _SMALLEST:
        raise InvalidValue(f"too small to show anything ({width}x{height})")
    if width * height > _LARGEST:
        raise InvalidValue(f"too large ({width}x{height}); at most {_LARGEST // 1_000_000} megapixels")
    upright = ImageOps.exif_transpose(_on_white(picture).convert("L"))
    factor = longest / max(upright.size)
    if factor >= 1:
        return upright
    return upright.resize((_scaled(upright.width, factor), _scaled(upright.height, factor)), Image.Resampling.BOX)


def _scaled(side: int, factor: float) -> int:
    return max(1, round(side * factor))


def _on_white(picture: "Image") -> "Image":
    """What is transparent is white paper."""
    if not picture.has_transparency_data:
        return picture
    from PIL import Image

    seen = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
