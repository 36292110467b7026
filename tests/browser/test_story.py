"""What a person who has never seen the program can do with a browser alone."""

import contextlib

import httpx
import pytest

from tests.browser.conftest import Fridge
from tests.browser.driver import Browser

pytestmark = pytest.mark.browser


def show(browser: Browser, sample: str, name: str) -> None:
    """Hold something before the camera and say what it is when asked."""
    browser.click(sample, part="section[@id='camera']")
    browser.sees("Say the food's name", "#stage")
    say(browser, name, f"registered {name}", "#news")


def call(browser: Browser, name: str) -> None:
    """Register something without a code."""
    say(browser, "일반 등록", "Say the food's name", "#stage")
    say(browser, name, f"registered {name}", "#news")


def say(browser: Browser, words: str, answer: str, part: str) -> None:
    """Say it, and again as long as it was not heard: nobody listens while a sound is played."""
    shown = "document.querySelector(arguments[0]).innerText.includes(arguments[1])"
    while not browser.script(f"return {shown}", part, answer):
        browser.write("form.name input[name=what]", words)
        browser.click("Say", part="form[@class='name']")
        with contextlib.suppress(AssertionError):
            browser.until(shown, part, answer, patience_s=2)


def test_four_foods_one_without_a_name_an_undo_and_an_outage(browser: Browser, fridge: Fridge) -> None:
    browser.look(1440, "light")
    browser.go(f"{fridge.page}/play")
    browser.click("Press", part="section[@id='stage']")
    browser.sees("Show food to the camera", "#stage")

    show(browser, "container", "딸기")
    show(browser, "우유", "우유")
    call(browser, "모과")

    browser.click("Double press")
    browser.sees("was taken back.", "#stage")
    call(browser, "배")

    browser.click("두부", part="section[@id='camera']")
    browser.sees("The food is kept without a name.", "#stage")
    browser.click("Press", part="section[@id='stage']")
    browser.sees("The fridge is waiting", "#stage")

    browser.click("Cut the broker")
    name_what_has_none(browser, fridge)
    outage(browser, fridge)


def name_what_has_none(browser: Browser, fridge: Fridge) -> None:
    browser.go(f"{fridge.page}/food")
    browser.click_at("#undated > summary")
    assert "모과" not in browser.text()
    for name in ("딸기", "우유", "배", "without a name"):
        browser.sees(name)
    before = tofu(fridge)
    browser.go(f"{fridge.page}/food?shelf=unnamed")
    browser.write("form.name input[name=name]", "두부")
    browser.click("Save name")
    browser.sees("Named: 두부")
    assert tofu(fridge) == before + 1


def tofu(fridge: Fridge) -> int:
    """How many foods of that name there are."""
    found = httpx.get(f"{fridge.page}/api/v1/foods", params={"search": "두부"}).json()["items"]
    return [food["name"] for food in found].count("두부")


def outage(browser: Browser, fridge: Fridge) -> None:
    """What was named just now waits, and goes out by itself."""
    browser.go(f"{fridge.page}/delivery")
    browser.sees("The broker is out of reach")
    browser.sees("Nothing is lost")
    fridge.play("break", "broker", on=False)
    browser.sees("Everything is delivered")


def test_the_container_whose_content_turns_is_seen(browser: Browser, fridge: Fridge) -> None:
    browser.look(1440, "light")
    browser.go(f"{fridge.page}/containers")
    browser.sees("Its air", "#boxes li.rising")
    browser.sees("고등어", "#boxes li.rising")
    browser.click("고등어")
    for span in ("1h", "24h", "7d"):
        browser.click_at(f"nav a[href*='{span}']")
        browser.until("location.search.includes(arguments[0])", span)
        browser.until("document.querySelectorAll('#charts svg').length === 4")
    browser.until("document.querySelector('#charts svg .gap')")
    browser.click("Details")
    browser.sees("not of food")
