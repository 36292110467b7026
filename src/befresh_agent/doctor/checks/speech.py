"""What the engines of the settings need: keys, models, servers."""

import platform
import shutil

from befresh_agent.adapters.knock import knock
from befresh_agent.doctor.check import Check, absent, broken, ok
from befresh_agent.doctor.patient import Patient
from befresh_agent.doctor.program import python
from befresh_agent.settings import VoiceSettings

_CONNECT_S = 3.0


def wake_word(patient: Patient) -> list[Check]:
    name, voice = "wake word", patient.settings.voice
    if voice.engine != "microphone" or voice.wake == "none":
        return [absent(name, "nobody listens for it")]
    if voice.wake == "pocketsphinx":
        return [ok(name, f"“{voice.phrase}” by pocketsphinx")]
    if patient.settings.secrets.porcupine_key is None:
        return [broken(name, "Porcupine needs a key", "give PORCUPINE_KEY, or set voice.wake = pocketsphinx")]
    for key, file in (("porcupine_keyword", voice.porcupine_keyword), ("porcupine_model", voice.porcupine_model)):
        if (file is None and key == "porcupine_keyword") or (file is not None and not file.is_file()):
            remedy = f"set voice.{key} to the file from Picovoice's console"
            return [broken(name, f"Porcupine: {file or 'no keyword file'} is not there", remedy)]
    return [ok(name, f"Porcupine with {voice.porcupine_keyword}")]


async def speech(patient: Patient) -> list[Check]:
    voice = patient.settings.voice
    if voice.engine != "microphone":
        return [absent("speech", f"voice.engine is {voice.engine}")]
    return [await _engine(name, voice) for name in voice.speech]


async def _engine(engine: str, voice: VoiceSettings) -> Check:
    name = f"speech by {engine}"
    match engine:
        case "google":
            return _google(name)
        case "wyoming":
            return await _wyoming(name, voice.wyoming_server)
        case "vosk":
            return await _vosk(name, voice)
        case _:
            return ok(name, f"{len(voice.sphinx_foods)} foods, offline")


def _google(name: str) -> Check:
    if not platform.machine().startswith(("x86", "i686")) and shutil.which("flac") is None:
        return broken(name, "the program flac is missing", "sudo apt install flac")
    return ok(name, "names leave the house")


async def _wyoming(name: str, server: str) -> Check:
    host, _, port = server.rpartition(":")
    if not server:
        return broken(name, "no server is set", 'set voice.wyoming_server = "host:10300"')
    if trouble := await knock(host, int(port), _CONNECT_S):
        return broken(name, f"{server}: {trouble}", "start the server there, or correct voice.wyoming_server")
    return ok(name, f"{server} answers")


async def _vosk(name: str, voice: VoiceSettings) -> Check:
    if voice.vosk_model is None or not voice.vosk_model.is_dir():
        return broken(name, f"the model {voice.vosk_model} is not there", "set voice.vosk_model to a model's folder")
    answer = await python("import vosk")
    if not answer.good:
        return broken(name, answer.trouble, "pip install vosk")
    return ok(name, str(voice.vosk_model))
