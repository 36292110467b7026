"""Microphone and loudspeaker. Neither is opened: a session may be using them."""

import shutil
from pathlib import Path

from befresh_agent.doctor.check import Check, State, absent, broken, ok
from befresh_agent.doctor.patient import Patient
from befresh_agent.doctor.program import python

_CARDS = "proc/asound/pcm"
_LIBRARY = "from befresh_agent.adapters.microphone_pyaudio import library; library()"


async def microphone(patient: Patient) -> list[Check]:
    name, voice = "microphone", patient.settings.voice
    if voice.engine != "microphone":
        return [absent(name, f"voice.engine is {voice.engine}")]
    if voice.microphone not in ("pyaudio", "arecord"):
        return [_recording(name, Path(voice.microphone))]
    if voice.microphone == "arecord" and shutil.which("arecord") is None:
        return [broken(name, "arecord is missing", "sudo apt install alsa-utils")]
    card = _card(patient, name, "capture", "plug a microphone in; `arecord -l` shows what is there")
    if card.state is State.ABSENT or voice.microphone == "arecord":
        return [card]
    answer = await python(_LIBRARY)
    if not answer.good:
        remedy = "sudo apt install python3-pyaudio, or set voice.microphone = arecord"
        return [broken(name, answer.trouble, remedy)]
    return [card]


def player(patient: Patient) -> list[Check]:
    name, command = "loudspeaker", patient.settings.sound.player
    if not command:
        return [absent(name, "sound.player is empty: a silent fridge")]
    if shutil.which(command[0]) is None:
        remedy = "sudo apt install alsa-utils" if command[0] == "aplay" else "set sound.player to a command that exists"
        return [broken(name, f"{command[0]} is missing", remedy)]
    return [_card(patient, name, "playback", "connect a loudspeaker; `aplay -l` shows what is there")]


def _recording(name: str, file: Path) -> Check:
    if file.is_file():
        return ok(name, f"the recording {file}")
    return broken(name, f"{file} does not exist", "set voice.microphone to pyaudio, arecord or a WAV file")


def _card(patient: Patient, name: str, direction: str, remedy: str) -> Check:
    """By the kernel's list: `01-00: USB Audio : USB Audio : playback 1 : capture 1`."""
    lines = (patient.read(_CARDS) or "").splitlines()
    cards = [line.split(":")[1].strip() for line in lines if f": {direction} " in line]
    if cards:
        return ok(name, ", ".join(cards))
    if not patient.is_pi:
        return absent(name, f"this machine has no sound card for {direction}")
    return broken(name, f"no sound card for {direction}", remedy)
