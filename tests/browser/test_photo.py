"""A phone registers food from its photos: with a thumb, with a script and without one."""

import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.conftest import Fridge
from tests.browser.driver import Browser
from tests.browser.test_looks import PICTURES

pytestmark = pytest.mark.browser

SAMPLES = Path(__file__).parents[2] / "config" / "scenarios" / "pictures"
TAKE, CHOOSE = "#shoot input[capture]", "#shoot input[multiple]"
DAY = "2030-03-15"
REACH = """
    const foot = document.querySelector('.tabs').getBoundingClientRect().top;
    const box = document.querySelector(arguments[0]).getBoundingClientRect();
    return box.height >= 44 && box.width >= 200 && box.left >= 0 && box.right <= innerWidth && box.bottom <= foot;
"""
"""Whether a thumb reaches it without scrolling."""


@pytest.fixture
def phone(browser: Browser, fridge: Fridge) -> Iterator[Browser]:
    browser.speaks("ko", fridge.page)
    browser.look(390, "light")
    yield browser
    browser.speaks("en", fridge.page)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """As phones make them: 12 megapixels."""
    photo = Image.open(SAMPLES / "milk.jpg").resize((4000, 2250))
    photo.save(tmp_path / "large.jpg", quality=95)
    return tmp_path / "large.jpg"


def names(fridge: Fridge) -> list[str]:
    return [food["name"] for food in fridge.api("/foods?shelf=all&limit=200")["items"]]


def test_a_thumb_takes_a_photo_and_registers_what_was_read(phone: Browser, fridge: Fridge, large: Path) -> None:
    phone.go("about:blank")
    phone.complaints()  # of a fridge that is gone
    phone.go(fridge.page)
    phone.click("사진으로")
    phone.sees("사진 찍기")
    assert phone.script(REACH, "#shoot label")
    phone.photograph(PICTURES / "photo-empty-390.png")
    phone.attach(TAKE, large)  # choosing it sends it
    phone.until(f"document.querySelector('.reading input[name=use_by]')?.value === '{DAY}'")
    phone.sees("2030년 3월 15일")
    phone.photograph(PICTURES / "photo-read-390.png")
    assert "사진 우유" not in names(fridge)
    phone.write(".reading input[name=name]", "사진 우유")
    phone.click_at(".reading button.main")
    phone.sees("사진 우유", "#said")
    phone.until("!document.querySelector('.reading')")
    assert "사진 우유" in names(fridge)
    assert phone.script(REACH, "#shoot label")
    assert phone.complaints() == []


def test_several_photos_are_done_one_after_the_other(phone: Browser, fridge: Fridge) -> None:
    phone.go(f"{fridge.page}/photo")
    phone.attach(CHOOSE, SAMPLES / "milk.jpg", SAMPLES / "container-kimchi.jpg")
    phone.until("document.querySelectorAll('.reading').length === 2")
    phone.sees("용기 코드", "#photo-2")
    phone.photograph(PICTURES / "photo-two-390.png")
    assert phone.script("return document.documentElement.scrollWidth <= innerWidth")
    phone.write("#photo-2 input[name=name]", "사진 김치")
    phone.click_at("#photo-2 button.main")
    phone.until("document.querySelectorAll('.reading').length === 1")
    phone.click_at("#photo-1 a.quiet")
    phone.until("document.querySelectorAll('.reading').length === 0")
    assert "사진 김치" in names(fridge)


def test_what_is_no_photo_is_said_in_the_persons_language(phone: Browser, fridge: Fridge, tmp_path: Path) -> None:
    torn = io.BytesIO((SAMPLES / "milk.jpg").read_bytes()[:9000])
    (tmp_path / "torn.jpg").write_bytes(torn.getvalue())
    phone.go(f"{fridge.page}/photo")
    phone.attach(TAKE, tmp_path / "torn.jpg")
    phone.sees("이 사진을 읽지 못했습니다", ".reading")
    phone.photograph(PICTURES / "photo-torn-390.png")


def test_while_the_fridge_registers_itself_a_phone_may_too(phone: Browser, fridge: Fridge) -> None:
    """The session and the photo share the workers; the session goes on."""
    fridge.play("press")
    fridge.until(lambda now: now["stage"] == "looking")
    phone.go(f"{fridge.page}/photo")
    phone.attach(TAKE, SAMPLES / "milk.jpg")
    phone.until(f"document.querySelector('.reading input[name=use_by]')?.value === '{DAY}'")
    assert fridge.now()["stage"] == "looking"
    fridge.play("show", "tofu")
    fridge.until(lambda now: now["asking"] is not None)
    fridge.say_until("두부", lambda now: "두부" in [item["name"] for item in now["items"]])


def test_without_a_script_it_is_a_plain_form(phone: Browser, fridge: Fridge) -> None:
    phone.tell("Emulation.setScriptExecutionDisabled", value=True)
    try:
        phone.go(f"{fridge.page}/photo")
        phone.photograph(PICTURES / "photo-without-script-390.png")
        phone.attach(TAKE, SAMPLES / "milk.jpg")
        phone.click_at("#shoot button.send")
        ends = time.monotonic() + 60
        while "read=" not in (read := phone.address):
            assert time.monotonic() < ends
            time.sleep(0.1)
    finally:
        phone.tell("Emulation.setScriptExecutionDisabled", value=False)
    phone.go(read)
    phone.until(f"document.querySelector('.reading input[name=use_by]')?.value === '{DAY}'")
