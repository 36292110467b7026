"""Which sound card records and which one plays, and how loud a recording is. Pure rules."""

import math
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_CARD = re.compile(r"^ *(\d+) \[(\S+) *\]: (\S+) - (.+)$", re.MULTILINE)

_DEVICE = re.compile(r"^(\d+)-(\d+):.*$", re.MULTILINE)


class Direction(StrEnum):
    """As the kernel calls them."""

    CAPTURE = "capture"
    PLAYBACK = "playback"


@dataclass(frozen=True, slots=True)
class SoundDevice:
    """One device of a card, in one direction."""

    card: int
    device: int
    id: str
    """The card's short name, which stays the same when numbers change: `DeviceView`."""
    driver: str
    """`USB-Audio`, `vc4-hdmi`..."""
    title: str
    """As a person knows it: `USB PnP Sound Device`."""

    @property
    def alsa(self) -> str:
        """Through ALSA's own conversion: any rate, any number of channels."""
        return f"plughw:CARD={self.id},DEV={self.device}"

    @property
    def number(self) -> str:
        """As it stands in PortAudio's names."""
        return f"hw:{self.card},{self.device})"

    def answers_to(self, name: str) -> bool:
        return bool(name) and (name == self.id or name.lower() in self.title.lower())

    @property
    def rank(self) -> int:
        """USB is what somebody has plugged in for this; a screen comes last."""
        if self.driver == "USB-Audio":
            return 0
        return 2 if "hdmi" in f"{self.driver} {self.id} {self.title}".lower() else 1


def devices(cards: str, pcm: str, direction: Direction) -> tuple[SoundDevice, ...]:
    """What can record or play, the best first; `cards` and `pcm` are the texts of /proc/asound/cards and .../pcm."""
    known = {int(number): (name, driver, title) for number, name, driver, title in _CARD.findall(cards)}
    found = (
        SoundDevice(int(line[1]), int(line[2]), *known[int(line[1])])
        for line in _DEVICE.finditer(pcm)
        if f": {direction} " in line[0] and int(line[1]) in known
    )
    return tuple(sorted(found, key=lambda one: (one.rank, one.card, one.device)))


def chosen(there: Sequence[SoundDevice], name: str = "") -> SoundDevice | None:
    """The one of that name, else, where none is given, the best; None where there is none."""
    if name:
        return next((one for one in there if one.answers_to(name)), None)
    return there[0] if there else None


SILENT_DB, FAINT_DB, LOUD_DB = -70.0, -45.0, -1.0
"""RMS of a microphone that hears nothing, of one that hears too little; and a peak at which it overdrives."""

_FLOOR_DB = -90.0

_FULL = 32768.0

_CONTROL = re.compile(r"^Simple mixer control '([^']+)',\d+\n((?:  .*\n?)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SoundLevel:
    """Decibels below full scale: 0 is the loudest there is."""

    rms_db: float
    peak_db: float


@dataclass(frozen=True, slots=True)
class MixerControl:
    """One slider of alsamixer."""

    name: str
    percent: int
    muted: bool


def level(samples: bytes) -> SoundLevel:
    values = array("h", samples[: len(samples) // 2 * 2])
    if not values:
        return SoundLevel(_FLOOR_DB, _FLOOR_DB)
    square = sum(value * value for value in values) / len(values)
    return SoundLevel(_decibels(math.sqrt(square)), _decibels(max(abs(value) for value in values)))


def bar(db: float, width: int = 30) -> str:
    """A bar from -60 dB to full scale."""
    filled = round(max(0.0, min(1.0, (db + 60) / 60)) * width)
    return "█" * filled + "·" * (width - filled)


def controls(scontents: str, word: str) -> list[MixerControl]:
    """The sliders in what `amixer scontents` prints; `word` is `cvolume` for recording, `pvolume` for playing."""
    found = []
    for name, text in _CONTROL.findall(scontents):
        can = re.search(r"Capabilities:(.*)", text)
        words = can[1].split() if can else []
        if word in words or "volume" in words:
            percent = re.search(r"\[(\d+)%\]", text)
            found.append(MixerControl(name, int(percent[1]) if percent else 0, "[off]" in text))
    return found


def _decibels(amplitude: float) -> float:
    return max(_FLOOR_DB, 20 * math.log10(amplitude / _FULL)) if amplitude > 0 else _FLOOR_DB
