import sys
from pathlib import Path

import pytest

from befresh_agent.ports.voice import NotHeard, Unheard
from befresh_agent.settings import VoiceSettings
from befresh_agent.voice.speech.sphinx import Sphinx
from befresh_agent.voice.speech.vosk import Vosk
from tests.spoken import quiet, spoken

FOODS = VoiceSettings().sphinx_foods


async def test_sphinx_knows_the_foods_of_its_list() -> None:
    sphinx = Sphinx(FOODS)
    asked = ("apple", "milk", "tomato", "cheese", "potato", "banana")
    understood = [await sphinx.text(spoken(food, "en-us", 130)) for food in asked]
    assert sum(said == food for said, food in zip(understood, asked, strict=True)) >= 5


async def test_sphinx_leaves_out_what_its_dictionary_does_not_know(caplog: pytest.LogCaptureFixture) -> None:
    assert await Sphinx(["apple", "qwrtzpfgh"]).text(spoken("apple", "en-us", 130)) == "apple"
    assert "qwrtzpfgh" in caplog.text


async def test_sphinx_without_any_food_cannot_be_asked() -> None:
    with pytest.raises(NotHeard) as caught:
        await Sphinx(["qwrtzpfgh"]).text(quiet(1))
    assert caught.value.why is Unheard.SERVICE


async def test_sphinx_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(NotHeard, match="not installed"):
        await Sphinx(FOODS).text(quiet(1))


@pytest.mark.parametrize("folder", [None, "/no/such/model"])
async def test_vosk_without_a_model_cannot_be_asked(folder: str | None) -> None:
    with pytest.raises(NotHeard, match="vosk_model") as caught:
        await Vosk(folder, 5).text(quiet(1))
    assert caught.value.why is Unheard.SERVICE


async def test_vosk_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vosk", None)
    with pytest.raises(NotHeard, match="pip install vosk"):
        await Vosk(str(tmp_path), 5).text(quiet(1))
