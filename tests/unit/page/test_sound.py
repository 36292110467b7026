"""The trial of microphone and loudspeaker on the page, for real, on a sound card made of files."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from befresh_agent.domain.food import FoodItem, FoodType, uuid7
from befresh_agent.page.tabs import sound_tab
from befresh_agent.runtime.event_loop import within
from tests.alsa import sound_card
from tests.spoken import quiet, spoken
from tests.unit.page.conftest import Kitchen


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(sound_card(tmp_path)))
    monkeypatch.setenv("BEFRESH_VOICE_MICROPHONE", "arecord")
    return tmp_path


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the page showed, one after the other."""
    seen: list[str] = []
    show = sound_tab.SoundTab._show

    def noted(self: sound_tab.SoundTab, **values: Any) -> None:
        show(self, **values)
        seen.append(self.trial.stage)

    monkeypatch.setattr(sound_tab.SoundTab, "_show", noted)
    return seen


async def tried(kitchen: Kitchen) -> dict[str, Any]:
    answer = await kitchen.browser.post("/sound/test")
    assert answer.headers["location"] == "/sound"
    async with within(90):
        while (trial := await kitchen.json("/api/v1/sound"))["stage"] in ("opening", "recording", "playing"):
            await asyncio.sleep(0.1)
    return dict(trial)


async def test_what_is_said_is_shown_and_played_back(card: Path, kitchen: Kitchen, stages: list[str]) -> None:
    (card / "mic.raw").write_bytes(spoken("사과") + quiet(3))
    assert "Not tried yet" in (await kitchen.browser.get("/sound")).text
    trial = await tried(kitchen)
    assert (trial["stage"], -45 < trial["level_db"] <= 0) == ("done", True), trial
    assert list(dict.fromkeys(stages)) == ["opening", "recording", "playing", "done"]
    assert stages.count("recording") > 5, "the bar moves"
    assert len((card / "speaker.raw").read_bytes()) >= 90_000
    page = (await kitchen.browser.get("/sound")).text
    assert "What was heard" in page
    assert "<meter" in page


async def test_a_microphone_that_hears_nothing_is_told_with_what_to_turn_in_both_languages(
    card: Path, kitchen: Kitchen
) -> None:
    (card / "mic.raw").write_bytes(bytes(64_000))
    trial = await tried(kitchen)
    assert trial["verdict"].startswith("nothing was heard")
    assert "alsamixer" in trial["verdict"]
    assert "nothing was heard" in (await kitchen.browser.get("/sound")).text
    korean = await kitchen.browser.get("/sound", headers={"cookie": "befresh_language=ko"})
    assert "아무것도 들리지 않았습니다" in korean.text
    assert "alsamixer" in korean.text


async def test_a_sound_card_that_is_not_there_is_told(card: Path, kitchen: Kitchen) -> None:
    trial = await tried(kitchen)
    assert trial["stage"] == "failed"
    assert trial["verdict"]


async def test_whoever_registers_food_keeps_the_microphone(card: Path, kitchen: Kitchen, stages: list[str]) -> None:
    (card / "mic.raw").write_bytes(quiet(3))
    now = kitchen.clock.now()
    kitchen.seen.session.append(FoodItem(uuid7(now), FoodType.GENERAL, "milk", now))
    answer = await kitchen.browser.post("/sound/test")
    assert "said=failed" in answer.headers["location"]
    assert (await kitchen.browser.post("/api/v1/sound/test")).status_code == 422
    assert stages == []
    kitchen.seen.session.clear()
    await kitchen.browser.post("/sound/test")
    kitchen.seen.session.append(FoodItem(uuid7(now), FoodType.GENERAL, "milk", now))
    async with within(60):
        while (trial := await kitchen.json("/api/v1/sound"))["stage"] != "failed":
            await asyncio.sleep(0.1)
    assert trial["verdict"].startswith("food is being registered")
