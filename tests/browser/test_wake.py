"""The page on which a household teaches its wake phrase: at the microphone, with a phone's recording, and taken back.

The lesson is the real one, in its own process; the air before the microphone is a recording of somebody who says a
phrase eight times.
"""

import time
import wave
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.browser.conftest import Fridge
from tests.browser.driver import Browser
from tests.browser.views import LANGUAGES, views
from tests.spoken import quiet, spoken, wav_file

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

PHRASE = "냉장고야 들어 봐"
WAYS = ((125, 45), (140, 50), (150, 55), (135, 60), (145, 48), (130, 52), (155, 50), (140, 58))
LEARNED = {"ko": "배웠습니다.", "en": "Learned."}
BEGIN = {"ko": "시작", "en": "Begin"}
BACK = {"ko": "마지막 배우기 취소", "en": "Take the last lesson back"}
NOBODY = {"ko": "아직 없습니다.", "en": "Nobody yet."}
SOUNDS = {"ko": "녹음 8개 삭제", "en": "Delete 8 recordings"}
_LESSON_S = 400.0
"""Eight sayings, and the fitting on a machine that others use, too."""


def sayings() -> list[bytes]:
    return [spoken(PHRASE, "ko+m4", speed, pitch) for speed, pitch in WAYS]


@pytest.fixture
def kitchen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fridge]:
    """A fridge whose microphone hears somebody teach."""
    air = quiet(3) + b"".join(one + quiet(1.5) for one in sayings()) + quiet(5)
    monkeypatch.setenv("BEFRESH_VOICE_MICROPHONE", str(wav_file(tmp_path / "air.wav", air)))
    with Fridge(tmp_path) as fridge:
        yield fridge


def begin(browser: Browser, kitchen: Fridge, language: str, *recordings: Path) -> None:
    browser.speaks(language, kitchen.page)
    browser.look(1440, "light")
    browser.go(f"{kitchen.page}/wake")
    browser.write("#teach input[name=name]", "민아")
    for file in recordings:
        browser.attach("#teach input[name=recordings]", file)
    browser.click(BEGIN[language])


def test_a_household_teaches_its_phrase_and_takes_it_back(browser: Browser, kitchen: Fridge) -> None:
    """At the fridge: it says when to speak, judges every saying, tells how well it learned; nobody types a command."""
    begin(browser, kitchen, "ko")
    browser.sees("지금 말하세요: 1/8")
    browser.until(
        "document.querySelector('#lesson').innerText.includes(arguments[0])", LEARNED["ko"], patience_s=_LESSON_S
    )
    assert sum(line.rpartition(": ")[2] == "좋음" for line in browser.text("#lesson").splitlines()) == len(WAYS)
    assert "민아" in browser.text("#people")
    [taught] = kitchen.api("/wake")["people"]
    assert (taught["sayings"], taught["recordings"]) == (8, 8)
    assert taught["heard"] > taught["tried"] / 2
    for language, _ in views(browser, f"{kitchen.page}/wake"):
        browser.sees(LEARNED[language], "#lesson")
        assert not browser.script("return document.documentElement.scrollWidth > innerWidth"), "nothing is cut off"
    browser.click(SOUNDS["en"])
    browser.until("!document.querySelector('#people').innerText.includes('recordings')")
    assert not list(kitchen.state.rglob("wake/**/*.wav")), "the sounds are gone, what was learned is not"
    assert list(kitchen.state.rglob("wake/*/head.npz"))
    browser.click(BACK["en"])
    browser.sees(NOBODY["en"], "#people")
    assert not list(kitchen.state.rglob("wake/*/head.npz"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phones_recording_is_brought_to_what_the_fridge_reads(
    browser: Browser, kitchen: Fridge, tmp_path: Path, language: str
) -> None:
    """48 kHz and stereo, three sayings: each is judged as good, and that they are too few is said."""
    mono = array("h", quiet(1) + b"".join(one + quiet(1) for one in sayings()[:3]))
    begin(browser, kitchen, language, as_stereo_48k(mono, tmp_path / "phone.wav"))
    assert over(kitchen) == [("saying", "good")] * 3 + [("failed", "")]
    browser.go(f"{kitchen.page}/wake")
    browser.until("document.querySelector('#lesson .error')")
    browser.sees(NOBODY[language], "#people")


def over(kitchen: Fridge) -> list[tuple[str, str]]:
    """The steps of the lesson, once it is over; asked without the browser, whose page changes meanwhile."""
    ends = time.monotonic() + _LESSON_S
    while not (steps := kitchen.api("/wake")["steps"]) or steps[-1]["step"] not in ("taught", "failed"):
        assert time.monotonic() < ends, steps
        time.sleep(0.2)
    return [(one["step"], one["verdict"]) for one in steps]


def as_stereo_48k(mono: Sequence[int], file: Path) -> Path:
    """Each sample three times, on both sides."""
    with wave.open(str(file), "wb") as out:
        out.setparams((2, 2, 48000, 0, "NONE", ""))
        out.writeframes(array("h", (sample for one in mono for sample in (one,) * 6)).tobytes())
    return file
