"""`/food.ics` as a calendar reads it: lines unfolded, texts unescaped, the token in its address."""

from datetime import date

from befresh_agent.page.access_token import AccessToken
from tests.unit.page.conftest import BOX, Kitchen, Open

MILK_DAY = date(2030, 3, 15)


def events(body: bytes) -> list[dict[str, str]]:
    """The properties of each event, as RFC 5545 wants them to be read."""
    lines = body.decode().replace("\r\n ", "").split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert all(len(line.encode()) <= 75 for line in body.decode().split("\r\n"))
    found: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and name != "END":
            found[-1][name] = value.replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
    return found


async def test_each_food_stands_on_its_day(kitchen: Kitchen) -> None:
    milk = await kitchen.register("우유, 저지방; 1\\2 " + "가" * 80, MILK_DAY)
    await kitchen.register("사과")
    await kitchen.register("김치", box=BOX)
    nameless = await kitchen.register(None, date(2030, 4, 1))
    answer = await kitchen.browser.get("/food.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    first, second = events(answer.content)
    assert (first["UID"], first["DTSTART;VALUE=DATE"], first["SUMMARY"]) == (
        f"{milk.id}@befresh-agent",
        "20300315",
        "우유, 저지방; 1\\2 " + "가" * 80,
    )
    assert (second["UID"], second["SUMMARY"]) == (f"{nameless.id}@befresh-agent", "without a name")


async def test_unchanged_it_is_not_sent_again_and_eaten_food_leaves_it(kitchen: Kitchen) -> None:
    milk = await kitchen.register("우유", MILK_DAY)
    tag = {"if-none-match": (await kitchen.browser.get("/food.ics")).headers["etag"]}
    again = await kitchen.browser.get("/food.ics", headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    await kitchen.stock.take_away(milk.id)
    changed = await kitchen.browser.get("/food.ics", headers=tag)
    assert (changed.status_code, events(changed.content)) == (200, [])


async def test_the_token_stays_in_its_address(kitchen_with: Open) -> None:
    async with kitchen_with(token="always") as kitchen:
        token = AccessToken(kitchen.database.path.parent).value()
        refused, wrong, let_in, page = [
            (await kitchen.browser.get(path, follow_redirects=False)).status_code
            for path in ("/food.ics", "/food.ics?token=wrong", f"/food.ics?token={token}", f"/?token={token}")
        ]
    assert (refused, wrong, let_in, page) == (401, 401, 200, 303)
