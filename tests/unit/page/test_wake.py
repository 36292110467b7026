"""Wake phrases on the page. The lesson runs for real, in a process of its own; a quiet recording teaches it nothing."""

import asyncio

import pytest

from befresh_agent.runtime.event_loop import within
from tests.spoken import quiet, wav_file
from tests.unit.page.conftest import Kitchen


async def test_nobody_has_taught_yet(kitchen: Kitchen) -> None:
    assert (await kitchen.json("/api/v1/wake")) == {"people": [], "name": "", "running": False, "steps": []}
    page = (await kitchen.browser.get("/wake")).text
    assert "Nobody yet." in page
    assert "일반 등록" in page


async def test_a_lesson_tells_how_it_goes(kitchen: Kitchen, tmp_path_factory: pytest.TempPathFactory) -> None:
    sound = wav_file(tmp_path_factory.mktemp("sound") / "quiet.wav", quiet(2)).read_bytes()
    files = {"recordings": ("quiet.wav", sound, "audio/wav")}
    answer = await kitchen.browser.post("/wake/teach", data={"name": "mina", "keep": "yes"}, files=files)
    assert answer.status_code == 303
    async with within(60):
        while (state := await kitchen.json("/api/v1/wake"))["running"]:
            await asyncio.sleep(0.2)
    assert [(one["step"], one["verdict"]) for one in state["steps"]] == [("saying", "too quiet"), ("failed", "")]
    assert "too few" in state["steps"][1]["text"]
    assert "too few" in (await kitchen.browser.get("/wake")).text


async def test_a_lesson_needs_a_name_and_what_is_not_there_cannot_be_forgotten(kitchen: Kitchen) -> None:
    for path, name in (("teach", " "), ("forget", "nobody"), ("undo", "nobody"), ("recordings", "nobody")):
        answer = await kitchen.browser.post(f"/wake/{path}", data={"name": name})
        assert "said=failed" in answer.headers["location"]
