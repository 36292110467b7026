import asyncio
import json
import math
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.registration.rules.name_choice import NameVocabulary, choose
from befresh_agent.settings.device_sections import VoiceSettings
from befresh_agent.voice.process_side.interfaces import SpeechToText
from befresh_agent.voice.speech.offline import SphinxSpeech, VoskSpeech
from befresh_agent.voice.speech.whisper import WhisperSpeech
from tests.spoken import quiet, spoken

FOODS = VoiceSettings().sphinx_foods


async def said(engine: SpeechToText, sound: bytes) -> str:
    return (await engine.transcribe(sound, ()))[0].text


async def test_sphinx_knows_the_foods_of_its_list() -> None:
    sphinx = SphinxSpeech(FOODS)
    asked = ("apple", "milk", "tomato", "cheese", "potato", "banana")
    understood = [await said(sphinx, spoken(food, "en-us", 130)) for food in asked]
    assert sum(word == food for word, food in zip(understood, asked, strict=True)) >= 5


async def test_sphinx_leaves_out_what_its_dictionary_does_not_know(caplog: pytest.LogCaptureFixture) -> None:
    assert await said(SphinxSpeech(["apple", "qwrtzpfgh"]), spoken("apple", "en-us", 130)) == "apple"
    assert "qwrtzpfgh" in caplog.text


async def test_sphinx_without_any_food_cannot_be_asked() -> None:
    with pytest.raises(NotHeard) as caught:
        await SphinxSpeech(["qwrtzpfgh"]).transcribe(quiet(1), ())
    assert caught.value.why is ListenFailure.SERVICE


async def test_sphinx_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(NotHeard, match="not installed"):
        await SphinxSpeech(FOODS).transcribe(quiet(1), ())


@pytest.mark.parametrize("folder", [None, "/no/such/model"])
async def test_vosk_without_a_model_cannot_be_asked(folder: str | None) -> None:
    with pytest.raises(NotHeard, match="vosk_model") as caught:
        await VoskSpeech(folder, 5).transcribe(quiet(1), ())
    assert caught.value.why is ListenFailure.SERVICE


async def test_a_model_brings_its_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `install.sh --names vosk` leaves it."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "vosk", raising=False)
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "vosk.py").write_text(
        "def SetLogLevel(level): pass\ndef Model(folder): raise Exception('brought')\n"
    )
    with pytest.raises(NotHeard, match="brought"):
        await VoskSpeech(str(tmp_path), 5).transcribe(quiet(1), ())
    monkeypatch.delitem(sys.modules, "vosk", raising=False)


async def test_vosk_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vosk", None)
    with pytest.raises(NotHeard, match="pip install vosk"):
        await VoskSpeech(str(tmp_path), 5).transcribe(quiet(1), ())


class SlowModels:
    """vosk, with a model that takes its time: this one knows two words, and hears them wrongly."""

    def __init__(self) -> None:
        self.loaded = 0
        self.may_load = threading.Event()
        self.lists: list[list[str]] = []
        self.module = SimpleNamespace(SetLogLevel=lambda _: None, Model=self._load, KaldiRecognizer=self._recognizer)

    def _load(self, _folder: str) -> SimpleNamespace:
        self.may_load.wait(60)
        self.loaded += 1
        return SimpleNamespace(vosk_model_find_word=lambda word: 1 if word in ("사과", "두리안") else -1)

    def _recognizer(self, _model: object, _rate: int, words: str | None = None) -> SimpleNamespace:
        answer = '{"alternatives": [{"text": "사가", "confidence": 120.0}, {"text": "사 과", "confidence": 120.0}]}'
        if words is not None:
            self.lists.append(json.loads(words))
            answer = '{"alternatives": [{"text": "사과", "confidence": 119.0}]}'
        return SimpleNamespace(AcceptWaveform=len, SetMaxAlternatives=no_more_than, FinalResult=lambda: answer)


def no_more_than(_most: int) -> None: ...


async def test_vosk_loads_its_model_once_and_outside_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = SlowModels()
    monkeypatch.setitem(sys.modules, "vosk", library.module)
    vosk = VoskSpeech(str(tmp_path), 0.5)
    preparing, early = asyncio.create_task(vosk.prepare()), asyncio.create_task(vosk.transcribe(quiet(1), ()))
    await asyncio.sleep(1)
    early.cancel()
    library.may_load.set()
    assert await said(vosk, quiet(1)) == "사가"
    await preparing
    assert library.loaded == 1


async def test_vosk_reads_freely_and_out_of_the_expected_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = SlowModels()
    library.may_load.set()
    monkeypatch.setitem(sys.modules, "vosk", library.module)
    readings = await VoskSpeech(str(tmp_path), 5).transcribe(quiet(1), ("두리안", "할머니표 양념"))
    assert [(one.text, one.listed) for one in readings] == [("사가", False), ("사 과", False), ("사과", True)]
    assert library.lists == [["두리안", "사과"]]
    assert choose(readings, NameVocabulary()).names == ("사과",)


async def test_a_model_is_given_back_and_loaded_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = SlowModels()
    library.may_load.set()
    monkeypatch.setitem(sys.modules, "vosk", library.module)
    vosk = VoskSpeech(str(tmp_path), 5)
    for _ in range(2):
        await vosk.prepare()
        vosk.release()
        await asyncio.sleep(0)
    assert library.loaded == 2


async def test_vosk_tries_a_model_again_that_could_not_be_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = SlowModels()
    library.may_load.set()
    monkeypatch.setitem(sys.modules, "vosk", library.module)
    vosk = VoskSpeech(str(tmp_path / "model"), 5)
    await vosk.prepare()
    (tmp_path / "model").mkdir()
    assert await said(vosk, quiet(1)) == "사가"


@pytest.mark.parametrize("folder", [None, "/no/such/model"])
async def test_whisper_without_a_model_cannot_be_asked(folder: str | None) -> None:
    with pytest.raises(NotHeard, match="whisper_model") as caught:
        await WhisperSpeech(folder, "ko-KR", 5).transcribe(quiet(1), ())
    assert caught.value.why is ListenFailure.SERVICE


async def test_whisper_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(NotHeard, match=r"faster_whisper is not installed; .*\[whisper\]"):
        await WhisperSpeech(str(tmp_path), "ko-KR", 5).transcribe(quiet(1), ())


class FasterWhisper:
    """faster-whisper, as far as it is used, around a model that has made up its mind."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, readings: dict[str, float], no_speech: float = 0.1) -> None:
        self.readings, self.no_speech = readings, no_speech
        self.asked: dict[str, object] = {}
        modules = {
            "faster_whisper": SimpleNamespace(WhisperModel=self._model),
            "faster_whisper.audio": SimpleNamespace(pad_or_trim=lambda features: features),
            "faster_whisper.tokenizer": SimpleNamespace(Tokenizer=self._tokenizer),
        }
        for name, module in modules.items():
            monkeypatch.setitem(sys.modules, name, module)

    def _model(self, folder: str, **options: object) -> SimpleNamespace:
        self.asked = {"folder": folder, **options}
        return SimpleNamespace(
            hf_tokenizer=None, feature_extractor=len, encode=abs, model=SimpleNamespace(generate=self._generate)
        )

    def _tokenizer(self, _tokens: object, _many: bool, task: str, language: str) -> SimpleNamespace:
        self.asked |= {"task": task, "language": language}
        return SimpleNamespace(sot_sequence=[1, 2], no_timestamps=3, decode=lambda text: text)

    def _generate(self, samples: int, prompts: list[list[int]], **_options: object) -> list[SimpleNamespace]:
        self.asked |= {"samples": samples, "prompts": prompts}
        texts, scores = list(self.readings), [math.log(sure) for sure in self.readings.values()]
        return [SimpleNamespace(sequences_ids=texts, scores=scores, no_speech_prob=self.no_speech)]


async def test_whisper_tells_several_readings_and_how_sure_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = FasterWhisper(monkeypatch, {" 사가": 0.5, " 사과.": 0.25, " 사\ufffd": 0.2, " ": 0.1})
    readings = await WhisperSpeech(str(tmp_path), "ko-KR", 30).transcribe(bytes(3200), ())
    assert [(one.text, round(one.confidence or 0, 2)) for one in readings] == [("사가", 0.5), ("사과.", 0.25)]
    assert library.asked == {
        "folder": str(tmp_path),
        "device": "cpu",
        "compute_type": "int8",
        "local_files_only": True,
        "task": "transcribe",
        "language": "ko",
        "samples": 1600,
        "prompts": [[1, 2, 3]],
    }


async def test_whisper_hears_that_nobody_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FasterWhisper(monkeypatch, {"시청해 주셔서 감사합니다": 0.9}, no_speech=0.8)
    with pytest.raises(NotHeard) as caught:
        await WhisperSpeech(str(tmp_path), "ko-KR", 30).transcribe(bytes(3200), ())
    assert caught.value.why is ListenFailure.UNINTELLIGIBLE
