"""The rendered pictures and what is in them."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from befresh_agent.domain.expiry import DateWindow
from befresh_agent.ports.devices import Frame
from befresh_agent.runtime.media_files import read_picture, to_frame

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "config" / "scenarios" / "pictures"
TESTS = ROOT / "tests" / "fixtures" / "pictures"
WINDOW = DateWindow.around(date(2029, 6, 1), past_days=60, ahead_years=5)


def truth(folder: Path) -> dict[Path, dict[str, Any]]:
    return {folder / name: found for name, found in json.loads((folder / "truth.json").read_text()).items()}


def frame_of(path: Path, side: int = 1280) -> Frame:
    return to_frame(read_picture(path, side))


def blank(gray: int = 200, width: int = 640, height: int = 480) -> Frame:
    return Frame(width, height, bytes([gray]) * (width * height))
