"""The printed face of a pack or a lid: paper of one colour, on which things are printed."""

import json
from pathlib import Path

import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from scripts.render_pictures.ink import SANS, Ink, type_set

Colour = tuple[int, int, int]
Picture = NDArray[np.float32]

BLACK: Colour = (25, 25, 30)
WHITE: Colour = (245, 245, 242)
_QUIET_ZONE = 40


class Face:
    def __init__(self, width: int, height: int, colour: Colour) -> None:
        self._paper = np.full((height, width, 3), colour, np.float32)

    @property
    def picture(self) -> Picture:
        return self._paper

    def area(self, left: int, top: int, width: int, height: int, colour: Colour, *, round_by: int = 0) -> None:
        """A printed area, with round corners if wanted."""
        mask = Image.new("L", (width, height))
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, width - 1, height - 1), round_by, fill=255)
        self.ink(np.asarray(mask), left, top, colour)

    def ink(self, ink: Ink, left: int, top: int, colour: Colour = BLACK, strength: float = 1.0) -> None:
        """Ink of a colour with its top left corner at a place; what does not fit is cut off."""
        under = self._paper[top : top + ink.shape[0], left : left + ink.shape[1]]
        opacity = ink[: under.shape[0], : under.shape[1], None].astype(np.float32) / 255 * strength
        under += opacity * (np.array(colour, np.float32) - under)

    def small_print(
        self, lines: list[str], left: int, top: int, height: int, colour: Colour, font: Path = SANS
    ) -> None:
        for number, line in enumerate(lines):
            self.ink(type_set(line, height, font), left, top + round(number * height * 1.7), colour)

    def code(self, text: str, left: int, top: int, size: int, colour: Colour = BLACK) -> None:
        """A QR code on its white label."""
        barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
        modules = np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=8))
        dark = Image.fromarray(255 - modules).resize((size, size), Image.Resampling.BOX)
        edge = _QUIET_ZONE
        self.area(left - edge, top - edge, size + 2 * edge, size + 2 * edge, WHITE, round_by=edge // 2)
        self.ink(np.asarray(dark), left, top, colour)


def container_text(address: str) -> str:
    """What a container's code says."""
    return json.dumps({"bt_address": address})
