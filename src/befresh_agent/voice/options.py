"""Voice stage: the settings of the voice process, as it gets them on standard input.

A plain dataclass with the names of `VoiceSettings` and `SecretSettings`, which the main loop has validated: the
library that does it would cost this small process a fifth of its memory.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from befresh_agent.settings import SecretSettings, VoiceSettings


@dataclass(frozen=True, slots=True)
class EarOptions:
    engine: str
    microphone: str
    input_device: str
    wake: str
    phrase: str
    phones: list[str]
    wake_threshold: float
    porcupine_keyword: str | None
    porcupine_model: str | None
    porcupine_sensitivity: float
    speech: list[str]
    language: str
    speech_timeout_s: float
    google_endpoint: str
    wyoming_server: str
    vosk_model: str | None
    sphinx_foods: list[str]
    porcupine_key: str | None = field(default=None, repr=False)
    google_key: str | None = field(default=None, repr=False)
    air: str | None = None
    """The socket through which the scripted ear hears."""

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, text: bytes) -> "EarOptions":
        return cls(**json.loads(text))


def options_of(settings: "VoiceSettings", secrets: "SecretSettings", air: Path | None = None) -> EarOptions:
    """The voice process's share of the settings, and of the secrets."""
    keys = {
        name: key.get_secret_value() if key else None
        for name, key in (("porcupine_key", secrets.porcupine_key), ("google_key", secrets.google_key))
    }
    return EarOptions(**(settings.model_dump(mode="json") | keys | {"air": str(air) if air else None}))
