"""A recording on disk, as a microphone would have brought it."""

from pathlib import Path

from befresh_agent.errors import DeviceError
from befresh_agent.ports.microphone import RATE


def read_sound(file: Path) -> bytes:
    """The samples of a WAV, AIFF or FLAC file of any rate, width and number of channels (see `ports/microphone.py`).

    Raises `DeviceError` when it cannot be read.
    """
    try:
        import speech_recognition as sr

        with sr.AudioFile(str(file)) as source:
            sound: bytes = sr.Recognizer().record(source).get_raw_data(convert_rate=RATE, convert_width=2)
    except ImportError as error:
        raise DeviceError(f"{error}", remedy="install befresh-agent[voice]") from error
    except (OSError, ValueError, EOFError) as error:
        raise DeviceError(f"{file}: {error}", remedy="give a WAV file") from error
    return sound
