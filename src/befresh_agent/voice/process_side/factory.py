"""Voice stage, voice process: its parts, put together from the options.

The voice process is a program of its own, so this file does for it what assembly does for the agent, and alone among
the stage's files knows adapters and simulation. Each library is imported only where it is chosen.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from befresh_agent.errors import BefreshError
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.devices import Microphone
from befresh_agent.voice.process_side.interfaces import (
    ListenerCallbacks,
    SpeechChain,
    SpeechToText,
    VoiceListener,
    WakeDetector,
)
from befresh_agent.voice.voice_messages import VoiceProcessOptions
from befresh_agent.voice.wake.shipped import shipped_heads

if TYPE_CHECKING:
    from befresh_agent.settings.device_sections import VoiceSettings


def make_listener(options: VoiceProcessOptions, clock: Clock, news: ListenerCallbacks) -> VoiceListener:
    if options.voice.engine == "scripted":
        from befresh_agent.simulation.hearing import ScriptedListener

        if options.air is None:
            raise BefreshError("the scripted ear needs a socket to hear through")
        return ScriptedListener(
            Path(options.air), options.voice.phrase, clock, news.woke, news.doubted, news.microphone
        )

    from befresh_agent.voice.process_side.listener import MicrophoneListener
    from befresh_agent.voice.wake.detectors import WakeWatcher

    speech = SpeechChain([_speech(name, options) for name in options.voice.speech], clock)
    wake = WakeWatcher(wake_maker(options, news.doubted), clock, news)
    microphone = make_microphone(options.voice, clock)
    return MicrophoneListener(microphone, wake, speech, clock, news, pause_s=options.voice.pause_s)


def make_microphone(voice: "VoiceSettings", clock: Clock) -> Callable[[], AbstractAsyncContextManager[Microphone]]:
    if voice.microphone == "pyaudio":
        from befresh_agent.adapters.audio.microphones import PyAudioMicrophone

        return lambda: PyAudioMicrophone(voice.input_device)
    if voice.microphone == "arecord":
        from befresh_agent.adapters.audio.microphones import ArecordMicrophone

        return lambda: ArecordMicrophone(voice.input_device)
    from befresh_agent.simulation.hearing import WavMicrophone

    return lambda: WavMicrophone(Path(voice.microphone), clock)


def trial_microphone(voice: "VoiceSettings") -> AbstractAsyncContextManager[Microphone]:
    """The microphone of the settings, to be tried on real time."""
    from befresh_agent.adapters.system.system_clock import SystemClock

    return make_microphone(voice, SystemClock())()


def wake_maker(options: VoiceProcessOptions, doubted: Callable[[], None]) -> Callable[[], WakeDetector] | None:
    """Whoever the settings name; what this household taught is listened for beside it. `doubted` is told of what was
    almost a phrase; pocketsphinx and Porcupine know only yes and no.
    """
    if options.voice.wake == "none":
        return None
    from befresh_agent.voice.wake.embedding_detector import DetectorPair, EmbeddingDetector

    household = Path(options.household) if options.household else None
    shipped = shipped_heads(options.voice.wake, options.voice.phrase)
    if (engine := _engine(options)) is None:
        return lambda: EmbeddingDetector(shipped, household, doubted)
    return lambda: DetectorPair(engine(), EmbeddingDetector((), household, doubted))


def _engine(options: VoiceProcessOptions) -> Callable[[], WakeDetector] | None:
    """One that needs nothing taught."""
    if options.voice.wake == "pocketsphinx":
        from befresh_agent.voice.wake.detectors import KeyphraseDetector

        return lambda: KeyphraseDetector(options.voice.phones, options.voice.wake_threshold)
    if options.voice.wake == "porcupine":
        from befresh_agent.voice.wake.detectors import PorcupineDetector

        return lambda: PorcupineDetector(
            options.porcupine_key,
            options.voice.porcupine_keyword,
            options.voice.porcupine_model,
            options.voice.porcupine_sensitivity,
        )
    return None


def _speech(name: str, options: VoiceProcessOptions) -> SpeechToText:
    timeout_s = options.voice.speech_timeout_s
    match name:
        case "google":
            from befresh_agent.voice.speech.online import GoogleSpeech

            return GoogleSpeech(options.voice.language, options.voice.google_endpoint, options.google_key, timeout_s)
        case "wyoming":
            from befresh_agent.voice.speech.online import WyomingServer

            return WyomingServer(options.voice.wyoming_server, options.voice.language, timeout_s)
        case "whisper":
            from befresh_agent.voice.speech.whisper import WhisperSpeech

            return WhisperSpeech(options.voice.whisper_model, options.voice.language, timeout_s)
        case "vosk":
            from befresh_agent.voice.speech.offline import VoskSpeech

            return VoskSpeech(options.voice.vosk_model, timeout_s)
        case _:
            from befresh_agent.voice.speech.offline import SphinxSpeech

            return SphinxSpeech(options.voice.sphinx_foods)
