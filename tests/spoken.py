"""Speech for the tests: espeak-ng says it, a little noise is laid under it, as rooms do."""

import functools
import io
import random
import subprocess
import wave
from array import array
from pathlib import Path

import speech_recognition as sr

from befresh_agent.ports.devices import FRAME_BYTES, RATE

HALF_A_SECOND = bytes(RATE)


@functools.cache
def spoken(text: str, voice: str = "ko", speed: int = 140, pitch: int = 50, *, hiss: int = 60) -> bytes:
    """16 kHz samples: half a second of room, the words, half a second of room."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", text]
    wav = subprocess.run(command, capture_output=True, check=True).stdout
    words = sr.AudioData(wav[44:], int.from_bytes(wav[24:28], "little"), 2).get_raw_data(convert_rate=RATE)
    return room(HALF_A_SECOND + words + HALF_A_SECOND, hiss)


def room(sound: bytes, hiss: int = 60) -> bytes:
    """The sound with the noise of a room; digital silence is something no microphone brings."""
    dice = random.Random(len(sound))
    samples = (sample + int(dice.gauss(0, hiss)) for sample in array("h", sound))
    return array("h", (max(-32768, min(32767, sample)) for sample in samples)).tobytes()


def quiet(seconds: float) -> bytes:
    """Nobody speaks."""
    return room(bytes(int(seconds * RATE) * 2), 20)


def frames(sound: bytes) -> list[bytes]:
    """As a microphone brings it."""
    return [sound[at : at + FRAME_BYTES] for at in range(0, len(sound) - FRAME_BYTES + 1, FRAME_BYTES)]


def wav_file(path: Path, sound: bytes) -> Path:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(sound)
    path.write_bytes(buffer.getvalue())
    return path
