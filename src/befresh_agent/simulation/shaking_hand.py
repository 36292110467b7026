"""What a hand and a cheap camera do to a picture: it trembles, tilts, comes nearer; the light changes; there is noise.

In: a gray picture. Out: frames of it, no two alike, the same again for the same seed.
"""

import math
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_SHIFT = 0.008
"""Of the picture's width, to either side."""
_TURN = 1.5
"""Degrees, to either side."""
_NEARER = 0.03
_SOFTEST = 0.8
"""Radius of the blur in pixels."""
_LIGHT = 0.1
_NOISE = 5.0
_BELL = 37.0
"""Standard deviation of the mean of four random bytes."""
_TILE = 256
"""The noise is made once, as a tile that is repeated and shifted: making it anew would take longer than the rest."""
_DARKEST = 16


class ShakingHand:
    """Holds pictures of one size."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self._size = (width, height)
        self._random = random.Random(seed)
        self._noise = _noise(width + _TILE, height + _TILE, self._random)

    def show(self, picture: "Image") -> "Image":
        """The next frame of a picture of this hand's size."""
        from PIL import ImageChops, ImageFilter

        softened = self._moved(picture).filter(ImageFilter.GaussianBlur(self._random.uniform(0, _SOFTEST)))
        light = 1 + self._random.uniform(-_LIGHT, _LIGHT)
        lit = softened.point([min(255, round(level * light)) for level in range(256)])
        return ImageChops.add(lit, self._grain(), scale=1, offset=-128)

    def _moved(self, picture: "Image") -> "Image":
        from PIL import Image

        width, height = self._size
        angle = math.radians(self._random.uniform(-_TURN, _TURN))
        zoom = 1 + self._random.uniform(-_NEARER, _NEARER)
        right, down = (self._random.uniform(-_SHIFT, _SHIFT) * width for _ in "xy")
        cosine, sine = math.cos(angle) / zoom, math.sin(angle) / zoom
        x, y = width / 2, height / 2
        turned = (cosine, -sine, x - cosine * x + sine * y + right, sine, cosine, y - sine * x - cosine * y + down)
        ground = _ground(picture)
        return picture.transform(
            self._size, Image.Transform.AFFINE, turned, Image.Resampling.BILINEAR, fillcolor=ground
        )

    def _grain(self) -> "Image":
        left, top = self._random.randrange(_TILE), self._random.randrange(_TILE)
        return self._noise.crop((left, top, left + self._size[0], top + self._size[1]))


def _ground(picture: "Image") -> int:
    """The gray of the picture's edge, for what comes into view beside it."""
    edge = picture.getpixel((0, 0))
    return max(_DARKEST, int(edge) if isinstance(edge, int | float) else _DARKEST)


def _noise(width: int, height: int, source: random.Random) -> "Image":
    """Noise around a mean of 128."""
    from PIL import Image

    size = (_TILE, _TILE)
    even = [Image.frombytes("L", size, source.randbytes(_TILE * _TILE)) for _ in range(4)]
    bell = Image.blend(Image.blend(even[0], even[1], 0.5), Image.blend(even[2], even[3], 0.5), 0.5)
    tile = bell.point([round(128 + (level - 127.5) * _NOISE / _BELL) for level in range(256)])
    noise = Image.new("L", (width, height))
    for x in range(0, width, _TILE):
        for y in range(0, height, _TILE):
            noise.paste(tile, (x, y))
    return noise
