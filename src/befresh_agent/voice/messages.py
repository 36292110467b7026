"""Voice stage: what the main loop and the voice process say to each other, as values."""

from dataclasses import dataclass

from befresh_agent.ports.voice import Unheard


@dataclass(frozen=True, slots=True)
class Live:
    """To the voice process: the microphone goes live, listen for the wake phrase."""


@dataclass(frozen=True, slots=True)
class Dead:
    """To the voice process: the microphone goes dead."""


@dataclass(frozen=True, slots=True)
class Listen:
    """To the voice process: a name is said now. Answered by `Heard` or `Missed` with the same id."""

    id: int
    silence_s: float
    phrase_s: float


@dataclass(frozen=True, slots=True)
class Stop:
    """To the voice process: nobody wants to know that name any more."""

    id: int


@dataclass(frozen=True, slots=True)
class Mute:
    """To the voice process: the loudspeaker sounds, or has ended; do not listen to it."""

    on: bool


@dataclass(frozen=True, slots=True)
class AreYouThere:
    """To the voice process: heartbeat."""


@dataclass(frozen=True, slots=True)
class StillHere:
    """From the voice process: answer to the heartbeat."""


@dataclass(frozen=True, slots=True)
class Hello:
    """From the voice process: first message on a connection; tells who listens."""

    ear: str


@dataclass(frozen=True, slots=True)
class Woke:
    """From the voice process: the wake phrase was heard."""


@dataclass(frozen=True, slots=True)
class Heard:
    """From the voice process: the name that was said."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Missed:
    """From the voice process: no name came of it."""

    id: int
    why: Unheard
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


ToVoice = Live | Dead | Listen | Stop | Mute | AreYouThere
"""What the main loop says."""
ToMain = StillHere | Hello | Woke | Heard | Missed | MicrophoneLive | MicrophoneLost | WakeReady | WakeLost
"""What the voice process says."""
Message = ToVoice | ToMain
