"""The page as everybody sees it: in both languages, on a phone, the screen at the fridge and a desk, light and dark."""

from collections.abc import Iterator
from itertools import product
from typing import get_args

from tests.browser.driver import Browser, Scheme

LANGUAGES = ("ko", "en")
WIDTHS = (390, 800, 1440)
TEXTS = {
    "ko": {
        "show": "카메라에 음식을",
        "what": "무엇인가요?",
        "unclear": "알아듣지 못했습니다",
        "last": "마지막으로 묻습니다",
        "registered": "음식 2개를 등록했습니다",
        "almost": "비슷한 말을 들었지만",
        "offline": "연결되지 않습니다",
        "unsent": "저장하지 못했습니다",
        "camera": "카메라가 고장입니다",
        "broker": "음식 서비스에 연결할 수 없습니다",
        "yes": "네, 치웠어요",
    },
    "en": {
        "show": "Show food to the camera",
        "what": "hat is it?",
        "unclear": "it was not understood",
        "last": "This is the last try",
        "registered": "2 foods registered",
        "almost": "almost heard the wake phrase",
        "offline": "No connection to the fridge",
        "unsent": "Not saved",
        "camera": "The camera does not work",
        "broker": "The food service cannot be reached",
        "yes": "Yes, gone",
    },
}
"""A few of the page's own words."""


def open_in(browser: Browser, language: str, address: str) -> None:
    """The page in this language, on a phone."""
    browser.speaks(language, address)
    browser.look(390, "light")
    browser.go(address)


def sizes(browser: Browser) -> Iterator[int]:
    """The page that is open on every screen, light and dark; the width of each. Ends on a phone."""
    for width, scheme in product(WIDTHS, get_args(Scheme)):
        browser.look(width, scheme)
        yield width
    browser.look(390, "light")


def views(browser: Browser, address: str) -> Iterator[tuple[str, int]]:
    """The page at this address in every view; the language and the width of each."""
    for language in LANGUAGES:
        open_in(browser, language, address)
        for width in sizes(browser):
            yield language, width


IN_SIGHT = """
    const all = [...document.querySelectorAll(arguments[0])];
    const foot = innerWidth < 960 ? document.querySelector('.tabs').getBoundingClientRect().top : innerHeight;
    return all.length > 0 && all.every(one => {
        const box = one.getBoundingClientRect();
        return box.width > 0 && box.top >= 0 && box.bottom <= foot + 1;
    });
"""
"""Whether everything that matches can be seen without scrolling."""
STICKS_OUT = "return document.documentElement.scrollWidth - innerWidth"
"""By how many pixels the page is wider than its window."""
