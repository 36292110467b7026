"""Voice stage, voice process: its parts, put together from the options.

The voice process is a program of its own, so this file does for it what assembly does for the agent, and alone among
the stage's files knows adapters and simulation. Each library is imported only where it is chosen.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from befresh_agent.errors import BefreshError
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.microphone import Microphone
from befresh_agent.voice.ear import Ear, News
from befresh_agent.voice.options import EarOptions
from befresh_agent.voice.speech.engine import InOrder, SpeechToText
from befresh_agent.voice.wake.detector import WakeDetector


def make_ear(options: EarOptions, clock: Clock, news: News) -> Ear:
    if options.engine == "scripted":
        from befresh_agent.simulation.ear import ScriptedEar

        if options.air is None:
            raise BefreshError("the scripted ear needs a socket to hear through")
        return ScriptedEar(Path(options.air), options.phrase, clock, news.woke, news.microphone)

    from befresh_agent.voice.microphone_ear import MicrophoneEar
    from befresh_agent.voice.wake.watcher import WakeWatcher

    speech = InOrder([_speech(name, options) for name in options.speech])
    return MicrophoneEar(
        _microphone(options, clock), WakeWatcher(wake_maker(options), clock, news), speech, clock, news
    )


def _microphone(options: EarOptions, clock: Clock) -> Callable[[], AbstractAsyncContextManager[Microphone]]:
    if options.microphone == "pyaudio":
        from befresh_agent.adapters.microphone_pyaudio import PyAudioMicrophone

        return lambda: PyAudioMicrophone(options.input_device)
    if options.microphone == "arecord":
        from befresh_agent.adapters.microphone_arecord import ArecordMicrophone

        return lambda: ArecordMicrophone(options.input_device)
    from befresh_agent.simulation.microphone import WavMicrophone

    return lambda: WavMicrophone(Path(options.microphone), clock)


def wake_maker(options: EarOptions) -> Callable[[], WakeDetector] | None:
    if options.wake == "pocketsphinx":
        from befresh_agent.voice.wake.keyphrase import KeyphraseDetector

        return lambda: KeyphraseDetector(options.phones, options.wake_threshold)
    if options.wake == "porcupine":
        from befresh_agent.voice.wake.porcupine import PorcupineDetector

        return lambda: PorcupineDetector(
            options.porcupine_key,
            options.porcupine_keyword,
            options.porcupine_model,
            options.porcupine_sensitivity,
        )
    return None


def _speech(name: str, options: EarOptions) -> SpeechToText:
    timeout_s = options.speech_timeout_s
    match name:
        case "google":
            from befresh_agent.voice.speech.google import Google

            return Google(options.language, options.google_endpoint, options.google_key, timeout_s)
        case "wyoming":
            from befresh_agent.voice.speech.wyoming import WyomingServer

            return WyomingServer(options.wyoming_server, options.language, timeout_s)
        case "vosk":
            from befresh_agent.voice.speech.vosk import Vosk

            return Vosk(options.vosk_model, timeout_s)
        case _:
            from befresh_agent.voice.speech.sphinx import Sphinx

            return Sphinx(options.sphinx_foods)
