import re
import time
from datetime import UTC, date, datetime, timedelta

from befresh_agent.domain.cue import Cue, CueSubject
from befresh_agent.domain.delivery_events import BrokerLost
from befresh_agent.domain.detection import ContainerSeen, FrameFindings, FramePreview
from befresh_agent.domain.events import (
    CuePlayed,
    DateAsked,
    DeviceState,
    ItemRegistered,
    NameAsked,
    OtherSpelling,
    SessionClosed,
    SessionOpened,
)
from befresh_agent.domain.food import FoodItem, FoodType, ItemCandidate, NameQuestion
from befresh_agent.domain.trigger import Press
from befresh_agent.i18n.words import WORDS
from befresh_agent.runtime.event_loop import within
from tests.unit.page.conftest import BOX, Kitchen, Open

SEEN = ContainerSeen(BOX, corners=((10, 10), (90, 10), (90, 90), (10, 90)))


def glimpse(picture: bytes | None, *found: ContainerSeen) -> FramePreview:
    return FramePreview(datetime.now(UTC), 640, 360, FrameFindings(found, 12.0), picture)


async def test_a_session_is_followed_from_the_press_to_its_end(kitchen: Kitchen) -> None:
    assert "The fridge is waiting" in (await kitchen.browser.get("/")).text
    kitchen.events.emit(SessionOpened("s"))
    kitchen.events.emit(CuePlayed(Cue.ON))
    assert "Show food to the camera" in (await kitchen.browser.get("/")).text
    kitchen.events.emit(NameAsked(1))
    kitchen.events.emit(CuePlayed(Cue.SPEAK))
    now = await kitchen.json("/api/v1/now")
    assert (now["stage"], now["sound"]["cue"]) == ("listening", "speak")
    kitchen.seen.session.append(FoodItem("1", FoodType.GENERAL, "사과", datetime.now(UTC)))
    kitchen.events.emit(ItemRegistered(kitchen.seen.session[0]))
    kitchen.events.emit(CuePlayed(Cue.REGISTERED, CueSubject("사과 {1}")))
    assert (await kitchen.json("/api/v1/now"))["sound"]["meaning"] == "사과 {1} is registered."
    korean = await kitchen.browser.get("/", headers={"cookie": "befresh_language=ko"})
    assert "사과 {1}: 등록되었습니다." in korean.text
    assert "사과" in (await kitchen.browser.get("/")).text
    kitchen.events.emit(SessionClosed("s", "button", 1, 0))
    assert (await kitchen.json("/api/v1/now"))["stage"] == "closed"
    page = (await kitchen.browser.get("/")).text
    assert "1 food registered" in page


async def test_why_it_asks_again_is_said_until_it_asks_no_more(kitchen: Kitchen) -> None:
    kitchen.events.emit(SessionOpened("s"))
    for cue in (Cue.SILENCE, Cue.SPEAK):
        kitchen.events.emit(NameAsked(2))
        kitchen.events.emit(CuePlayed(cue))
        assert (await kitchen.json("/api/v1/now"))["stage"] == "listening"
    kitchen.seen.question = NameQuestion(ItemCandidate(FoodType.PACKAGED, expires_on=date(2031, 1, 5)), 2, 1, "silence")
    page = (await kitchen.browser.get("/")).text
    for words in ("Use by 5 Jan 2031: what is it?", "Nobody spoke: say it again.", "1 more try after this one."):
        assert words in page
    kitchen.events.emit(CuePlayed(Cue.UNDONE))
    assert (await kitchen.json("/api/v1/now"))["stage"] == "looking"


async def test_a_name_is_typed(kitchen: Kitchen) -> None:
    refused = await kitchen.browser.post("/api/v1/now/name", json={"name": "두부"})
    assert refused.status_code == 422
    kitchen.seen.question = NameQuestion(ItemCandidate(FoodType.GENERAL), 1, 2, "")
    assert (await kitchen.browser.post("/api/v1/now/name", json={"name": " 두부 "})).status_code == 204
    await kitchen.browser.post("/session/name", data={"name": "콩"})
    assert kitchen.seen.typed == ["두부", "두부", "콩"]


async def test_last_names_are_buttons(kitchen: Kitchen) -> None:
    for name in ("우유", "사과", "우유"):
        await kitchen.register(name)
    assert (await kitchen.json("/api/v1/now"))["names"] == ["우유", "사과"]


async def test_a_broken_camera_asks_nobody_to_show_food(kitchen: Kitchen) -> None:
    kitchen.memory.frame_seen(glimpse(b"of before", SEEN))
    kitchen.events.emit(SessionOpened("s"))
    kitchen.devices.report("camera", DeviceState.LOST, "unplugged")
    page = (await kitchen.browser.get("/")).text
    assert "Show food to the camera</h2>" not in page
    assert "The camera does not work; what you say counts" in page
    assert "picture.jpg" not in page


async def test_a_picture_is_that_of_its_number(kitchen: Kitchen) -> None:
    kitchen.memory.frame_seen(glimpse(b"first", SEEN))
    number = (await kitchen.json("/api/v1/now"))["sight"]["number"]
    kitchen.memory.frame_seen(glimpse(b"second", SEEN))
    assert (await kitchen.browser.get(f"/api/v1/now/picture.jpg?{number}")).content == b"first"
    assert (await kitchen.browser.get(f"/api/v1/now/picture.jpg?{number + 1}")).content == b"second"
    assert (await kitchen.browser.get(f"/api/v1/now/picture.jpg?{number - 1}")).status_code == 404
    for _ in range(9):
        kitchen.memory.frame_seen(glimpse(b"later", SEEN))
    assert (await kitchen.browser.get(f"/api/v1/now/picture.jpg?{number}")).status_code == 404


async def test_today_says_everything_and_nothing_when_all_is_well(kitchen: Kitchen) -> None:
    assert await kitchen.json("/api/v1/today") == {"alarms": [], "concerns": []}
    assert "All is well." in (await kitchen.browser.get("/")).text
    await kitchen.register("두부", datetime.now().astimezone().date() - timedelta(days=1))
    await kitchen.register(None)
    kitchen.seen.clock_synced = False
    kitchen.seen.unwell.append("relay")
    kitchen.events.emit(BrokerLost("refused", 1))
    kitchen.devices.report("microphone", DeviceState.LOST, "unplugged")
    found = (await kitchen.json("/api/v1/today"))["concerns"]
    assert [one["kind"] for one in found] == ["eat", "name", "mend", "mend", "mend", "mend"]
    page = (await kitchen.browser.get("/", headers={"cookie": "befresh_language=ko"})).text
    assert "두부: 기한이 지났습니다" in page
    assert "마이크가 고장입니다" in page


async def test_language_and_letters_are_chosen_on_the_page(kitchen: Kitchen) -> None:
    chosen = await kitchen.browser.post("/look", data={"language": "ko", "size": "large", "back": "/food"})
    assert chosen.headers["location"] == "/food"
    page = (await kitchen.browser.get("/food")).text
    assert '<html lang="ko" class="large">' in page


async def test_a_question_about_a_date_is_shown_until_it_is_answered(kitchen: Kitchen) -> None:
    kitchen.events.emit(SessionOpened("s"))
    kitchen.events.emit(DateAsked(date(2026, 12, 5)))
    kitchen.events.emit(CuePlayed(Cue.IS_DATE_RIGHT))
    assert (await kitchen.json("/api/v1/now"))["question"] == "2026-12-05"
    assert "Is this date right?" in (await kitchen.browser.get("/")).text
    await kitchen.browser.post("/press", data={"press": "double"})
    assert kitchen.seen.presses == [Press.DOUBLE]
    kitchen.events.emit(CuePlayed(Cue.UNDONE))
    assert (await kitchen.json("/api/v1/now"))["question"] is None


async def test_a_spelling_that_is_switched_off_is_switched_on_by_a_button(kitchen: Kitchen) -> None:
    assert (await kitchen.json("/api/v1/now"))["other_spelling"] is None
    kitchen.events.emit(SessionOpened("s"))
    kitchen.events.emit(OtherSpelling("Y.M"))
    assert "Read such dates from now on" in (await kitchen.browser.get("/")).text
    done = await kitchen.browser.post("/spelling")
    assert "Show it again." in (await kitchen.browser.get(done.headers["location"])).text
    assert kitchen.seen.switched_on == ["Y.M"]
    assert (await kitchen.json("/api/v1/now"))["other_spelling"] is None


async def test_what_a_file_says_is_not_the_pages_to_change(kitchen: Kitchen) -> None:
    kitchen.events.emit(OtherSpelling("auto"))
    assert "vision.spellings and vision.order" in (await kitchen.browser.get("/")).text
    await kitchen.browser.post("/spelling")
    assert kitchen.seen.switched_on == []


async def test_what_was_recognised_is_drawn_over_the_picture(kitchen: Kitchen) -> None:
    assert (await kitchen.browser.get("/api/v1/now/picture.jpg")).status_code == 404
    kitchen.memory.frame_seen(glimpse(b"jpeg", SEEN))
    page = (await kitchen.browser.get("/")).text
    assert re.search(r'<polygon points="10,10 90,10 90,90 10,90 "', page)
    assert BOX not in page
    assert "container 9584" in page
    picture = await kitchen.browser.get("/api/v1/now/picture.jpg")
    assert (picture.content, picture.headers["content-type"]) == (b"jpeg", "image/jpeg")


async def test_after_the_session_the_last_telling_picture_stays(kitchen: Kitchen) -> None:
    kitchen.events.emit(SessionOpened("s"))
    kitchen.memory.frame_seen(glimpse(b"telling", SEEN))
    kitchen.memory.frame_seen(glimpse(b"dark"))
    assert (await kitchen.browser.get("/api/v1/now/picture.jpg")).content == b"dark"
    kitchen.events.emit(SessionClosed("s", "button", 0, 0))
    assert (await kitchen.browser.get("/api/v1/now/picture.jpg")).content == b"telling"


async def test_pictures_are_asked_for_now_and_then_only(kitchen: Kitchen) -> None:
    assert kitchen.memory.wanted_picture() == 640
    assert kitchen.memory.wanted_picture() == 0


async def test_an_event_reaches_the_browser_within_half_a_second(kitchen: Kitchen) -> None:
    async with within(90), kitchen.browser.stream("GET", "/events") as stream:
        lines = stream.aiter_lines()
        while await anext(lines) != "data: hello":
            pass
        took = []
        for _ in range(5):
            began = time.monotonic()
            kitchen.events.emit(SessionOpened("s"))
            while not (line := await anext(lines)).startswith("data:"):
                pass
            took.append(time.monotonic() - began)
            assert "now" in line.split()
    assert min(took) < 0.5  # a busy machine is late now and then


async def test_the_page_ends_at_once_however_many_watch(kitchen_with: Open) -> None:
    async with kitchen_with() as kitchen:
        stream = await kitchen.browser.send(kitchen.browser.build_request("GET", "/events"), stream=True)
        began = time.monotonic()
    assert time.monotonic() - began < 3
    await stream.aclose()


async def test_korean_for_who_reads_korean(kitchen_with: Open) -> None:
    async with kitchen_with(language="auto") as kitchen:
        korean = await kitchen.browser.get("/", headers={"accept-language": "ko-KR,ko;q=0.9,en;q=0.8"})
        assert 'lang="ko"' in korean.text
        assert "냉장고가 기다리고 있습니다" in korean.text
        english = await kitchen.browser.get("/", headers={"accept-language": "de,en;q=0.8,ko;q=0.2"})
        assert 'lang="en"' in english.text


def test_every_sound_has_a_meaning_in_both_languages() -> None:
    assert {cue.meaning for cue in Cue} <= set(WORDS["ko"])
