"""A picture file as a gray frame, a sound file as microphone samples.

Any file may come: a wrong one gives one clear line (`InvalidValue`, `DeviceError`), a large picture costs bounded time
and memory.
"""

import contextlib
import io
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from befresh_agent.errors import DeviceError, InvalidValue, error_text
from befresh_agent.ports.devices import RATE, Frame
from befresh_agent.runtime.remedies import missing

if TYPE_CHECKING:
    from PIL.Image import Image

_SMALLEST = 16
"""Pixels; nothing that could be read fits into less."""

_LARGEST = 40_000_000
"""Pixels to decode. JPEG pictures may be larger: they are decoded at a fraction of their size."""

_MOST_PICTURES = 10
"""Of an animation."""

_PHOTO_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
"""What photos of strangers may be: further decoders are many, and one of them starts another program."""

_HEIC = (b"ftyphei", b"ftyphev", b"ftypmif1", b"ftypmsf1")
"""What stands behind the fourth byte of the files that phones make of their photos."""


def read_picture(path: Path, longest: int, number: int = 0) -> "Image":
    """The picture in gray, upright, its long side shrunk to `longest` pixels; of an animation the one with that number.

    Raises `InvalidValue`.
    """
    with _in_one_line():
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InvalidValue("a folder, not a picture")
        if not stat.S_ISREG(mode):
            raise InvalidValue("not a file")  # a pipe or a device might never end
        with path.open("rb") as file:
            return _read(file, longest, number)


def decode_photo(photo: bytes, longest: int) -> "Image":
    """A stranger's photo as `read_picture` gives it; of the formats alone that phones make. Raises `InvalidValue`."""
    with _in_one_line():
        return _read(io.BytesIO(photo), longest, formats=_PHOTO_FORMATS)


@contextlib.contextmanager
def _in_one_line() -> Iterator[None]:
    """Whatever is wrong with a picture, as one clear line."""
    try:
        yield
    except InvalidValue:
        raise
    except FileNotFoundError as error:
        raise InvalidValue("no such file") from error
    except OSError as error:
        raise InvalidValue(f"unreadable: {error.strerror or error}") from error
    except MemoryError as error:
        raise InvalidValue("too large for the memory there is") from error
    except Exception as error:  # decoders raise whatever comes on damaged files
        raise InvalidValue(f"damaged: {error}") from error


def _read(file: BinaryIO, longest: int, number: int = 0, formats: tuple[str, ...] | None = None) -> "Image":
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the limit of `_gray` is stricter and says what to do
    try:
        with Image.open(file, formats=formats) as picture:
            if number:
                picture.seek(number)
            return _gray(picture, longest)
    except UnidentifiedImageError as error:
        file.seek(4)
        is_heic = file.read(8).startswith(_HEIC)
        raise InvalidValue("HEIC is not read; save the photo as JPEG" if is_heic else "not a picture") from error


def more_pictures(path: Path) -> Iterator[int]:
    """The numbers of an animation's further pictures, as far as they are worth a look."""
    from PIL import Image

    with contextlib.suppress(Exception), Image.open(path) as picture:  # what is damaged is told of the first one
        for number in range(1, _MOST_PICTURES):
            picture.seek(number)
            yield number


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
    upright = ImageOps.exif_transpose(_in_bytes(_on_white(picture)).convert("L"))
    factor = longest / max(upright.size)
    if factor >= 1:
        return upright
    return upright.resize((_scaled(upright.width, factor), _scaled(upright.height, factor)), Image.Resampling.BOX)


def _in_bytes(picture: "Image") -> "Image":
    """Gray of more than eight bits, scaled by its own range: few cameras use all of it."""
    if not picture.mode.startswith("I"):
        return picture
    import numpy as np
    from PIL import Image

    gray = np.asarray(picture).astype(np.float32)
    darkest, lightest = float(gray.min()), float(gray.max())
    scaled = Image.fromarray(((gray - darkest) * (255 / max(lightest - darkest, 1))).astype(np.uint8))
    scaled.info = picture.info
    return scaled


def _scaled(side: int, factor: float) -> int:
    return max(1, round(side * factor))


def _on_white(picture: "Image") -> "Image":
    """What is transparent is white paper."""
    if not picture.has_transparency_data:
        return picture
    from PIL import Image

    seen = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)


def read_sound(file: Path) -> bytes:
    """The samples of a WAV, AIFF or FLAC file of any rate, width and number of channels (see `ports/devices.py`).

    Raises `DeviceError` when it cannot be read.
    """
    if not file.is_file():  # a pipe or a device might never end
        raise DeviceError(f"{file}: {'not a file' if file.exists() else 'no such file'}", remedy="give a WAV file")
    try:
        import speech_recognition as sr

        with sr.AudioFile(str(file)) as source:
            sound: bytes = sr.Recognizer().record(source).get_raw_data(convert_rate=RATE, convert_width=2)
    except ImportError as error:
        raise missing(error, "voice") from error
    except (OSError, ValueError, EOFError) as error:
        raise DeviceError(f"{file}: {error_text(error)}", remedy="give a WAV file") from error
    return sound
