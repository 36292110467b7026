"""What a household asks of the page: the answer first, nothing typed lost, no word against the fridge.

Each is looked at in both languages, on a phone, the screen at the fridge and a desk, light and dark.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from befresh_agent.domain.food import uuid7
from befresh_agent.page.phone_access import outside
from tests.browser.conftest import Fridge
from tests.browser.driver import Browser
from tests.browser.views import IN_SIGHT, LANGUAGES, STICKS_OUT, TEXTS, open_in, sizes, views

pytestmark = pytest.mark.browser

RICE = "C4:5D:83:10:2A:03"
FISH = "C4:5D:83:10:2A:02"
ADD = "INSERT INTO items (id, session, kind, name, expires_on, registered_at, state) VALUES (?, 'test', ?, ?, ?, ?, ?)"
FIELD = "form.name input[name=name]"
TYPED = "document.querySelector(arguments[0]).value"
LATIN = re.compile(r"[A-Za-z]{2,}(?:\s+[A-Za-z]{2,}){2,}")
"""Three words in a row: a sentence."""


@pytest.fixture
def stocked(fridge: Fridge) -> Iterator[Fridge]:
    """A fridge in which 212 foods lie; every fifth has no date, thirteen are due."""
    chance, now = Random(4), datetime.now().astimezone()
    rows: list[tuple[object, ...]] = []
    for number in range(212):
        days = None if number % 5 == 4 else (number % 13) - 9 if number < 16 else 4 + chance.randrange(90)
        at = now - timedelta(days=chance.random() * 20)
        rows.append(_row(f"음식 {number}", days, at))
    rows += [_row(None, None, now) for _ in range(3)]
    fridge.ask(ADD, rows)
    yield fridge
    fridge.ask("DELETE FROM items WHERE session = 'test'")
    fridge.ask("DELETE FROM item_notes WHERE item NOT IN (SELECT id FROM items)")


@pytest.fixture
def cool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fridge]:
    """A fridge whose containers are too warm; something is overdue, something is for today."""
    monkeypatch.setenv("BEFRESH_CONTAINERS_HIGHEST_C", "4")
    with Fridge(tmp_path) as fridge:
        now = datetime.now().astimezone()
        fridge.ask(ADD, [_row("두부", -2, now), _row("콩나물", 0, now)])
        yield fridge


def _row(name: str | None, days: int | None, at: datetime) -> tuple[object, ...]:
    day = None if days is None else (datetime.now().astimezone() + timedelta(days=days)).date().isoformat()
    return uuid7(at), 2 if day else 3, name, day, at.isoformat(), "sent" if name else "unnamed"


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


def soon(condition: Callable[[], Any], patience_s: float = 10.0) -> None:
    ends = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_nothing_typed_is_lost(browser: Browser, stocked: Fridge) -> None:
    """Others change things, the list renews itself: what is typed stays."""
    other = stocked.api("/foods?search=음식 7")["items"][0]["id"]
    unnamed = stocked.api("/foods?shelf=unnamed")["items"][-1]["id"]
    for number, _ in enumerate(views(browser, f"{stocked.page}/food?shelf=unnamed")):
        browser.script("document.querySelector(arguments[0]).value = 'half a na'", FIELD)
        browser.script("document.activeElement.blur()")
        stocked.api(f"/foods/{other}", "PATCH", name=f"음식 7 {number}")
        browser.script("document.querySelector('#foods').dataset.old = 1")
        stocked.api(f"/foods/{unnamed}", "PATCH", use_by=f"2030-01-{number + 1:02}")
        browser.until("!document.querySelector('#foods').dataset.old")
        assert browser.script(f"return {TYPED}", FIELD) == "half a na"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_typed_outlives_a_fridge_out_of_reach_which_is_said(
    browser: Browser, stocked: Fridge, language: str
) -> None:
    """A bar says it at once, buttons and links are off; once the fridge is back, one press saves what was typed."""
    words, name = TEXTS[language], f"half a na {language}"
    open_in(browser, language, f"{stocked.page}/food?shelf=unnamed")
    browser.write(FIELD, name)
    browser.until("document.readyState === 'complete'")
    time.sleep(1)  # it listens
    stocked.stop()
    browser.until("!document.getElementById('offline').hidden", patience_s=3)
    for width in sizes(browser):
        assert words["offline"] in browser.text("#offline")
        assert browser.script("return document.getElementById('offline').getBoundingClientRect().height > 30"), width
        assert browser.script(STICKS_OUT) <= 0, width
        browser.script("document.getElementById('said').replaceChildren()")
        browser.click_at(".food form.name button")
        browser.sees(words["unsent"], "#said .bad")
        assert browser.script(f"return {TYPED}", FIELD) == name
        browser.script("document.querySelector('nav.tabs a').click()")
        assert browser.script("return location.pathname") == "/food"
    stocked.start()
    browser.until("document.getElementById('offline').hidden", patience_s=4)
    browser.click_at(".food form.name button")
    soon(lambda: stocked.api(f"/foods?search={name}")["items"])
    manifest, icon = browser.script(
        "return ['manifest', 'apple-touch-icon'].map(rel => document.querySelector(`link[rel=${rel}]`).href)"
    )
    assert httpx.get(manifest).json()["icons"]
    assert httpx.get(icon).content[:4] == b"\x89PNG"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_wrong_is_said_at_once_and_without_scrolling(browser: Browser, cool: Fridge, language: str) -> None:
    """Broker, camera, air, warmth, a name: each is a line within two seconds of being known, on every screen."""
    open_in(browser, language, cool.page)
    opened(cool)
    asked(cool, "yogurt")
    cool.until(lambda now: now["asking"] is None)  # nobody answers
    asked(cool, "milk")
    cool.api("/now/name", "POST", name="우유")
    cool.until(lambda now: now["asking"] is None)
    cool.play("break", "camera")
    seen_soon(browser, cool, "/health")
    browser.sees(TEXTS[language]["camera"], "#stage")
    cool.play("break", "broker")
    closed(cool)
    seen_soon(browser, cool, "/delivery")
    soon(lambda: [one["kind"] for one in told(cool)].count("container") >= 3, 60)
    seen_soon(browser, cool, f"/containers/{FISH}")
    kinds = [one["kind"] for one in told(cool)]
    assert {"eat", "name", "container", "mend"} == set(kinds)
    assert kinds.count("mend") >= 2
    for width in sizes(browser):
        assert browser.script("return document.querySelectorAll('.concerns li').length") == len(kinds), width
        assert browser.script(IN_SIGHT, ".concerns li"), width
        assert browser.script(STICKS_OUT) <= 0, width
    browser.go(f"{cool.page}/health")
    assert all(TEXTS[language][broken] in browser.text("#verdict") for broken in ("camera", "broker"))


def told(fridge: Fridge) -> list[Any]:
    """What there is to look at, as the agent knows it."""
    return list(fridge.api("/today")["concerns"])


def seen_soon(browser: Browser, fridge: Fridge, where: str) -> None:
    """From when the agent knows it, it takes two seconds to the page."""
    soon(lambda: any(one["where"] == where for one in told(fridge)), 30)
    lines = [one["where"] for one in told(fridge)].count(where)
    shown = "document.querySelectorAll(`.concerns a[href='${arguments[0]}']`).length >= arguments[1]"
    browser.until(shown, where, lines, patience_s=2)


def test_dates_come_first_and_every_row_has_one_colour(browser: Browser, stocked: Fridge) -> None:
    days = "[...document.querySelectorAll('#foods > .foods:first-child > .food')].map(one => one.className)"
    whole = "[...document.querySelectorAll('#foods .food')].filter(one => one.getBoundingClientRect().bottom < 784)"
    two = "[...document.querySelectorAll('.food')].filter(one => one.querySelector('.tag.caution, .tag.fresh'))"
    for _, width in views(browser, f"{stocked.page}/food"):
        due = browser.script(f"return {days}")
        assert len(due) >= 13
        assert all("over" in one or "soon" in one for one in due)
        assert browser.script("return document.querySelector('#undated').open") is False
        assert browser.script(f"return {two}.length") == 0
        if width == 390:
            assert browser.script(f"return {whole}.length") >= 8


def test_gone_is_one_press_and_can_be_undone_in_its_place(browser: Browser, stocked: Fridge) -> None:
    """By finger and by keyboard."""
    for number, (_, width) in enumerate(views(browser, f"{stocked.page}/food")):
        browser.script("scrollTo(0, 300)")
        before = browser.script("return scrollY")
        count = stocked.api("/foods")["total"]
        browser.script(_FOCUS_ONE_IN_SIGHT)
        if number % 2:
            browser.press_key(" ")
        else:
            browser.script("document.activeElement.click()")
        browser.until("document.querySelector('.food.went')")
        assert stocked.api("/foods")["total"] == count - 1
        row = browser.script("return document.querySelector('.food').getBoundingClientRect().height")
        assert abs(browser.script("return scrollY") - before) < max(row, 60), width
        browser.click_at(".food.went form[action$=back] button")
        browser.until("!document.querySelector('.food.went')")
        assert stocked.api("/foods")["total"] == count


_FOCUS_ONE_IN_SIGHT = """
    const all = [...document.querySelectorAll('.food .gone-now button')];
    all.find(one => one.getBoundingClientRect().top > 100).focus({preventScroll: true});
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_ten_foods_are_gone_in_ten_presses(browser: Browser, stocked: Fridge, language: str) -> None:
    """By finger, by keyboard, by a sweep; for ten seconds it can be undone, and told apart from what was eaten."""
    open_in(browser, language, f"{stocked.page}/food?shelf=soon")
    count = stocked.api("/foods")["total"]
    rows = "document.querySelectorAll('.food .gone-now').length"
    for press in range(10):
        left = browser.script(f"return {rows}")
        if press == 1:  # while the page is longer than the screen: what shrinks moves under an emulated finger
            browser.sweep(".food:has(.gone-now)")
        elif press % 2:
            browser.script("document.querySelector('.food .gone-now button').focus()")
            browser.press_key("\ue007")
        else:
            browser.click_at(".food .gone-now button")
        browser.until(f"{rows} === {left - 1}")
        if press == 0:
            browser.click_at(".food.went button.quiet")
            browser.until("!document.querySelector('.food.went button.quiet')")
    assert stocked.api("/foods")["total"] == count - 10
    browser.until("!document.querySelector('.food.went')", patience_s=14)
    gone = sorted(stocked.api("/foods?shelf=gone")["items"], key=lambda food: str(food["gone_at"]))[-10:]
    assert sorted(food["fate"] for food in gone) == ["eaten"] * 9 + ["thrown"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_session_card_says_what_the_fridge_says(browser: Browser, fridge: Fridge, language: str) -> None:
    """What was read, why it asks again, how often still; a name that is typed; what was registered. Seven stages."""
    words, field = TEXTS[language], "#stage .big, #stage form.name input"
    open_in(browser, language, fridge.page)

    def shows(text: str, selector: str = field, part: str = "#stage") -> None:
        browser.sees(text, part)
        for width in sizes(browser):
            assert browser.script(IN_SIGHT, selector), (text, width)
            assert language == "en" or not LATIN.search(browser.text("#stage"))

    opened(fridge)
    shows(words["show"])
    asked(fridge, "yogurt")
    shows(words["what"], f"{field}, #stage .known button")
    browser.sees(words["what"], "#announce")
    fridge.say_until("...", lambda now: now["asking"] is None or now["asking"]["why"] == "unintelligible")
    shows(words["unclear"])
    browser.sees(words["unclear"], "#announce")
    browser.sees(words["last"], "#stage")
    browser.write("#stage form.name input", "요구르트")
    browser.click_at("#stage form.name button")
    fridge.until(lambda now: now["asking"] is None and "요구르트" in [one["name"] for one in now["items"]])
    shows("요구르트", "#stage .big", "#stage .session")
    fridge.play("away")
    fridge.say_until("일반 등록", lambda now: now["asking"] is not None)
    shows(words["what"])
    fridge.api("/now/name", "POST", name="사과")
    fridge.until(lambda now: "사과" in [one["name"] for one in now["items"]])
    closed(fridge)
    shows(words["registered"], "#stage .session li")
    browser.sees(words["registered"], "#announce")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wake_phrase_that_was_almost_heard_leaves_a_trace(browser: Browser, fridge: Fridge, language: str) -> None:
    open_in(browser, language, fridge.page)
    opened(fridge)
    fridge.say_until("일반 등급", lambda now: any("lmost heard" in line["text"] for line in now["news"]))
    browser.script("document.querySelector('#news').open = true")
    browser.sees(TEXTS[language]["almost"], "#news")
    closed(fridge)


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
        browser.sees(TEXTS[language]["yes"], "#attention")
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
            assert not words.search(text), (path, width, words.search(text))
            if language == "ko":
                assert not LATIN.search(text), (path, LATIN.search(text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_grow_with_the_browsers_own_and_nothing_sticks_out(
    browser: Browser, fridge: Fridge, language: str
) -> None:
    open_in(browser, language, fridge.page)
    size = "parseFloat(getComputedStyle(document.querySelector('#foods')).fontSize)"
    usual = browser.script(f"return {size}")
    for standard in (32, 16):
        browser.tell("Page.setFontSizes", fontSizes={"standard": standard})
        for width in sizes(browser):
            assert browser.script(f"return {size}") == pytest.approx(usual * standard / 16), width
            assert browser.script(STICKS_OUT) <= 0, (standard, width)
    browser.click_at("form.look button[name=size]")
    browser.until("document.documentElement.classList.contains('large')")
    for width in sizes(browser):
        assert browser.script(f"return {size}") > 1.25 * usual, width
        assert browser.script(STICKS_OUT) <= 0, width
    browser.click_at("form.look button[name=size]")
    browser.until("!document.documentElement.classList.contains('large')")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_scrolls_sideways_at_any_width(browser: Browser, fridge: Fridge, language: str) -> None:
    for path in ("/", "/food", "/containers", f"/containers/{FISH}", "/delivery", "/health", "/play", "/phone"):
        open_in(browser, language, fridge.page + path)
        for width in range(320, 1441, 20):
            browser.look(width, "light")
            wide = browser.script(STICKS_OUT)
            assert wide <= 0, f"{path} sticks out by {wide} pixels at {width}"


def test_focus_stays_where_it_is(browser: Browser, fridge: Fridge) -> None:
    """Live changes take the focus from nobody; every row has a name of its own for a screen reader."""
    named = {"en": re.compile(r"Change .+, .+"), "ko": re.compile(r".+ 고치기, .+")}
    for number, (language, _) in enumerate(views(browser, f"{fridge.page}/food")):
        names = browser.script(
            "return [...document.querySelectorAll('.food summary')].map(one => one.getAttribute('aria-label'))"
        )
        assert names == [one for one in names if named[language].fullmatch(one)]
        browser.script("document.querySelector('.food summary').focus()")
        fridge.api("/foods", "POST", name=f"초점 {number:02}")
        browser.until("document.querySelector('#foods').textContent.includes(arguments[0])", f"초점 {number:02}")
        assert browser.script("return document.activeElement.tagName") == "SUMMARY"


def test_a_phone_comes_in_once_it_may_and_with_the_code_alone(browser: Browser, fridge: Fridge) -> None:
    browser.look(390, "light")
    browser.speaks("en", fridge.page)
    port, here = fridge.page.rpartition(":")[2], outside()
    browser.go(fridge.page)
    browser.click_at("form.look a")
    browser.sees("This page on your phone")
    browser.click("Let phones in")
    for language in LANGUAGES:
        open_in(browser, language, f"{fridge.page}/phone")
        browser.until("document.querySelector('.phone .code svg')")
        for width in sizes(browser):
            assert browser.script(IN_SIGHT, ".phone .code"), (language, width)
            assert browser.script(STICKS_OUT) <= 0, (language, width)
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
