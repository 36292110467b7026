"""How many taps a household's wishes take, from the start page on; typing is no tap."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Fridge
from tests.browser.driver import Browser
from tests.browser.views import IN_SIGHT, LANGUAGES, open_in, sizes

pytestmark = pytest.mark.browser

FISH = "C4:5D:83:10:2A:02"
TRACE = {"ko": "비슷한 말을 들었지만", "en": "almost heard the wake phrase"}
NIGHT = {"ko": "지난밤", "en": "Last night between"}


class Finger:
    """Taps in one browser, and counts them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.taps = 0

    def tap(self, selector: str) -> None:
        self._browser.click_at(selector)
        self.taps += 1


@pytest.fixture
def kitchen(tmp_path: Path) -> Iterator[Fridge]:
    """A fridge of its own: milk is for today, and somebody's wake phrase was almost heard."""
    today = datetime.now().astimezone().date().isoformat()
    with Fridge(tmp_path) as fridge:
        fridge.api("/foods", "POST", name="우유", use_by=today)
        fridge.play("press")
        fridge.until(lambda now: now["stage"] == "looking")
        fridge.say_until("일반 등급", lambda now: any(TRACE["en"] in line["text"] for line in now["news"]))
        fridge.play("press")
        fridge.until(lambda now: now["stage"] == "closed")
        yield fridge


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_wish_takes_few_taps(browser: Browser, kitchen: Fridge, language: str) -> None:
    open_in(browser, language, kitchen.page)
    for number, _ in enumerate(sizes(browser)):
        taps = {
            "eat first": none(browser, kitchen, ".concerns .eat"),
            "is all right": none(browser, kitchen, "#attention"),
            "bad container": none(browser, kitchen, ".concerns .container"),
            "last night": last_night(browser, kitchen, language),
            "why not heard": why_not_heard(browser, kitchen, language),
            "add by hand": add_by_hand(browser, kitchen, f"잼 {language} {number}"),
            "change a date": change_a_date(browser, kitchen, number),
            "took it out": took_it_out(browser, kitchen),
            "larger": larger(browser, kitchen),
        }
        assert taps == {
            "eat first": 0,
            "is all right": 0,
            "bad container": 0,
            "last night": 1,
            "why not heard": 1,
            "add by hand": 3,
            "change a date": 3,
            "took it out": 1,
            "larger": 1,
        }
    assert partners_phone(browser, kitchen) == 2


def none(browser: Browser, fridge: Fridge, selector: str) -> int:
    """It is in sight on the start page."""
    browser.go(fridge.page)
    browser.until(f"(() => {{ {IN_SIGHT} }})()", selector, patience_s=5)
    return 0


def last_night(browser: Browser, fridge: Fridge, language: str) -> int:
    finger = Finger(browser)
    browser.go(fridge.page)
    finger.tap(f".concerns a[href$='{FISH}']")
    browser.sees(NIGHT[language], "#box")
    return finger.taps


def why_not_heard(browser: Browser, fridge: Fridge, language: str) -> int:
    finger = Finger(browser)
    browser.go(fridge.page)
    if browser.script("return document.querySelector('#news').open"):  # a desk has room for it
        finger.taps = 1
    else:
        finger.tap("#news > summary")
    browser.sees(TRACE[language], "#news")
    return finger.taps


def add_by_hand(browser: Browser, fridge: Fridge, name: str) -> int:
    finger = Finger(browser)
    browser.go(fridge.page)
    finger.tap("#add > summary")
    finger.tap("#add input[name=name]")
    browser.write("#add input[name=name]", name)
    finger.tap("#add button[name=days][value='7']")
    browser.sees(name, "#said")
    return finger.taps


def named(fridge: Fridge, name: str) -> list[dict[str, Any]]:
    """What is called exactly so."""
    return [food for food in fridge.api(f"/foods?search={name}")["items"] if food["name"] == name]


def change_a_date(browser: Browser, fridge: Fridge, number: int) -> int:
    finger = Finger(browser)
    milk = min(named(fridge, "우유"), key=lambda food: str(food["use_by"] or "9999"))
    row, day = f"#f-{milk['id']}", datetime.now().astimezone().date() + timedelta(days=1 + number % 2)
    browser.go(fridge.page)
    finger.tap(f"{row} summary")
    finger.tap(f"{row} input[name=use_by]")
    browser.script("document.querySelector(arguments[0]).value = arguments[1]", f"{row} input[name=use_by]", str(day))
    finger.tap(f"{row} button.main")
    ends = time.monotonic() + 10
    while str(day) not in [food["use_by"] for food in named(fridge, "우유") if food["id"] == milk["id"]]:
        assert time.monotonic() < ends
        time.sleep(0.05)
    fridge.api(f"/foods/{milk['id']}", "PATCH", use_by=str(datetime.now().astimezone().date()))
    return finger.taps


def took_it_out(browser: Browser, fridge: Fridge) -> int:
    finger = Finger(browser)
    milk = min(named(fridge, "우유"), key=lambda food: str(food["use_by"] or "9999"))
    browser.go(fridge.page)
    finger.tap(f"#f-{milk['id']} .gone-now button")
    browser.until("document.querySelector(arguments[0])", f"#f-{milk['id']}.went")
    fridge.api(f"/foods/{milk['id']}/restore", "POST")
    return finger.taps


def larger(browser: Browser, fridge: Fridge) -> int:
    finger = Finger(browser)
    browser.go(fridge.page)
    finger.tap("form.look button[name=size]")
    browser.until("document.documentElement.classList.contains('large')")
    taps = finger.taps
    browser.click_at("form.look button[name=size]")
    browser.until("!document.documentElement.classList.contains('large')")
    return taps


def partners_phone(browser: Browser, fridge: Fridge) -> int:
    finger = Finger(browser)
    browser.go(fridge.page)
    finger.tap("form.look a")
    finger.tap(".phone button[value=true]")
    browser.until("document.querySelector('.phone .code svg')")
    taps = finger.taps
    browser.until("!document.body.classList.contains('lost')", patience_s=8)
    browser.click_at(".phone button[value=false]")
    browser.until("document.querySelector('.phone button[value=true]')")
    return taps
