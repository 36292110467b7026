"""How the page looks, on a phone, a small touch screen and a desk, light and dark; and whether everybody can use it."""

from functools import partial
from importlib import resources
from itertools import product
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from tests.browser.conftest import Fridge
from tests.browser.driver import Browser, Scheme

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
"""Kept: by them a person judges whether it looks good."""
WIDTHS = (390, 800, 1440)
FISH = "C4:5D:83:10:2A:02"
TABS = {
    "now": "/",
    "food": "/food",
    "photo": '/photo?read={"use_by":"2030-03-15","confidence":0.6,"gtin":"08801234567893"}',
    "containers": "/containers",
    "container": f"/containers/{FISH}?span=24h",
    "delivery": "/delivery",
    "health": "/health",
    "fridge": "/play",
}
SERIOUS = {"serious", "critical"}


@pytest.fixture
def used(fridge: Fridge) -> Fridge:
    """A fridge in which something has been registered."""
    fridge.play("press")
    fridge.until(lambda now: now["stage"] == "looking")
    for name in ("양배추", "사과"):
        fridge.say_until("일반 등록", lambda now: now["stage"] == "listening")
        fridge.say_until(name, partial(_has, name))
    fridge.play("press")
    fridge.until(lambda now: now["stage"] == "closed")
    return fridge


def _has(name: str, now: Any) -> bool:
    return name in [item["name"] for item in now["items"]]


def test_it_looks_good_everywhere(browser: Browser, used: Fridge) -> None:
    """Nothing sticks out, the browser has nothing to complain of; the pictures are in build/screenshots."""
    browser.go("about:blank")
    browser.complaints()  # of a fridge that is gone
    for (tab, path), width, scheme in product(TABS.items(), WIDTHS, get_args(Scheme)):
        browser.look(width, scheme)
        browser.go(used.page + path)
        browser.until("document.querySelector('main').innerText.length > 20")
        browser.photograph(PICTURES / f"{tab}-{width}-{scheme}.png")
        wide = browser.script("return document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{tab} sticks out by {wide} pixels at {width}"
    assert browser.complaints() == []


@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_everybody_can_use_it(browser: Browser, used: Fridge, scheme: Scheme) -> None:
    axe = resources.files("axe_core_python").joinpath("axe.min.js").read_text()
    found: dict[str, Any] = {}
    for (tab, path), width in product(TABS.items(), (390, 1440)):
        browser.look(width, scheme)
        browser.go(used.page + path)
        browser.script(axe + "; window.axe = axe;")
        for broken in browser.script("return (await axe.run(document)).violations"):
            if broken["impact"] in SERIOUS:
                places = [node["target"] for node in broken["nodes"]]
                found[f"{tab} at {width}: {broken['id']}"] = places
    assert found == {}


def test_fingers_find_what_they_press(browser: Browser, used: Fridge) -> None:
    """On a touch screen nothing to be pressed is smaller than 24 pixels, and buttons are at least 44 high."""
    small = """
        return [...document.querySelectorAll('main button, main summary, nav a')]
            .filter(one => one.offsetParent && one.getBoundingClientRect().height < 44)
            .map(one => one.outerHTML)
    """
    browser.look(390, "light")
    for path in TABS.values():
        browser.go(used.page + path)
        assert browser.script(small) == []


def test_it_can_be_read_without_a_script(browser: Browser, used: Fridge) -> None:
    browser.look(800, "light")
    browser.tell("Emulation.setScriptExecutionDisabled", value=True)
    try:
        for tab, path in TABS.items():
            browser.go(used.page + path)
            browser.photograph(PICTURES / f"{tab}-without-script.png")
        shown = httpx.get(f"{used.page}/food").text
        assert "사과" in shown
        assert "양배추" in shown
    finally:
        browser.tell("Emulation.setScriptExecutionDisabled", value=False)
