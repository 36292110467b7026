"""What a household asks of the page: the answer first, nothing typed lost, no word against the fridge."""

import json
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest

from befresh_agent.domain.food import uuid7
from befresh_agent.page.phone_access import outside
from tests.browser.conftest import Fridge
from tests.browser.driver import Browser
from tests.browser.views import IN_SIGHT, LANGUAGES, views

pytestmark = pytest.mark.browser

RICE = "C4:5D:83:10:2A:03"
FISH = "C4:5D:83:10:2A:02"
ADD = "INSERT INTO items (id, session, kind, name, expires_on, registered_at, state) VALUES (?, 'test', ?, ?, ?, ?, ?)"
FIELD = "form.name input[name=name]"
LATIN = re.compile(r"[A-Za-z]{2,}(?:\s+[A-Za-z]{2,}){2,}")
"""Three words in a row: a sentence."""


@pytest.fixture
def stocked(fridge: Fridge) -> Iterator[Fridge]:
    """A fridge in which 212 foods lie; every fifth has no date, thirteen are due."""
    chance, now = Random(4), datetime.now().astimezone()
    rows: list[tuple[object, ...]] = []
    for number in range(212):
        days = None if number % 5 == 4 else (number % 13) - 9 if number < 16 else 4 + chance.randrange(90)
        day = None if days is None else (now + timedelta(days=days)).date().isoformat()
        at = now - timedelta(days=chance.random() * 20)
        rows.append((uuid7(at), 2 if day else 3, f"음식 {number}", day, at.isoformat(), "sent"))
    rows += [(uuid7(now), 3, None, None, now.isoformat(), "unnamed") for _ in range(3)]
    fridge.ask(ADD, rows)
    yield fridge
    fridge.ask("DELETE FROM items WHERE session = 'test'")
    fridge.ask("DELETE FROM item_notes WHERE item NOT IN (SELECT id FROM items)")


def opened(fridge: Fridge) -> None:
    fridge.play("press")
    fridge.until(lambda now: now["stage"] == "looking")


def asked(fridge: Fridge, sample: str) -> None:
    fridge.play("show", sample)
    fridge.until(lambda now: now["asking"] is not None)


def closed(fridge: Fridge) -> None:
    fridge.play("away")
    fridge.play("press")
    fridge.until(lambda now: now["stage"] == "closed")


def test_nothing_typed_is_lost(browser: Browser, stocked: Fridge) -> None:
    """Others change things, the list renews itself, the fridge stops: what is typed stays, and one press saves it."""
    other = stocked.api("/foods?search=음식 7")["items"][0]["id"]
    unnamed = stocked.api("/foods?shelf=unnamed")["items"][-1]["id"]
    for number, _ in enumerate(views(browser, f"{stocked.page}/food?shelf=unnamed")):
        browser.script("document.querySelector(arguments[0]).value = 'half a na'", FIELD)
        browser.script("document.activeElement.blur()")
        stocked.api(f"/foods/{other}", "PATCH", name=f"음식 7 {number}")
        browser.script("document.querySelector('#foods').dataset.old = 1")
        stocked.api(f"/foods/{unnamed}", "PATCH", use_by=f"2030-01-{number + 1:02}")
        browser.until("!document.querySelector('#foods').dataset.old")
        assert browser.script("return document.querySelector(arguments[0]).value", FIELD) == "half a na"
    stocked.stop()
    browser.until("document.body.classList.contains('lost')", patience_s=4)
    browser.click_at(".food form.name button")
    browser.until("document.querySelector('#said .bad')")
    assert browser.script("return document.querySelector(arguments[0]).value", FIELD) == "half a na"
    stocked.start()
    browser.until("!document.body.classList.contains('lost')", patience_s=8)
    browser.click_at(".food form.name button")
    ends = time.monotonic() + 10
    while not stocked.api("/foods?search=half a na")["items"]:
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_what_is_wrong_is_said_at_once_and_without_scrolling(browser: Browser, stocked: Fridge) -> None:
    """Broker, camera, air, a name: each is a line within two seconds of being known, on every screen."""
    browser.look(800, "light")
    browser.speaks("en", stocked.page)
    browser.go(stocked.page)
    browser.sees("고등어: its air is changing", "#attention")
    browser.sees("foods wait for their names", "#attention")
    opened(stocked)
    stocked.play("break", "camera")
    _seen_soon(browser, stocked, "camera", "The camera does not work")
    browser.sees("The camera does not work; what you say counts", "#stage")
    stocked.play("break", "broker")
    stocked.play("say", "일반 등록")
    stocked.until(lambda now: now["asking"] is not None)
    stocked.say_until("가지", lambda now: "가지" in [item["name"] for item in now["items"]])
    closed(stocked)
    _seen_soon(browser, stocked, "", "The food service cannot be reached")
    for _, width in views(browser, stocked.page):
        assert browser.script(IN_SIGHT, ".concerns li, .well"), width
        assert browser.script("return document.querySelectorAll('.concerns li').length") >= 5
    browser.go(f"{stocked.page}/health")
    browser.sees("The food service cannot be reached", "#verdict")


def _seen_soon(browser: Browser, fridge: Fridge, device: str, sentence: str) -> None:
    """From when the agent knows it, it takes two seconds to the page."""
    ends = time.monotonic() + 30
    while sentence not in json.dumps(fridge.api("/today")):
        assert time.monotonic() < ends, device
        time.sleep(0.05)
    browser.until("document.querySelector('#attention').innerText.includes(arguments[0])", sentence, patience_s=2)


def test_dates_come_first_and_every_row_has_one_colour(browser: Browser, stocked: Fridge) -> None:
    days = "[...document.querySelectorAll('#foods > .foods:first-child > .food')].map(one => one.className)"
    for _ in views(browser, f"{stocked.page}/food"):
        due = browser.script(f"return {days}")
        assert len(due) >= 13
        assert all("over" in one or "soon" in one for one in due)
        assert browser.script("return document.querySelector('#undated').open") is False
        two = "[...document.querySelectorAll('.food')].filter(one => one.querySelector('.tag.caution, .tag.fresh'))"
        assert browser.script(f"return {two}.length") == 0
    browser.look(390, "light")
    whole = "[...document.querySelectorAll('#foods .food')].filter(one => one.getBoundingClientRect().bottom < 784)"
    assert browser.script(f"return {whole}.length") >= 8


def test_gone_is_one_press_and_can_be_undone_in_its_place(browser: Browser, stocked: Fridge) -> None:
    for _, width in views(browser, f"{stocked.page}/food"):
        browser.script("scrollTo(0, 300)")
        before = browser.script("return scrollY")
        count = stocked.api("/foods")["total"]
        browser.script(_PRESS_ONE_IN_SIGHT)
        browser.until("document.querySelector('.food.went')")
        assert stocked.api("/foods")["total"] == count - 1
        row = browser.script("return document.querySelector('.food').getBoundingClientRect().height")
        assert abs(browser.script("return scrollY") - before) < max(row, 60), width
        browser.click_at(".food.went form[action$=back] button")
        browser.until("!document.querySelector('.food.went')")
        assert stocked.api("/foods")["total"] == count


_PRESS_ONE_IN_SIGHT = """
    [...document.querySelectorAll('.food .gone-now button')].find(one => one.getBoundingClientRect().top > 100).click();
"""


def test_ten_foods_are_gone_in_ten_presses(browser: Browser, stocked: Fridge) -> None:
    browser.look(390, "light")
    browser.speaks("en", stocked.page)
    browser.go(f"{stocked.page}/food?shelf=soon")
    count = stocked.api("/foods")["total"]
    rows = "document.querySelectorAll('.food .gone-now').length"
    for press in range(10):
        left = browser.script(f"return {rows}")
        browser.click_at(".food .gone-now button")
        browser.until(f"{rows} === {left - 1}")
        if press == 0:
            browser.click_at(".food.went button.quiet")
            browser.sees("thrown away", ".food.went")
    assert stocked.api("/foods")["total"] == count - 10
    browser.until("!document.querySelector('.food.went')", patience_s=14)
    browser.go(f"{stocked.page}/food?shelf=gone")
    browser.sees("9 eaten, 1 thrown away")


def test_the_session_card_says_what_the_fridge_says(browser: Browser, fridge: Fridge) -> None:
    """What was read, why it asks again, how often still; a name that is typed; what was registered."""
    for language in LANGUAGES:
        korean = language == "ko"
        browser.look(390, "light")
        browser.speaks(language, fridge.page)
        browser.go(fridge.page)
        opened(fridge)
        browser.sees("카메라에 음식을" if korean else "Show food to the camera", "#stage")
        asked(fridge, "yogurt")
        browser.sees("무엇인가요?" if korean else "what is it?", "#stage")
        assert browser.script(IN_SIGHT, "#stage form.name input, #stage .known button")
        browser.sees("무엇인가요?" if korean else "what is it?", "#announce")
        browser.sees("한 번 더 물어봅니다" if korean else "Nobody spoke: say it again.", "#stage")
        for _, _width in _same_page(browser):
            assert browser.script(IN_SIGHT, "#stage .big, #stage form.name input")
        browser.write("#stage form.name input", "요구르트")
        browser.click_at("#stage form.name button")
        fridge.until(lambda now: now["asking"] is None and "요구르트" in [one["name"] for one in now["items"]])
        browser.sees("요구르트", "#stage .session")
        if korean:
            assert not LATIN.search(browser.text("#stage"))
        closed(fridge)
        browser.sees("음식 1개를 등록했습니다" if korean else "1 food registered", "#stage")
        browser.sees("음식 1개를 등록했습니다" if korean else "1 food registered", "#announce")


def _same_page(browser: Browser) -> Iterator[tuple[str, int]]:
    for width in (390, 800, 1440):
        for scheme in ("light", "dark"):
            browser.look(width, scheme)
            yield scheme, width
    browser.look(390, "light")


def test_a_food_is_added_by_hand_and_travels_as_one_from_the_button(browser: Browser, fridge: Fridge) -> None:
    for number, _ in enumerate(views(browser, f"{fridge.page}/food")):
        browser.script("document.querySelector('#add').open = false")
        browser.click_at("#add summary")
        browser.write("#add input[name=name]", f"잼 {number:02}")
        browser.click_at("#add button[name=days][value='7']")
        browser.sees(f"잼 {number:02}", "#said")
        assert browser.script("return document.querySelector('#add').open") is False
    (by_hand,) = {_shape(body) for body in _bodies(fridge) if "잼 " in json.dumps(body, ensure_ascii=False)}
    opened(fridge)
    asked(fridge, "milk")
    fridge.api("/now/name", "POST", name="버터우유")
    fridge.until(lambda now: "버터우유" in [one["name"] for one in now["items"]])
    closed(fridge)
    (by_button,) = {_shape(body) for body in _bodies(fridge) if "버터우유" in json.dumps(body, ensure_ascii=False)}
    assert by_hand == by_button


def _bodies(fridge: Fridge) -> list[Any]:
    messages = httpx.get(f"{fridge.page}/api/v1/messages.jsonl").text.splitlines()
    return [line["body"] for line in map(json.loads, messages) if line["topic"] == "food-regist"]


def _shape(body: Any) -> tuple[object, ...]:
    """Which members there are, whatever their values."""
    (food,) = body["foodList"]
    return tuple(sorted(body)), tuple(sorted(food)), food["ftypeId"]


def test_a_container_that_is_filled_again_asks_for_what_was_in_it(browser: Browser, fridge: Fridge) -> None:
    before = [food["name"] for food in fridge.api("/foods?shelf=containers")["items"] if food["container"] == RICE]
    opened(fridge)
    asked(fridge, RICE)
    fridge.api("/now/name", "POST", name="된장찌개")
    fridge.until(lambda now: "된장찌개" in [one["name"] for one in now["items"]])
    closed(fridge)
    for language, width in views(browser, fridge.page):
        browser.sees("네, 치웠어요" if language == "ko" else "Yes, gone", "#attention")
        assert browser.script(IN_SIGHT, "#attention .ask"), width
    in_it = [food["name"] for food in fridge.api("/foods?shelf=containers")["items"] if food["container"] == RICE]
    assert in_it == ["된장찌개"]
    browser.click_at("#attention button[value=false]")
    browser.until("!document.querySelector('#attention .ask')")
    in_it = [food["name"] for food in fridge.api("/foods?shelf=containers")["items"] if food["container"] == RICE]
    assert sorted(in_it) == sorted([*before, "된장찌개"])
    fridge.api(
        f"/foods/{next(one['id'] for one in fridge.api('/foods')['items'] if one['name'] == '된장찌개')}", "DELETE"
    )


def test_a_household_understands_every_word(browser: Browser, fridge: Fridge) -> None:
    """No addresses, units of sensors and words of technicians; no English sentence in Korean."""
    words = re.compile(r"([0-9A-F]{2}:){5}|Ω|dBm|\bbroker|브로커|\bdisk\b|디스크", re.IGNORECASE)
    for path in ("/", "/food", "/containers", f"/containers/{FISH}", "/phone"):
        for language, width in views(browser, fridge.page + path):
            text = browser.text("main")
            if "containers/" not in path:
                assert not words.search(text), (path, width, words.search(text))
            else:
                assert not words.search(browser.text("#box")), (path, width)
            if language == "ko":
                assert not LATIN.search(text), (path, LATIN.search(text))


def test_that_the_fridge_is_out_of_reach_is_said(browser: Browser, fridge: Fridge) -> None:
    browser.look(390, "light")
    browser.speaks("ko", fridge.page)
    browser.go(fridge.page)
    browser.until("document.querySelector('#attention')")
    time.sleep(1)
    fridge.stop()
    browser.until("!document.getElementById('offline').hidden", patience_s=3)
    browser.sees("연결되지 않습니다", "#offline")
    for _, width in _same_page(browser):
        assert browser.script("return getComputedStyle(document.getElementById('offline')).display") == "block", width
    browser.click("음식", part="nav")
    assert browser.script("return location.pathname") == "/"
    fridge.start()
    browser.until("document.getElementById('offline').hidden", patience_s=4)
    manifest = browser.script("return document.querySelector('link[rel=manifest]').href")
    assert httpx.get(manifest).json()["icons"]
    assert (
        httpx.get(browser.script("return document.querySelector('link[rel=apple-touch-icon]').href")).content[:4]
        == b"\x89PNG"
    )


def test_letters_grow_with_the_browsers_own_and_nothing_sticks_out(browser: Browser, fridge: Fridge) -> None:
    browser.look(390, "light")
    browser.speaks("en", fridge.page)
    browser.go(fridge.page)
    size = "parseFloat(getComputedStyle(document.querySelector('#foods')).fontSize)"
    usual = browser.script(f"return {size}")
    browser.tell("Page.setFontSizes", fontSizes={"standard": 32})
    assert browser.script(f"return {size}") == pytest.approx(2 * usual)
    browser.tell("Page.setFontSizes", fontSizes={"standard": 16})
    browser.click_at("form.look button[name=size]")
    browser.until("document.documentElement.classList.contains('large')")
    assert browser.script(f"return {size}") > 1.25 * usual
    browser.click_at("form.look button[name=size]")
    browser.until("!document.documentElement.classList.contains('large')")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_scrolls_sideways_at_any_width(browser: Browser, fridge: Fridge, language: str) -> None:
    for path in ("/", "/food", "/containers", f"/containers/{FISH}", "/delivery", "/health", "/play", "/phone"):
        browser.speaks(language, fridge.page)
        browser.go(fridge.page + path)
        for width in range(320, 1441, 20):
            browser.look(width, "light")
            wide = browser.script("return document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{path} sticks out by {wide} pixels at {width}"


def test_focus_stays_where_it_is(browser: Browser, fridge: Fridge) -> None:
    """Live changes take the focus from nobody; every row has a name of its own for a screen reader."""
    browser.look(1440, "light")
    browser.speaks("en", fridge.page)
    browser.go(f"{fridge.page}/food")
    names = browser.script(
        "return [...document.querySelectorAll('.food summary')].map(one => one.getAttribute('aria-label'))"
    )
    assert names == [one for one in names if re.fullmatch(r"Change .+, .+", one)]
    browser.script("document.querySelector('.food summary').focus()")
    fridge.api("/foods", "POST", name="초점")
    browser.until("document.querySelector('#foods').textContent.includes('초점')")
    assert browser.script("return document.activeElement.tagName") == "SUMMARY"


def test_a_phone_comes_in_once_it_may_and_with_the_code_alone(browser: Browser, fridge: Fridge) -> None:
    browser.look(390, "light")
    browser.speaks("en", fridge.page)
    port, here = fridge.page.rpartition(":")[2], outside()
    browser.go(fridge.page)
    browser.click_at("form.look a")
    browser.sees("This page on your phone")
    browser.click("Let phones in")
    browser.until("document.querySelector('.phone .code svg')")
    address = f"http://{here}:{port}/"
    ends = time.monotonic() + 10
    while _status(address) != 401:
        assert time.monotonic() < ends
        time.sleep(0.2)
    token = (fridge.state / "page-token").read_text().strip()
    assert httpx.get(f"{address}?token={token}", follow_redirects=True).status_code == 200
    assert httpx.get(fridge.page).status_code == 200  # who stands at the fridge needs none
    browser.until("!document.body.classList.contains('lost')", patience_s=8)
    browser.click("Keep phones out again")
    browser.sees("The page is for this screen alone")
    ends = time.monotonic() + 10
    while _status(address):
        assert time.monotonic() < ends
        time.sleep(0.2)


def _status(address: str) -> int:
    try:
        return httpx.get(address).status_code
    except httpx.TransportError:
        return 0
