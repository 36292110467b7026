import re
import time
from datetime import UTC, datetime

from befresh_agent.deadline import within
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.detection import ContainerSeen, Findings
from befresh_agent.domain.events import CuePlayed, ItemRegistered, SessionClosed, SessionOpened
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.glimpse import Glimpse
from befresh_agent.page.now_desk import MEANINGS
from befresh_agent.page.words import KOREAN
from tests.unit.page.conftest import BOX, Kitchen, Open

SEEN = ContainerSeen(BOX, corners=((10, 10), (90, 10), (90, 90), (10, 90)))


def glimpse(picture: bytes | None, *found: ContainerSeen) -> Glimpse:
    return Glimpse(datetime.now(UTC), 640, 360, Findings(found, 12.0), picture)


async def test_a_session_is_followed_from_the_press_to_its_end(kitchen: Kitchen) -> None:
    assert "The fridge is waiting" in (await kitchen.browser.get("/")).text
    kitchen.events.tell(SessionOpened("s"))
    kitchen.events.tell(CuePlayed(Cue.ON))
    assert "Show food to the camera" in (await kitchen.browser.get("/")).text
    kitchen.events.tell(CuePlayed(Cue.SPEAK))
    now = await kitchen.json("/api/v1/now")
    assert (now["stage"], now["sound"]["cue"]) == ("listening", "speak")
    kitchen.seen.session.append(FoodItem("1", FoodType.GENERAL, "사과", datetime.now(UTC)))
    kitchen.events.tell(ItemRegistered(kitchen.seen.session[0]))
    kitchen.events.tell(CuePlayed(Cue.REGISTERED))
    assert "사과" in (await kitchen.browser.get("/")).text
    kitchen.events.tell(SessionClosed("s", "button", 1, 0))
    assert (await kitchen.json("/api/v1/now"))["stage"] == "closed"


async def test_what_was_recognised_is_drawn_over_the_picture(kitchen: Kitchen) -> None:
    assert (await kitchen.browser.get("/api/v1/now/picture.jpg")).status_code == 404
    kitchen.memory.seen(glimpse(b"jpeg", SEEN))
    page = (await kitchen.browser.get("/")).text
    assert re.search(r'<polygon points="10,10 90,10 90,90 10,90 "', page)
    assert BOX in page
    picture = await kitchen.browser.get("/api/v1/now/picture.jpg")
    assert (picture.content, picture.headers["content-type"]) == (b"jpeg", "image/jpeg")


async def test_after_the_session_the_last_telling_picture_stays(kitchen: Kitchen) -> None:
    kitchen.events.tell(SessionOpened("s"))
    kitchen.memory.seen(glimpse(b"telling", SEEN))
    kitchen.memory.seen(glimpse(b"dark"))
    assert (await kitchen.browser.get("/api/v1/now/picture.jpg")).content == b"dark"
    kitchen.events.tell(SessionClosed("s", "button", 0, 0))
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
            kitchen.events.tell(SessionOpened("s"))
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
    assert set(MEANINGS) == set(Cue)
    assert set(MEANINGS.values()) <= set(KOREAN)
