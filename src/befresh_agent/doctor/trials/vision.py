"""Vision: the shipped pictures, read by a real worker."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.domain.detection import ContainerSeen, DateSeen, Detection
from befresh_agent.errors import BefreshError
from befresh_agent.events import Devices, Events
from befresh_agent.picture_file import read_picture, to_frame
from befresh_agent.settings import SessionSettings, VisionSettings
from befresh_agent.simulation.scenario import find
from befresh_agent.vision.recogniser import VisionWorker

_SHOWN = {"container-kimchi.jpg": "FB:89:EB:22:95:84", "milk.jpg": "2030-03-15"}
_LONGEST_SIDE = 1280
_PATIENCE_S = 50
"""Right after an update nothing of OpenCV is in the card's cache."""


class _Stopped(SystemClock):
    """The pictures were made for this day: a machine that does not know the date can be tried too."""

    def now(self) -> datetime:
        return datetime(2029, 12, 1, 12, tzinfo=UTC)


async def vision(_: Path, *, hang_s: float) -> str:
    clock, pictures = _Stopped(), find("demo").parent / "pictures"
    patient = VisionSettings(hang_s=max(hang_s, _PATIENCE_S))
    async with VisionWorker(patient, SessionSettings(), clock, Devices(Events(), clock)) as worker:
        for name, wanted in _SHOWN.items():
            picture = await asyncio.to_thread(read_picture, pictures / name, _LONGEST_SIDE)
            worker.start_over()
            seen = [_text(one) for one in (await worker.look(to_frame(picture))).detections]
            if wanted not in seen:
                raise BefreshError(f"{', '.join(seen) or 'nothing'} was read in {name}, not {wanted}")
    return f"read {' and '.join(_SHOWN.values())} in pictures"


def _text(detection: Detection) -> str:
    match detection:
        case ContainerSeen(address=address):
            return address
        case DateSeen(date=date):
            return date.isoformat()
        case _:
            return detection.text
