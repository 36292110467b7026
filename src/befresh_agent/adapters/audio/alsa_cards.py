"""The sound card to take where none is named, the one that a name means, and its sliders by alsa-utils' `amixer`."""

import os
import subprocess
from pathlib import Path

from befresh_agent.domain.sound_cards import Direction, MixerControl, SoundDevice, chosen, controls, devices

_CARDS = Path("/proc/asound")

_SERVERS = ("pulse/native", "pipewire-0")


def device(direction: Direction, name: str = "") -> SoundDevice | None:
    """The card of that name, or without one the best that can do it."""
    if not name and _has_own_default():
        return None
    return chosen(there(direction), name)


def there(direction: Direction) -> tuple[SoundDevice, ...]:
    """Everything that can record or play, the best first."""
    return devices(_read("cards"), _read("pcm"), direction)


def _read(name: str) -> str:
    try:
        return (_CARDS / name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _has_own_default() -> bool:
    if "ALSA_CONFIG_PATH" in os.environ:
        return True
    files = (Path("/etc/asound.conf"), Path.home() / ".asoundrc")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    servers = [Path(runtime) / name for name in _SERVERS] if runtime else []
    return any(path.exists() for path in (*files, *servers))


_WORDS = {Direction.CAPTURE: "cvolume", Direction.PLAYBACK: "pvolume"}

_LIMIT_S = 5.0


def sliders(card: SoundDevice | None, direction: Direction) -> list[MixerControl]:
    """None where there is no card, no `amixer`, or nothing to turn."""
    if card is None:
        return []
    command = ["amixer", "-c", str(card.card), "scontents"]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return controls(done.stdout, _WORDS[direction])


def how_to_turn(card: SoundDevice | None, direction: Direction) -> str:
    """The control by its name, and the key under which alsamixer shows it."""
    if card is None:
        return "alsamixer"
    key = "F4" if direction is Direction.CAPTURE else "F3"
    found = sliders(card, direction)
    names = ", ".join(f"“{one.name}” ({'muted' if one.muted else f'{one.percent} %'})" for one in found)
    return f"alsamixer -c {card.card}, {key}" + (f": {names}" if names else "")
