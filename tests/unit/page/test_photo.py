"""A phone as a second camera: real files over a real socket to the real workers, and what is registered in the end."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import segno
from PIL import Image

from befresh_agent.page.tabs.photo_tab import LARGEST_UPLOAD, MOST_PHOTOS
from tests.delivery.consumers import as_before
from tests.unit.page.conftest import BOX, Kitchen

PICTURES = Path(__file__).parents[3] / "config" / "scenarios" / "pictures"
MILK, KIMCHI = (PICTURES / "milk.jpg").read_bytes(), (PICTURES / "container-kimchi.jpg").read_bytes()
GTIN = "08801234567893"
MILK_DAY = "2030-03-15"


def pack(text: str) -> bytes:
    """A photo of a code."""
    code = io.BytesIO()
    segno.make(text, error="m").save(code, kind="png", scale=12, border=6)
    table = Image.new("L", (1600, 1200), 180)
    table.paste(Image.open(code).convert("L"), (500, 300))
    photo = io.BytesIO()
    table.save(photo, "JPEG")
    return photo.getvalue()


def readings(answer: httpx.Response) -> list[dict[str, object]]:
    """What the page is sent on with."""
    assert answer.status_code == 303, answer.text
    return [json.loads(text) for text in parse_qs(urlsplit(answer.headers["location"]).query).get("read", [])]


PATIENCE_S = 120
"""The workers load their libraries for each photo, and the machine may have other work."""


@pytest.fixture(autouse=True)
def patient(kitchen: Kitchen) -> None:
    kitchen.browser.timeout = httpx.Timeout(PATIENCE_S)


async def send(kitchen: Kitchen, *photos: bytes) -> httpx.Response:
    return await kitchen.browser.post("/photo", files=[("photo", ("photo.jpg", photo)) for photo in photos])


async def bodies(kitchen: Kitchen) -> list[dict[str, object]]:
    return [json.loads(entry.message.body) for entry in await kitchen.store.entries()]


async def test_a_date_is_read_shown_and_counts_once_it_is_confirmed(kitchen: Kitchen) -> None:
    answer = await send(kitchen, MILK)
    (reading,) = readings(answer)
    assert (reading["use_by"], reading["sure"]) == (MILK_DAY, True)
    page = (await kitchen.browser.get(answer.headers["location"])).text
    assert f'name="use_by" value="{MILK_DAY}"' in page
    assert await bodies(kitchen) == []
    assert kitchen.vision.pids == []
    registered = await kitchen.browser.post("/food", data={"name": "우유", "use_by": MILK_DAY, "back": "/photo"})
    assert "우유 is on the list." in (await kitchen.browser.get(registered.headers["location"])).text
    (body,) = await bodies(kitchen)
    assert as_before(body["foodList"]) == [{"name": "우유", "ftypeId": 2, "expirationDate": MILK_DAY}]


async def test_a_container_joins_the_roster_with_what_is_in_it(kitchen: Kitchen) -> None:
    answer = await send(kitchen, KIMCHI)
    page = (await kitchen.browser.get(answer.headers["location"])).text
    assert f'<option value="{BOX}" selected>' in page
    await kitchen.browser.post("/food", data={"name": "김치", "container": BOX})
    (body,) = await bodies(kitchen)
    assert as_before(body["foodList"]) == [{"name": "김치", "ftypeId": 1, "qrId": BOX}]
    assert [box["address"] for box in await kitchen.json("/api/v1/containers")] == [BOX]


async def test_a_product_is_called_what_it_was_called_last_time(kitchen: Kitchen) -> None:
    photo = pack(f"(01){GTIN}(17)300315(10)L7")
    async with kitchen.vision:
        first, second = await send(kitchen, photo), await send(kitchen, photo)
    (reading,) = readings(first)
    assert reading == {"gtin": GTIN, "lot": "L7", "use_by": MILK_DAY, "confidence": 1.0, "sure": True}
    assert 'name="name" value=""' in (await kitchen.browser.get(first.headers["location"])).text
    await kitchen.browser.post("/food", data={"name": "우유", "use_by": MILK_DAY, "gtin": GTIN, "lot": "L7"})
    (body,) = await bodies(kitchen)
    assert isinstance(body["foodList"], list)
    assert {"gtin": GTIN, "lot": "L7"}.items() <= body["foodList"][0].items()
    assert 'name="name" value="우유"' in (await kitchen.browser.get(second.headers["location"])).text


async def test_usual_days_are_proposed_where_no_date_is_printed(kitchen: Kitchen) -> None:
    today = datetime.now().astimezone().date()
    for days in (9, 7):
        use_by = (today + timedelta(days=days)).isoformat()
        await kitchen.browser.post("/food", data={"name": "우유", "use_by": use_by, "gtin": GTIN})
    shown = await kitchen.browser.post("/photo", files={"photo": pack(f"(01){GTIN}")}, follow_redirects=True)
    assert "Register with its usual days: 7" in shown.text
    await kitchen.browser.post("/food", data={"name": "우유", "days": "7", "gtin": GTIN})
    newest = (await bodies(kitchen))[-1]["foodList"]
    assert isinstance(newest, list)
    assert newest[0]["expirationDate"] == (today + timedelta(days=7)).isoformat()


async def test_several_photos_are_each_confirmed_or_left_out(kitchen: Kitchen) -> None:
    """What is done leaves the page, the others stay; one that is no photo costs them nothing."""
    answer = await send(kitchen, MILK, b"no photo at all", KIMCHI)
    found = readings(answer)
    assert [one.get("trouble") for one in found] == [None, "not a picture", None]
    page = (await kitchen.browser.get(answer.headers["location"])).text
    assert "This photo was not read: not a picture" in page
    assert [f'id="photo-{number}"' in page for number in (1, 2, 3)] == [True, True, True]
    form = page.partition('id="photo-1"')[2]
    back = form.partition('name="back" value="')[2].partition('"')[0].replace("&amp;", "&").replace("&#34;", '"')
    done = await kitchen.browser.post("/food", data={"name": "우유", "use_by": MILK_DAY, "back": back})
    rest = (await kitchen.browser.get(done.headers["location"])).text
    assert [f'id="photo-{number}"' in rest for number in (1, 2, 3)] == [False, True, True]
    assert "우유 is on the list." in rest


async def test_where_nothing_is_read_it_is_typed(kitchen: Kitchen) -> None:
    dark = io.BytesIO()
    Image.new("L", (800, 600), 5).save(dark, "PNG")
    shown = await kitchen.browser.post("/photo", files={"photo": dark.getvalue()}, follow_redirects=True)
    assert "It is too dark to read anything: make light." in shown.text
    assert 'name="use_by" value=""' in shown.text


async def test_a_doubtful_date_is_marked(kitchen: Kitchen) -> None:
    doubt = json.dumps({"use_by": "2030-03-15", "confidence": 0.6})
    page = (await kitchen.browser.get("/photo", params={"read": doubt})).text
    assert "Please check this date: it was not read surely." in page
    assert "60 %" in page


async def test_an_address_that_somebody_made_up_proposes_at_most(kitchen: Kitchen) -> None:
    """Nothing of it is markup, and nothing of it counts by itself."""
    evil = "<script>alert(1)</script>"
    made_up = [
        json.dumps({"trouble": evil, "name": evil}),
        json.dumps({"number": 2, "container": evil}),
        json.dumps({"number": 3, "gtin": evil, "lot": evil}),
        "no json",
        "[" * 600,
    ]
    page = await kitchen.browser.get("/photo", params={"read": made_up})
    assert page.status_code == 200
    assert evil not in page.text
    assert (await kitchen.browser.get("/photo", params={"read": ["{}"] * (MOST_PHOTOS + 1)})).status_code == 404
    assert await bodies(kitchen) == []
    for data in ({"gtin": evil}, {"gtin": "12345678901234"}, {"lot": "x" * 30}, {"container": evil}):
        answer = await kitchen.browser.post("/food", data={"name": "우유", **data}, follow_redirects=True)
        assert "That did not work" in answer.text
    assert await bodies(kitchen) == []


async def test_no_photo_at_all(kitchen: Kitchen) -> None:
    for files in ([("photo", ("", b""))], [("other", ("a.jpg", MILK))]):
        answer = await kitchen.browser.post("/photo", files=files, follow_redirects=True)
        assert "Choose a photo first." in answer.text
    plain = await kitchen.browser.post("/photo", content=b"what=ever", follow_redirects=True)
    assert "Choose a photo first." in plain.text


async def test_too_much_is_refused_before_it_is_taken_in(kitchen: Kitchen) -> None:
    for path in ("/photo", "/api/v1/photos"):
        answer = await kitchen.browser.post(path, content=bytes(LARGEST_UPLOAD + 1))
        assert answer.status_code == 413
    many = await kitchen.browser.post("/photo", files=[("photo", ("a.jpg", b"x"))] * (MOST_PHOTOS + 1))
    assert many.status_code == 400


async def test_too_much_without_saying_so_is_cut_off(kitchen: Kitchen) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_UPLOAD // 65_536 + 2):
            yield bytes(65_536)

    with contextlib.suppress(httpx.TransportError):  # it may be cut off before it could listen to the answer
        assert (await kitchen.browser.post("/api/v1/photos", content=endless())).status_code == 413
    assert (await kitchen.browser.post("/api/v1/photos", content=KIMCHI)).json()["container"] == BOX


async def test_one_photo_is_taken_in_at_a_time(kitchen: Kitchen) -> None:
    """Whoever comes meanwhile waits with its photo, and nobody is refused for that."""
    answers = await asyncio.gather(*(kitchen.browser.post("/api/v1/photos", content=KIMCHI) for _ in range(3)))
    assert [answer.json()["container"] for answer in answers] == [BOX] * 3
    assert kitchen.vision.pids == []


async def test_programs_send_the_photo_as_it_is(kitchen: Kitchen) -> None:
    read = (await kitchen.browser.post("/api/v1/photos", content=MILK)).json()
    assert date.fromisoformat(read["use_by"]) == date(2030, 3, 15)
    new = {"name": "우유", "use_by": read["use_by"], "gtin": GTIN}
    added = await kitchen.browser.post("/api/v1/foods", json=new)
    assert added.status_code == 201
    for content, why in ((b"no photo", "not a picture"), (b"", "there is no photo")):
        answer = await kitchen.browser.post("/api/v1/photos", content=content)
        assert (answer.status_code, answer.json()["detail"]) == (422, why)
    described = (await kitchen.json("/api/v1/openapi.json"))["paths"]["/api/v1/photos"]["post"]
    assert described["requestBody"]["content"]["image/*"]["schema"]["format"] == "binary"


async def test_another_site_sends_no_photo(kitchen: Kitchen) -> None:
    evil = await kitchen.browser.post("/photo", content=MILK, headers={"origin": "http://evil.example"})
    assert evil.status_code == 403


async def test_without_a_date_reader_it_says_why(kitchen: Kitchen) -> None:
    kitchen.vision._program = kitchen.vision._program.__class__(_crash, "auto")
    answer = await kitchen.browser.post("/api/v1/photos", content=MILK)
    assert answer.status_code == 503
    assert "died" in answer.json()["detail"]
    shown = await kitchen.browser.post("/photo", files={"photo": MILK}, follow_redirects=True)
    assert "This photo was not read" in shown.text


def _crash(*_: object) -> None:
    """A worker that ends at once."""
