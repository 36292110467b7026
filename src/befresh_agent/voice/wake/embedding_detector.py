"""Voice stage: the wake phrase by the speech embedding and heads over it: the shipped one, and the household's.

Nothing is computed, and numpy is not loaded, while there is no head.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import FRAME_SAMPLES, RATE
from befresh_agent.runtime.remedies import missing
from befresh_agent.voice.process_side.interfaces import WakeDetector
from befresh_agent.voice.wake.people import HeadFile, heads_in

if TYPE_CHECKING:
    from befresh_agent.voice.wake.listening import HeadListener

_log = logging.getLogger("voice")
_LOOK_AGAIN = 5 * RATE // FRAME_SAMPLES
"""Frames: what somebody teaches meanwhile counts after five seconds."""


class EmbeddingDetector:
    """`shipped` are heads that are always there; `household` is the folder of those that were taught; `doubted` is told
    of what was almost a phrase.
    """

    def __init__(self, shipped: Sequence[Path], household: Path | None, doubted: Callable[[], None]) -> None:
        self._shipped, self._household, self._doubted = shipped, household, doubted
        self._known: Sequence[HeadFile] = ()
        self._listening: HeadListener | None = None
        self._frames = 0
        self._look_for_heads()

    def detects(self, frame: bytes) -> bool:
        self._frames += 1
        if self._frames % _LOOK_AGAIN == 0:
            self._look_for_heads()
        return self._listening is not None and self._listening.detects(frame)

    def _look_for_heads(self) -> None:
        found = [*map(HeadFile.of, self._shipped), *(heads_in(self._household) if self._household else ())]
        if found != self._known:
            self._known = found
            self._listening = _listening(found, self._doubted) if found else None


def _listening(found: Sequence[HeadFile], doubted: Callable[[], None]) -> "HeadListener | None":
    """One head that cannot be read is told by name, and the others work."""
    try:
        from befresh_agent.voice.wake.heads import load_head
        from befresh_agent.voice.wake.listening import HeadListener
    except ImportError as error:
        raise missing(error, "voice") from error
    heads = []
    for one in found:
        try:
            heads.append(load_head(one.file))
        except DeviceError as error:
            _log.warning("%s", error)
    return HeadListener(heads, doubted) if heads else None


class DetectorPair:
    """Two detectors of the same stream; either may wake."""

    def __init__(self, first: WakeDetector, second: WakeDetector) -> None:
        self._detectors = (first, second)

    def detects(self, frame: bytes) -> bool:
        heard = [detector.detects(frame) for detector in self._detectors]
        return any(heard)
