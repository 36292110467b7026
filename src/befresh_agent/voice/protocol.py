"""Voice stage: each message as an event of the wyoming protocol, and back.

| message | event |
|---|---|
| Live, Dead | run-satellite, pause-satellite |
| Listen | transcribe, with the names, and id, silence_s and phrase_s in its context |
| Stop | stop-transcribe (our own; wyoming has no word for it), with the id in its context |
| Mute | mute (our own), with on and speaks |
| AreYouThere, StillHere | ping, pong |
| Hello | info about one satellite |
| Woke | detection |
| Doubted | detection-doubted (our own) |
| Heard | transcript of the best reading, with the id and all readings in its context |
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
from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.errors import InvalidValue
from befresh_agent.ports.voice import ListenFailure
from befresh_agent.voice.voice_messages import (
    EndSession,
    HelloMessage,
    ListenFailed,
    ListenForName,
    Message,
    MicrophoneLive,
    MicrophoneLost,
    MuteMicrophone,
    NameText,
    PingReply,
    PingRequest,
    StartSession,
    StopListening,
    ToMain,
    ToVoice,
    WakeDoubted,
    WakeLost,
    WakePhraseHeard,
    WakeReady,
)

T = TypeVar("T")

_STOP, _MUTE, _DOUBTED = "stop-transcribe", "mute", "detection-doubted"


def event_of(message: Message) -> Event:
    """The event that carries the message."""
    return _to_voice(message) if isinstance(message, ToVoice) else _to_main(message)


def _to_voice(message: ToVoice) -> Event:
    match message:
        case StartSession():
            return RunSatellite().event()
        case EndSession():
            return PauseSatellite().event()
        case ListenForName(id=id, silence_s=silence_s, phrase_s=phrase_s, names=names):
            event = Transcribe(context={"id": id, "silence_s": silence_s, "phrase_s": phrase_s}).event()
            return Event(event.type, event.data | {"transcript_names": list(names)})  # older libraries do not know it
        case StopListening(id=id):
            return Event(_STOP, {"context": {"id": id}})
        case MuteMicrophone(on=on, speaks=speaks):
            return Event(_MUTE, {"on": on, "speaks": speaks})
        case PingRequest():
            return Ping().event()


def _to_main(message: ToMain) -> Event:
    match message:
        case PingReply():
            return Pong().event()
        case HelloMessage(ear=ear):
            return Info(satellite=_satellite(ear)).event()
        case WakePhraseHeard():
            return Detection().event()
        case WakeDoubted():
            return Event(_DOUBTED)
        case NameText(id=id, readings=readings):
            context = {"id": id, "readings": [[one.text, one.confidence, one.listed] for one in readings]}
            return Transcript(readings[0].text, context=context).event()
        case ListenFailed(id=id, why=why, detail=detail):
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


def _names(data: dict[str, Any]) -> tuple[str, ...]:
    names = data.get("transcript_names", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidValue("transcript_names is no list of names")
    return tuple(names)


def _readings(data: dict[str, Any]) -> tuple[NameHypothesis, ...]:
    readings = _take(_take(data, "context", dict), "readings", list)
    if not readings:
        raise InvalidValue("a transcript without any reading")
    return tuple(map(_reading, readings))


def _reading(reading: object) -> NameHypothesis:
    match reading:
        case [str(text), float() | int() | None as confidence, bool(listed)] if not isinstance(confidence, bool):
            return NameHypothesis(text, confidence, listed)
    raise InvalidValue("a reading is not what it should be")


def _missed(data: dict[str, Any]) -> ListenFailed:
    code = _take(data, "code", str)
    try:
        return ListenFailed(_id(data), ListenFailure(code), _take(data, "text", str))
    except ValueError as error:
        raise InvalidValue(f"unknown code {code[:40]!r}") from error


_READERS: dict[str, Callable[[dict[str, Any]], Message]] = {
    "run-satellite": lambda _: StartSession(),
    "pause-satellite": lambda _: EndSession(),
    "transcribe": lambda data: ListenForName(
        _id(data), _seconds(data, "silence_s"), _seconds(data, "phrase_s"), _names(data)
    ),
    _STOP: lambda data: StopListening(_id(data)),
    _MUTE: lambda data: MuteMicrophone(_yes_or_no(data, "on"), _yes_or_no(data, "speaks")),
    "ping": lambda _: PingRequest(),
    "pong": lambda _: PingReply(),
    "info": lambda data: HelloMessage(_take(_take(data, "satellite", dict), "name", str)),
    "detection": lambda _: WakePhraseHeard(),
    _DOUBTED: lambda _: WakeDoubted(),
    "transcript": lambda data: NameText(_id(data), _readings(data)),
    "error": _missed,
    "streaming-started": lambda _: MicrophoneLive(),
    "streaming-stopped": lambda data: MicrophoneLost(_take(data, "text", str)),
    "detect": lambda _: WakeReady(),
    "not-detected": lambda data: WakeLost(_take(data, "text", str)),
}
