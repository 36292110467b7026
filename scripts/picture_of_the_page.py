"""Photograph the README's pictures of containers: date, air and heat of what is in them, in each language.

    PYTHONPATH=. python scripts/picture_of_the_page.py

Needs Chromium (scripts/setup.sh browser). It is the dry run that is played by hand, whose mackerel was given a day.
"""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image

from tests.browser.conftest import Fridge
from tests.browser.driver import Browser, opened

FOLDER = Path(__file__).parents[1] / "docs" / "images"
PICTURES = {"en": FOLDER / "containers.png", "ko": FOLDER / "containers.ko.png"}
FISH = "고등어"
WIDTH = 1120
MARGIN = 24


def give_a_day(fridge: Fridge) -> None:
    """As somebody in the house does it on the list."""
    (food,) = (one for one in fridge.api("/foods")["items"] if one["name"] == FISH)
    fridge.api(f"/foods/{food['id']}", "PATCH", use_by=f"{datetime.now().astimezone() + timedelta(days=2):%Y-%m-%d}")


def photograph(browser: Browser, fridge: Fridge, language: str) -> None:
    browser.speaks(language, fridge.page)
    browser.look(WIDTH, "light")
    browser.go(f"{fridge.page}/containers")
    browser.until("document.querySelectorAll('#boxes .days').length === 3")
    browser.until("document.querySelector('#boxes li.rising .days dd')")
    browser.photograph(PICTURES[language])
    bottom = browser.script("return document.querySelector('#boxes').getBoundingClientRect().bottom")
    with Image.open(PICTURES[language]) as whole:
        whole.crop((0, 0, whole.width, round(bottom) + MARGIN)).save(PICTURES[language], optimize=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Fridge(Path(folder)) as fridge:
        give_a_day(fridge)
        for language in PICTURES:
            with opened(Path(folder, language), language) as browser:
                photograph(browser, fridge, language)
    print("wrote", *PICTURES.values(), sep="\n")


if __name__ == "__main__":
    main()
