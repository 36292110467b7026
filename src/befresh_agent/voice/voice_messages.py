"""What agent and voice process say to each other: the options at its start, then messages, as values.

The options are a plain dataclass, which the agent has validated: the library that does it would cost the voice process
memory.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.ports.voice import ListenFailure

if TYPE_CHECKING:
    from pydantic import SecretStr

    from befresh_agent.settings.device_sections import VoiceSettings
    from befresh_agent.settings.model import SecretSettings


@dataclass(frozen=True, slots=True)
class StartSession:
    """To the voice process: the microphone goes live, listen for the wake phrase."""


@dataclass(frozen=True, slots=True)
class EndSession:
    """To the voice process: the microphone goes dead."""


@dataclass(frozen=True, slots=True)
class ListenForName:
    """To the voice process: a name is said now. Answered by `NameText` or `ListenFailed` with the same id."""

    id: int
    silence_s: float
    phrase_s: float
    names: tuple[str, ...] = ()
    """What is expected, the likeliest first."""


@dataclass(frozen=True, slots=True)
class StopListening:
    """To the voice process: nobody wants to know that name any more."""

    id: int


@dataclass(frozen=True, slots=True)
class MuteMicrophone:
    """To the voice process: the loudspeaker sounds, or has ended; do not listen to it."""

    on: bool
    speaks: bool = False
    """It says words, which could be taken for an answer; tones could not."""


@dataclass(frozen=True, slots=True)
class PingRequest:
    """To the voice process: heartbeat."""


@dataclass(frozen=True, slots=True)
class PingReply:
    """From the voice process: answer to the heartbeat."""


@dataclass(frozen=True, slots=True)
class HelloMessage:
    """From the voice process: first message on a connection; tells who listens."""

    ear: str


@dataclass(frozen=True, slots=True)
class WakePhraseHeard:
    """From the voice process: the wake phrase was heard."""


@dataclass(frozen=True, slots=True)
class WakeDoubted:
    """From the voice process: something was almost the wake phrase, and did not count."""


@dataclass(frozen=True, slots=True)
class NameText:
    """From the voice process: how the name that was said can be read, the best first."""

    id: int
    readings: tuple[NameHypothesis, ...]


@dataclass(frozen=True, slots=True)
class ListenFailed:
    """From the voice process: no name came of it."""

    id: int
    why: ListenFailure
    detail: str


@dataclass(frozen=True, slots=True)
class MicrophoneLive:
    """From the voice process: sound comes in."""


@dataclass(frozen=True, slots=True)
class MicrophoneLost:
    """From the voice process: no sound comes in although the microphone should be live; it is tried again."""

    detail: str


@dataclass(frozen=True, slots=True)
class WakeReady:
    """From the voice process: somebody listens for the wake phrase."""


@dataclass(frozen=True, slots=True)
class WakeLost:
    """From the voice process: nobody listens for the wake phrase; it is tried again."""

    detail: str


ToVoice = StartSession | EndSession | ListenForName | StopListening | MuteMicrophone | PingRequest
"""What the main loop says."""

ToMain = (
    PingReply
    | HelloMessage
    | WakePhraseHeard
    | WakeDoubted
    | NameText
    | ListenFailed
    | MicrophoneLive
    | MicrophoneLost
    | WakeReady
    | WakeLost
)
"""What the voice process says."""

Message = ToVoice | ToMain


@dataclass(frozen=True, slots=True)
class VoiceProcessOptions:
    """What the voice process is told."""

    voice: "VoiceSettings"
    """In the voice process its fields alone, as JSON has them: paths are text there, and tuples lists."""
    porcupine_key: str | None = field(default=None, repr=False)
    google_key: str | None = field(default=None, repr=False)
    air: str | None = None
    """The socket through which the scripted ear hears."""
    household: str | None = None
    """The folder of the wake phrases that this household taught."""

    def to_bytes(self) -> bytes:
        others = {name: getattr(self, name) for name in ("porcupine_key", "google_key", "air", "household")}
        return json.dumps({"voice": self.voice.model_dump(mode="json"), **others}).encode()

    @classmethod
    def from_bytes(cls, text: bytes) -> "VoiceProcessOptions":
        content = json.loads(text)
        return cls(**content | {"voice": cast("VoiceSettings", SimpleNamespace(**content["voice"]))})


def options_of(
    settings: "VoiceSettings", secrets: "SecretSettings", air: Path | None = None, household: Path | None = None
) -> VoiceProcessOptions:
    """The voice process's share of the settings, and of the secrets."""
    keys = {name: _plain(getattr(secrets, name)) for name in ("porcupine_key", "google_key")}
    asked = settings.model_copy(update={"speech": settings.engines(google_key=secrets.google_key is not None)})
    folder = str(household) if household else None
    return VoiceProcessOptions(asked, air=str(air) if air else None, household=folder, **keys)


def _plain(secret: "SecretStr | None") -> str | None:
    return secret.get_secret_value() if secret else None
