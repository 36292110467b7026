"""Microphone and loudspeaker, opened while nobody else has them, and what the speech engines of the settings need."""

import contextlib
import platform
import shutil
import sys
import tempfile
import wave
from pathlib import Path

from befresh_agent.adapters.audio.loudspeaker import PlayerSpeaker
from befresh_agent.adapters.system.network import probe_tcp
from befresh_agent.doctor.check import (
    CheckResult,
    CheckState,
    ExaminedMachine,
    absent,
    broken,
    failed,
    lacking,
    ok,
    warning,
)
from befresh_agent.doctor.in_use import in_use
from befresh_agent.domain.cue import RATE
from befresh_agent.domain.endpoints import parse_endpoint
from befresh_agent.domain.sound_cards import SILENT_DB
from befresh_agent.errors import BefreshError, DeviceError
from befresh_agent.runtime.remedies import extra_of, is_installed, is_released, remedy
from befresh_agent.runtime.subprocesses import run_python
from befresh_agent.settings import conflicts, preflight
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import state_dir
from befresh_agent.voice.microphone_trial import record
from befresh_agent.voice.process_side.speech_detector import missing_instructions
from befresh_agent.voice.speech.model_packages import use_packages
from befresh_agent.voice.wake.people import TaughtPeople, wake_folder
from befresh_agent.voice.wake.shipped import shipped_heads

_CARDS = "proc/asound/pcm"

_HEARD_S = 0.5


async def microphone(patient: ExaminedMachine) -> list[CheckResult]:
    name, voice = "microphone", patient.settings.voice
    if voice.engine != "microphone":
        return [absent(name, f"voice.engine is {voice.engine}")]
    if voice.microphone not in ("pyaudio", "arecord"):
        return [_recording(name, Path(voice.microphone))]
    if voice.microphone == "arecord" and shutil.which("arecord") is None:
        return [broken(name, "arecord is missing", "sudo apt install alsa-utils")]
    card = _card(patient, name, "capture", "plug a microphone in; `arecord -l` shows what is there")
    if card.state is not CheckState.OK or await in_use(patient):
        return [card]
    with tempfile.TemporaryDirectory(prefix="befresh-") as folder:
        try:
            heard = await record(voice, _HEARD_S, Path(folder, "heard.wav"))
        except DeviceError as error:
            return [lacking(name, error)]
    if heard.rms_db < SILENT_DB:
        return [warning(name, f"{card.detail}: nothing was heard", "befresh-agent sound test")]
    lacks = missing_instructions()
    level = f"{heard.rms_db:.0f} dB"
    if lacks:
        known_by = f"its loudness alone, as the processor has no {', '.join(lacks)}"
        return [ok(name, f"{card.detail}; it hears the room at {level}; speech is known by {known_by}")]
    return [ok(name, f"{card.detail}; it hears the room at {level}")]


async def player(patient: ExaminedMachine) -> list[CheckResult]:
    name, sound = "loudspeaker", patient.settings.sound
    if not sound.player:
        return [absent(name, "sound.player is empty: a silent fridge")]
    if shutil.which(command := sound.player[0]) is None:
        remedy = "sudo apt install alsa-utils" if command == "aplay" else "set sound.player to a command that exists"
        return [broken(name, f"{command} is missing", remedy)]
    card = _card(patient, name, "playback", "connect a loudspeaker; `aplay -l` shows what is there")
    if card.state is not CheckState.OK or await in_use(patient):
        return [card]
    with tempfile.TemporaryDirectory(prefix="befresh-") as folder:
        silence = Path(folder, "silence.wav")
        with contextlib.closing(wave.open(str(silence), "wb")) as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(bytes(RATE // 2))
        try:
            await PlayerSpeaker(sound.player, Path(folder), device=sound.output_device).play_file(silence)
        except DeviceError as error:
            return [lacking(name, error)]
    return [ok(name, f"{card.detail}; it plays")]


def _recording(name: str, file: Path) -> CheckResult:
    if file.is_file():
        return ok(name, f"the recording {file}")
    return broken(name, f"{file} does not exist", "set voice.microphone to pyaudio, arecord or a WAV file")


def _card(patient: ExaminedMachine, name: str, direction: str, remedy: str) -> CheckResult:
    """By the kernel's list: `01-00: USB Audio : USB Audio : playback 1 : capture 1`."""
    lines = (patient.read(_CARDS) or "").splitlines()
    cards = [line.split(":")[1].strip() for line in lines if f": {direction} " in line]
    if cards:
        return ok(name, ", ".join(cards))
    if not patient.is_pi:
        return absent(name, f"this machine has no sound card for {direction}")
    return broken(name, f"no sound card for {direction}", remedy)


_CONNECT_S = 3.0

_LIBRARIES = {
    "network": "numpy",
    "taught": "numpy",
    "pocketsphinx": "pocketsphinx",
    "porcupine": "pvporcupine",
    "google": "speech_recognition",
    "wyoming": "wyoming",
    "whisper": "faster_whisper",
    "vosk": "vosk",
    "sphinx": "pocketsphinx",
}
"""By the engine's name in the settings."""


def wake_word(patient: ExaminedMachine) -> list[CheckResult]:
    name, voice = "wake word", patient.settings.voice
    if voice.engine != "microphone" or voice.wake == "none":
        return [absent(name, "nobody listens for it")]
    if not is_installed(library := _LIBRARIES[voice.wake]):
        return [_without(name, library)]
    taught = _taught(patient.settings)
    if voice.wake in ("network", "taught"):
        known = [f"“{voice.phrase}”"] if shipped_heads(voice.wake, voice.phrase) else []
        if not (known or taught):
            return [broken(name, "nobody has taught a phrase", "befresh-agent wake learn")]
        return [ok(name, " and ".join([*known, *([taught] if taught else [])]))]
    if voice.wake == "pocketsphinx":
        return [ok(name, " and ".join([f"“{voice.phrase}” by pocketsphinx", *([taught] if taught else [])]))]
    wrong = [*conflicts.wake_word(patient.settings), *preflight.wake_files(patient.settings)]
    if found := next((one for one in wrong if one.key not in patient.withheld), None):
        return [broken(name, f"Porcupine does not work without {found.key}", found.remedy)]
    return [ok(name, f"Porcupine with {voice.porcupine_keyword}")]


def _taught(settings: Settings) -> str:
    """Whose phrases are listened for; empty where nobody taught one, or this user may not know."""
    try:
        people = TaughtPeople(wake_folder(state_dir(settings.agent))).list()
    except BefreshError:
        return ""
    return f"what {', '.join(person.name for person in people)} taught" if people else ""


async def speech(patient: ExaminedMachine) -> list[CheckResult]:
    voice = patient.settings.voice
    if voice.engine != "microphone":
        return [absent("speech", f"voice.engine is {voice.engine}")]
    return [await _engine(name, patient.settings) for name in conflicts.engines(patient.settings)]


async def _engine(engine: str, settings: Settings) -> CheckResult:
    name, voice = f"speech by {engine}", settings.voice
    model = {"vosk": voice.vosk_model, "whisper": voice.whisper_model}.get(engine)
    use_packages(model)
    if not is_installed(library := _LIBRARIES[engine]):
        return _without(name, library)
    wrong = [*conflicts.speech(settings, engine)]
    wrong += [one for one in preflight.speech_models(settings) if one.key == f"voice.{engine}_model"]
    if wrong:
        return broken(name, f"it does not work without {wrong[0].key}", wrong[0].remedy)
    match engine:
        case "google":
            return _google(name)
        case "wyoming":
            return await _wyoming(name, voice.wyoming_server)
        case "vosk" | "whisper":
            return await _offline(name, library, model)
        case _:
            return ok(name, f"{len(voice.sphinx_foods)} foods, offline")


def _without(name: str, library: str) -> CheckResult:
    extra = extra_of(library)
    bring = remedy(extra) if extra else f"{sys.executable} -m pip install {library}"
    return broken(name, f"{library} is not installed", bring)


def _brought_again(library: str) -> str:
    extra = extra_of(library)
    return remedy(extra) if extra and is_released() else f"{sys.executable} -m pip install --force-reinstall {library}"


def _google(name: str) -> CheckResult:
    if not platform.machine().startswith(("x86", "i686")) and shutil.which("flac") is None:
        return broken(name, "the program flac is missing", "sudo apt install flac")
    return ok(name, "names leave the house")


async def _wyoming(name: str, server: str) -> CheckResult:
    place = parse_endpoint(server)
    if trouble := await probe_tcp(place.host, place.port, _CONNECT_S):
        return broken(name, f"{server}: {trouble}", "start the server there, or correct voice.wyoming_server")
    return ok(name, f"{server} answers")


async def _offline(name: str, library: str, model: Path | None) -> CheckResult:
    use = "from befresh_agent.voice.speech.model_packages import use_packages"
    answer = await run_python(f"{use}; use_packages({str(model)!r}); import {library}")
    if not answer.good:
        return failed(name, answer, _brought_again(library))
    return ok(name, f"{model}; names stay in the house")
