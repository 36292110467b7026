"""Voice stage: the wake phrase by Picovoice's Porcupine, for whoever has a key, a keyword file and a model file.

All three belong together: .ppn and .pv files work with one major version on one platform only.
"""

import array

from befresh_agent.errors import DeviceError
from befresh_agent.ports.microphone import FRAME_SAMPLES, RATE

_REMEDY = "check secrets.porcupine_key, voice.porcupine_keyword and voice.porcupine_model"


class PorcupineDetector:
    """Making it needs the network now and then: the key is activated online."""

    def __init__(self, key: str | None, keyword: str | None, model: str | None, sensitivity: float) -> None:
        self._key = key
        if not keyword:
            raise DeviceError("Porcupine has no keyword file", remedy="set voice.porcupine_keyword")
        wanted = {"keyword_paths": [keyword], "sensitivities": [sensitivity]}
        wanted |= {"model_path": model} if model else {}
        wanted |= {"access_key": key} if key else {}
        try:
            import pvporcupine

            self._porcupine = pvporcupine.create(**wanted)
        except ImportError as error:
            raise DeviceError("Porcupine is not installed", remedy="install befresh-agent[porcupine]") from error
        except Exception as error:  # noqa: BLE001  # its errors differ by version and share no root
            raise DeviceError(_told(error, key), remedy=_REMEDY) from None
        if self._porcupine.frame_length != FRAME_SAMPLES or self._porcupine.sample_rate != RATE:
            raise DeviceError("Porcupine wants another frame than the microphone gives")

    def heard(self, frame: bytes) -> bool:
        try:
            found: int = self._porcupine.process(array.array("h", frame))
        except Exception as error:  # noqa: BLE001  # its errors differ by version and share no root
            raise DeviceError(_told(error, self._key), remedy=_REMEDY) from None
        return found >= 0


def _told(error: Exception, key: str | None) -> str:
    """What went wrong, without the key, which Porcupine repeats in its messages."""
    text = f"Porcupine: {type(error).__name__}: {error}".replace("\n", " ")
    return (text.replace(key, "****") if key else text)[:300]
