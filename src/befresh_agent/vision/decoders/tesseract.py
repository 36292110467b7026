"""Tesseract as a line reader, through tesserocr: the library stays loaded, a line takes some 5 ms."""

import os
from pathlib import Path

import tesserocr
from PIL import Image

from befresh_agent.errors import DeviceError
from befresh_agent.vision.decoders import preparations
from befresh_agent.vision.decoders.lines import ReadLine
from befresh_agent.vision.gray import Gray

_LANGUAGE = "eng"
_DIGITS = "0123456789."
_PLACES = ("usr/share/tesseract-ocr/*/tessdata", "usr/share/tessdata", "usr/local/share/tessdata")
_REMEDY = "apt install tesseract-ocr"


def find_tessdata(root: Path = Path("/")) -> Path:
    """The folder with the English model: `TESSDATA_PREFIX`, else the newest where Debian and others put it."""
    given = os.environ.get("TESSDATA_PREFIX")
    folders = [Path(given), Path(given) / "tessdata"] if given else []
    for place in _PLACES:
        folders += sorted(root.glob(place), reverse=True)
    for folder in folders:
        if (folder / f"{_LANGUAGE}.traineddata").is_file():
            return folder
    raise DeviceError("Tesseract's English model is missing", remedy=_REMEDY)


class TesserocrReader:
    """Reads digits and dots, and once without that restriction."""

    def __init__(self) -> None:
        folder = str(find_tessdata())
        try:
            self._digits = tesserocr.PyTessBaseAPI(path=folder, lang=_LANGUAGE, psm=tesserocr.PSM.SINGLE_LINE)
            self._all = tesserocr.PyTessBaseAPI(path=folder, lang=_LANGUAGE, psm=tesserocr.PSM.SINGLE_LINE)
        except RuntimeError as error:
            raise DeviceError(f"Tesseract cannot load {folder}: {error}", remedy=_REMEDY) from error
        self._digits.SetVariable("tessedit_char_whitelist", _DIGITS)

    def glance(self, strip: Gray) -> ReadLine:
        return _read(self._digits, preparations.blurred(strip))

    def read(self, strip: Gray) -> list[ReadLine]:
        return [
            _read(self._all, preparations.blurred(strip)),
            _read(self._digits, preparations.thickened(strip)),
            _read(self._digits, preparations.black_and_white(strip)),
        ]


def _read(tesseract: tesserocr.PyTessBaseAPI, strip: Gray) -> ReadLine:
    tesseract.SetImage(Image.fromarray(strip))
    return ReadLine(tesseract.GetUTF8Text().strip(), tesseract.MeanTextConf() / 100)
