"""Many tabs of the page at once, as people leave them open: a browser has six connections to a place in all."""

from collections.abc import Iterator
from typing import Literal

import pytest

from tests.browser.conftest import Fridge
from tests.browser.driver import Browser

pytestmark = pytest.mark.browser

ANSWERS = "return await fetch(location.href, {signal: AbortSignal.timeout(10000)}).then(answer => answer.status)"


@pytest.fixture
def alone(browser: Browser) -> Iterator[str]:
    """The tab there is; others are closed at the end."""
    (first,) = browser.tabs()
    yield first
    for handle in browser.tabs():
        if handle != first:
            browser.turn_to(handle)
            browser.close()
    browser.turn_to(first)


@pytest.mark.parametrize("kind", ["tab", "window"])
def test_nine_of_them_are_all_answered_and_all_live(
    browser: Browser, fridge: Fridge, alone: str, kind: Literal["tab", "window"]
) -> None:
    browser.speaks("en", fridge.page)
    browser.go(fridge.page)
    handles = [alone, *(browser.open(kind, f"{fridge.page}/food") for _ in range(7))]
    last = browser.open(kind, fridge.page)
    assert browser.script(ANSWERS) == 200
    fridge.play("press")
    browser.sees("Show food to the camera", "#stage")
    for handle in (*handles, last):
        browser.turn_to(handle)
        assert browser.script(ANSWERS) == 200
