"""Voice stage: each message as an event of the wyoming protocol, and back.

| message | event |
|---|---|
| Live, Dead | run-satellite, pause-satellite |
| Listen | transcribe, with id, silence_s and phrase_s in its context |
| Stop | stop-transcribe (our own; wyoming has no word for it), with the id in its context |
| Mute | mute (our own), with on |
| AreYouThere, StillHere | ping, pong |
| Hello | info about one satellite |
| Woke | detection |
| Heard | transcript, with the id in its context |
| Missed | error, with the reason as code and the id in its context |
| MicrophoneLive, MicrophoneLost | streaming-started; streaming-stopped, with the detail as text |
| WakeReady, WakeLost | detect; not-detected, with the detail as text |
"""

from collections.abc import Callable
from typing import Any, TypeVar

from wyoming.asr import Transcribe, Transcript
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Attribution, Info, Satellite
from wyoming.ping import Ping, Pong
from wyoming.satellite import PauseSatellite, RunSatellite, StreamingStarted, StreamingStopped
from wyoming.wake import Detect, Detection, NotDetected

from befresh_agent import __version__
from befresh_agent.errors import InvalidValue
from befresh_agent.ports.voice import Unheard
from befresh_agent.voice.messages import (
    AreYouThere,
    Dead,
    Heard,
    Hello,
    Listen,
    Live,
    Message,
    MicrophoneLive,
    MicrophoneLost,
    Missed,
    Mute,
    StillHere,
    Stop,
    ToMain,
    ToVoice,
    WakeLost,
    WakeReady,
    Woke,
)

T = TypeVar("T")

_STOP, _MUTE = "stop-transcribe", "mute"


def event_of(message: Message) -> Event:
    """The event that carries the message."""
    return _to_voice(message) if isinstance(message, ToVoice) else _to_main(message)


def _to_voice(message: ToVoice) -> Event:
    match message:
        case Live():
            return RunSatellite().event()
        case Dead():
            return PauseSatellite().event()
        case Listen(id=id, silence_s=silence_s, phrase_s=phrase_s):
            return Transcribe(context={"id": id, "silence_s": silence_s, "phrase_s": phrase_s}).event()
        case Stop(id=id):
            return Event(_STOP, {"context": {"id": id}})
        case Mute(on=on):
            return Event(_MUTE, {"on": on})
        case AreYouThere():
            return Ping().event()


def _to_main(message: ToMain) -> Event:
    match message:
        case StillHere():
            return Pong().event()
        case Hello(ear=ear):
            return Info(satellite=_satellite(ear)).event()
        case Woke():
            return Detection().event()
        case Heard(id=id, text=text):
            return Transcript(text, context={"id": id}).event()
        case Missed(id=id, why=why, detail=detail):
            error = Error(detail, code=why).event()
            return Event(error.type, error.data | {"context": {"id": id}})
        case MicrophoneLive():
            return StreamingStarted().event()
        case MicrophoneLost(detail=detail):
            return Event(StreamingStopped().event().type, {"text": detail})
        case WakeReady():
            return Detect().event()
        case WakeLost(detail=detail):
            return Event(NotDetected().event().type, {"text": detail})


def message_of(event: Event) -> Message:
    """The message in an event. Raises `InvalidValue` for an event that is none, or not well formed."""
    if (read := _READERS.get(event.type)) is None:
        raise InvalidValue(f"unexpected event {event.type[:40]!r}")
    return read(event.data)


def _satellite(ear: str) -> Satellite:
    home = Attribution("befresh-agent", "")
    return Satellite(ear, attribution=home, installed=True, description=None, version=__version__)


def _take(data: dict[str, Any], key: str, kind: type[T] | tuple[type[T], ...]) -> T:
    value = data.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise InvalidValue(f"{key} is missing or not what it should be")
    return value


def _yes_or_no(data: dict[str, Any], key: str) -> bool:
    value = data.get(key)
    if not isinstance(value, bool):
        raise InvalidValue(f"{key} is missing or not what it should be")
    return value


def _id(data: dict[str, Any]) -> int:
    return _take(_take(data, "context", dict), "id", int)


def _seconds(data: dict[str, Any], key: str) -> float:
    seconds = _take(_take(data, "context", dict), key, (int, float))
    if not 0 <= seconds <= 3600:
        raise InvalidValue(f"{key} is out of range")
    return float(seconds)


def _missed(data: dict[str, Any]) -> Missed:
    code = _take(data, "code", str)
    try:
        return Missed(_id(data), Unheard(code), _take(data, "text", str))
    except ValueError as error:
        raise InvalidValue(f"unknown code {code[:40]!r}") from error


_READERS: dict[str, Callable[[dict[str, Any]], Message]] = {
    "run-satellite": lambda _: Live(),
    "pause-satellite": lambda _: Dead(),
    "transcribe": lambda data: Listen(_id(data), _seconds(data, "silence_s"), _seconds(data, "phrase_s")),
    _STOP: lambda data: Stop(_id(data)),
    _MUTE: lambda data: Mute(_yes_or_no(data, "on")),
    "ping": lambda _: AreYouThere(),
    "pong": lambda _: StillHere(),
    "info": lambda data: Hello(_take(_take(data, "satellite", dict), "name", str)),
    "detection": lambda _: Woke(),
    "transcript": lambda data: Heard(_id(data), _take(data, "text", str)),
    "error": _missed,
    "streaming-started": lambda _: MicrophoneLive(),
    "streaming-stopped": lambda data: MicrophoneLost(_take(data, "text", str)),
    "detect": lambda _: WakeReady(),
    "not-detected": lambda data: WakeLost(_take(data, "text", str)),
}
