"""The page as everybody sees it: in both languages, on a phone, the screen at the fridge and a desk, light and dark."""

from collections.abc import Iterator
from itertools import product
from typing import get_args

from tests.browser.driver import Browser, Scheme

LANGUAGES = ("ko", "en")
WIDTHS = (390, 800, 1440)


def views(browser: Browser, address: str) -> Iterator[tuple[str, int]]:
    """The page at this address in every view; the language and the width of each."""
    for language in LANGUAGES:
        browser.speaks(language, address)
        browser.go(address)
        for width, scheme in product(WIDTHS, get_args(Scheme)):
            browser.look(width, scheme)
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
