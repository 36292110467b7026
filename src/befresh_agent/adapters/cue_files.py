"""The cues as WAV files: tones out of plain numbers, or sentences by espeak-ng. Made once, each when it is needed."""

import io
import subprocess
import sys
import wave
from pathlib import Path
from typing import Literal

from befresh_agent.domain.cue import Cue
from befresh_agent.domain.prompts import PROMPTS
from befresh_agent.domain.tones import RATE, samples
from befresh_agent.errors import DeviceError

Prompts = Literal["tones", "ko", "en"]

_WORDS_A_MINUTE = "150"
_ESPEAK_S = 10


class CueFiles:
    """Everything here blocks; every call may raise `DeviceError`."""

    def __init__(self, folder: Path, prompts: Prompts) -> None:
        self._folder = folder
        self._prompts: Prompts = prompts

    def make_all(self) -> None:
        """Make those that are not there yet."""
        for cue in Cue:
            self.file(cue)

    def file(self, cue: Cue) -> Path:
        """The cue's file, made now if need be. Its name says what is in it, so another sound is another file."""
        sentence = "" if self._prompts == "tones" else PROMPTS[self._prompts][cue]
        file = self._folder / f"{cue}-{self._prompts}.wav"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not file.exists():
                unfinished = file.with_suffix(".new")
                unfinished.write_bytes(_spoken(sentence, self._prompts) if sentence else _sounded(cue))
                unfinished.replace(file)
        except OSError as error:
            raise DeviceError(f"{file} cannot be written: {error.strerror}") from error
        return file


def seconds(file: Path) -> float:
    """How long the file sounds."""
    with wave.open(str(file)) as sound:
        return float(sound.getnframes() / sound.getframerate())


def _spoken(sentence: str, language: str) -> bytes:
    command = ["espeak-ng", "-v", language, "-s", _WORDS_A_MINUTE, "--stdout", sentence]
    try:
        wav = subprocess.run(command, capture_output=True, check=True, timeout=_ESPEAK_S).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise DeviceError(
            f"espeak-ng: {error}", remedy="install espeak-ng and its voices, or set sound.prompts = tones"
        ) from error
    return _wav(wav[44:], int.from_bytes(wav[24:28], "little"))  # on a pipe its header does not know the length


def _sounded(cue: Cue) -> bytes:
    sound = samples(cue)
    if sys.byteorder == "big":
        sound.byteswap()
    return _wav(sound.tobytes(), RATE)


def _wav(sound: bytes, rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(sound)
    return file.getvalue()
