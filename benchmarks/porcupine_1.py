"""The Porcupine adapter with a real Porcupine: version 1.9.5 needs no key and has English phrases built in.

It does not belong into the project's environment (it is superseded and drags in enum34), so it gets one of its own:

    python3 -m venv /tmp/porcupine && /tmp/porcupine/bin/pip install --no-deps pvporcupine==1.9.5
    PYTHONPATH=src /tmp/porcupine/bin/python benchmarks/porcupine_1.py
"""

import random
import subprocess
from array import array
from pathlib import Path

import pvporcupine

from befresh_agent.voice.wake.detectors import PorcupineDetector

PHRASE = "porcupine"
VOICES = ("en-us", "en-gb", "en-us+f3", "en-us+m3", "en-gb+f2", "en-gb+m4")
FRAME_BYTES = 1024


def main() -> None:
    keyword = Path(pvporcupine.__path__[0], "resources/keyword_files/linux/porcupine_linux.ppn")
    detector = PorcupineDetector(None, str(keyword), None, 0.5)
    heard = sum(is_heard(detector, spoken(voice, speed)) for voice in VOICES for speed in (120, 150, 175))
    print(f"{PHRASE!r} heard {heard} of {3 * len(VOICES)}")


def is_heard(detector: PorcupineDetector, sound: bytes) -> bool:
    ends = range(FRAME_BYTES, len(sound) + 1, FRAME_BYTES)
    return sum(detector.detects(sound[end - FRAME_BYTES : end]) for end in ends) > 0


def spoken(voice: str, speed: int) -> bytes:
    """16 kHz samples with half a second of room before and a second after them."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", PHRASE]
    wav = array("h", subprocess.run(command, capture_output=True, check=True).stdout[44:])
    words = [between(wav, number * 22050 / 16000) for number in range(int((len(wav) - 1) * 16000 / 22050))]
    dice = random.Random(speed)
    room = [0.0] * 8000 + words + [0.0] * 16000
    return array("h", (round(max(-32768, min(32767, sample + dice.gauss(0, 60)))) for sample in room)).tobytes()


def between(samples: "array[int]", at: float) -> float:
    left, share = int(at), at % 1
    return samples[left] * (1 - share) + samples[left + 1] * share


if __name__ == "__main__":
    main()
