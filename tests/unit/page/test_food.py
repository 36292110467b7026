import re
from datetime import date, datetime, timedelta

import pytest

from befresh_agent.domain.food import FoodItem, FoodType, uuid7
from befresh_agent.storage import meta_table
from befresh_agent.storage.message_table import MessageState
from tests.unit.page.conftest import BOX, Kitchen

TOMORROW, FAR = 1, 200


def day(after: int) -> date:
    """That many days from today."""
    return datetime.now().astimezone().date() + timedelta(days=after)


async def names(kitchen: Kitchen, query: str = "") -> list[str | None]:
    return [food["name"] for food in (await kitchen.json(f"/api/v1/foods{query}"))["items"]]


async def test_what_spoils_first_stands_first_and_what_has_no_date_goes_by_its_age(kitchen: Kitchen) -> None:
    for name, use_by, box in (
        ("우유", day(FAR), None),
        ("사과", None, None),
        ("김치", None, BOX),
        ("두부", day(TOMORROW), None),
    ):
        await kitchen.register(name, use_by, box)
    assert await names(kitchen) == ["두부", "사과", "김치", "우유"]
    assert await names(kitchen, "?shelf=dated") == ["두부", "우유"]
    assert await names(kitchen, "?shelf=undated") == ["사과", "김치"]
    assert await names(kitchen, "?shelf=soon") == ["두부"]
    assert await names(kitchen, "?shelf=containers") == ["김치"]


async def test_search_takes_letters_as_they_are(kitchen: Kitchen) -> None:
    for name in ("100% 주스", "오렌지 주스", "a_b", "axb"):
        await kitchen.register(name)
    assert await names(kitchen, "?search=주스") == ["100% 주스", "오렌지 주스"]
    assert await names(kitchen, "?search=%25") == ["100% 주스"]
    assert await names(kitchen, "?search=_") == ["a_b"]


async def test_an_unnamed_item_gets_its_name_and_travels(kitchen: Kitchen) -> None:
    item = await kitchen.register(None, day(FAR))
    page = await kitchen.browser.get("/food?shelf=unnamed")
    assert "without a name" in page.text
    sent = await kitchen.browser.post(f"/food/{item.id}", data={"name": " 우유 ", "back": "/food?shelf=unnamed"})
    assert sent.status_code == 303
    assert "The service is told now" in (await kitchen.browser.get(sent.headers["location"])).text
    (message,) = await kitchen.store.entries()
    assert '"name":"우유"' in message.message.body.decode()
    assert (await kitchen.json("/api/v1/foods"))["items"][0]["told"] == "sent"


async def test_what_was_sent_is_corrected_here_only_and_the_page_says_so(kitchen: Kitchen) -> None:
    item = await kitchen.register("우유", day(FAR))
    before = [entry.message.body for entry in await kitchen.store.entries()]
    answer = await kitchen.browser.patch(
        f"/api/v1/foods/{item.id}", json={"name": "두유", "use_by": day(TOMORROW).isoformat()}
    )
    assert answer.json()["told"] is False
    assert answer.json()["food"] | {"name": "두유", "days_left": 1, "corrected": True} == answer.json()["food"]
    assert "changed here only" in (await kitchen.browser.get("/food")).text
    assert [entry.message.body for entry in await kitchen.store.entries()] == before
    again = await kitchen.browser.patch(f"/api/v1/foods/{item.id}", json={"use_by": ""})
    assert again.json()["food"]["use_by"] == day(FAR).isoformat()


async def test_a_date_corrected_before_the_name_travels_with_it(kitchen: Kitchen) -> None:
    item = await kitchen.register(None, day(FAR))
    await kitchen.browser.patch(f"/api/v1/foods/{item.id}", json={"use_by": day(TOMORROW).isoformat(), "name": "우유"})
    (message,) = await kitchen.store.entries()
    assert day(TOMORROW).isoformat() in message.message.body.decode()


async def test_naming_by_the_form_leaves_the_date_alone(kitchen: Kitchen) -> None:
    item = await kitchen.register(None)
    await kitchen.browser.patch(f"/api/v1/foods/{item.id}", json={"use_by": day(TOMORROW).isoformat()})
    await kitchen.browser.post(f"/food/{item.id}", data={"name": "사과"})
    (food,) = (await kitchen.json("/api/v1/foods"))["items"]
    assert (food["name"], food["use_by"]) == ("사과", day(TOMORROW).isoformat())


async def test_taken_away_and_brought_back(kitchen: Kitchen) -> None:
    item = await kitchen.register("사과")
    gone = await kitchen.browser.post(f"/food/{item.id}/gone", follow_redirects=True)
    assert "사과: eaten." in gone.text
    assert "Undo" in gone.text
    assert await names(kitchen) == []
    assert await names(kitchen, "?shelf=gone") == ["사과"]
    back = await kitchen.browser.post(f"/food/{item.id}/back", follow_redirects=True)
    assert "Back on the list" in back.text
    assert await names(kitchen) == ["사과"]


async def test_an_unnamed_item_that_is_gone_no_longer_waits_for_a_name(kitchen: Kitchen) -> None:
    item = await kitchen.register(None)
    await kitchen.browser.delete(f"/api/v1/foods/{item.id}")
    assert await kitchen.store.unnamed() == []
    assert await kitchen.store.entries() == []
    await kitchen.browser.post(f"/api/v1/foods/{item.id}/restore")
    assert [one.id for one in await kitchen.store.unnamed()] == [item.id]


async def test_food_of_the_open_session_is_taken_back_at_the_button(kitchen: Kitchen) -> None:
    item = await kitchen.register(None)
    await kitchen.database.run(lambda c: c.execute("UPDATE items SET state = 'open'"))
    refused = await kitchen.browser.delete(f"/api/v1/foods/{item.id}")
    assert refused.status_code == 422
    assert "double press" in refused.json()["detail"]


@pytest.mark.parametrize(
    "change", [{"name": "   "}, {"name": "x" * 101}, {"use_by": "1815-06-18"}, {"use_by": "2026-02-30"}, {"colour": 1}]
)
async def test_what_cannot_be_is_refused_in_one_line(kitchen: Kitchen, change: dict[str, object]) -> None:
    item = await kitchen.register("사과")
    answer = await kitchen.browser.patch(f"/api/v1/foods/{item.id}", json=change)
    assert answer.status_code == 422
    assert await names(kitchen) == ["사과"]


async def test_a_form_with_nonsense_says_why(kitchen: Kitchen) -> None:
    item = await kitchen.register("사과")
    answer = await kitchen.browser.post(f"/food/{item.id}", data={"use_by": "soon"}, follow_redirects=True)
    assert "That did not work" in answer.text


async def test_names_are_shown_as_text_whatever_they_are(kitchen: Kitchen) -> None:
    await kitchen.register("<script>alert(1)</script>")
    page = (await kitchen.browser.get("/food")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


async def test_who_is_not_there_is_not_found(kitchen: Kitchen) -> None:
    nobody = uuid7(kitchen.clock.now())
    assert (await kitchen.browser.get(f"/api/v1/foods/{nobody}")).status_code == 404
    assert (await kitchen.browser.delete(f"/api/v1/foods/{nobody}")).status_code == 404
    missing = await kitchen.browser.post(f"/food/{nobody}/gone")
    assert missing.status_code == 404
    assert "no such page" in missing.text


async def test_long_lists_come_in_pages(kitchen: Kitchen) -> None:
    for number in range(45):
        await kitchen.register(f"food {number:02}", day(number))
    first, second = await kitchen.browser.get("/food"), await kitchen.browser.get("/food?offset=40")
    assert "1–40 of 45" in first.text
    assert ">food 39<" in first.text
    assert ">food 40<" not in first.text
    assert "41–45 of 45" in second.text
    assert len(await names(kitchen, "?offset=44&limit=10")) == 1


async def test_food_on_hand_is_remembered_when_its_message_is_forgotten(kitchen: Kitchen) -> None:
    kept, eaten = await kitchen.register("김치"), await kitchen.register("사과")
    await kitchen.browser.delete(f"/api/v1/foods/{eaten.id}")
    await kitchen.store.mark([1, 2], MessageState.DELIVERED)
    await kitchen.database.run(lambda c: meta_table.passed(c, 31 * 86_400))
    await kitchen.store.prune(30, 30)
    assert await kitchen.store.entries() == []
    assert await names(kitchen) == ["김치"]
    assert await kitchen.stock.item(kept.id) is not None
    assert await names(kitchen, "?shelf=gone") == []


async def test_a_doubted_date_is_shown_large_and_yes_lets_its_food_travel(kitchen: Kitchen) -> None:
    item = await kitchen.register(None, day(FAR), doubted=True)
    page = (await kitchen.browser.get("/")).text
    assert "Was this date read right?" in page
    named = await kitchen.browser.post(f"/food/{item.id}", data={"name": "우유"})
    assert "Saved." in (await kitchen.browser.get(named.headers["location"])).text
    assert list(await kitchen.store.entries()) == [], "a name alone does not tell that its date is right"
    yes = await kitchen.browser.post(f"/food/{item.id}/date", data={"right": "yes"})
    assert "Named: 우유. The service is told now." in (await kitchen.browser.get(yes.headers["location"])).text
    (message,) = await kitchen.store.entries()
    assert day(FAR).isoformat() in message.message.body.decode()
    assert "Was this date read right?" not in (await kitchen.browser.get("/")).text


async def test_food_with_a_wrong_date_leaves_the_list_and_is_never_told(kitchen: Kitchen) -> None:
    item = await kitchen.register("우유", day(FAR), doubted=True)
    no = await kitchen.browser.post(f"/food/{item.id}/date", data={"right": "no"})
    assert "never hears of it" in (await kitchen.browser.get(no.headers["location"])).text
    assert await names(kitchen) == []
    assert list(await kitchen.store.entries()) == []


async def test_whoever_sets_the_date_has_looked_at_it(kitchen: Kitchen) -> None:
    item = await kitchen.register("우유", day(FAR), doubted=True)
    assert (await kitchen.json("/api/v1/foods"))["items"][0]["doubted"]
    answer = await kitchen.browser.patch(f"/api/v1/foods/{item.id}", json={"use_by": day(TOMORROW).isoformat()})
    assert not answer.json()["food"]["doubted"]
    (message,) = await kitchen.store.entries()
    assert day(TOMORROW).isoformat() in message.message.body.decode()


async def test_what_has_just_gone_stands_in_its_place_on_the_page_alone(kitchen: Kitchen) -> None:
    item = await kitchen.register("사과")
    await kitchen.browser.post(f"/food/{item.id}/gone")
    assert await names(kitchen) == []
    page = (await kitchen.browser.get("/food")).text
    assert f"/food/{item.id}/back" in page
    assert "data-left=" in page


async def test_what_was_eaten_and_what_was_thrown_away_is_counted(kitchen: Kitchen) -> None:
    eaten, thrown, back = [await kitchen.register(name) for name in ("사과", "배", "귤")]
    for item in (eaten, thrown, back):
        await kitchen.browser.post(f"/food/{item.id}/gone")
    await kitchen.browser.delete(f"/api/v1/foods/{thrown.id}?fate=thrown")  # it was not eaten after all
    await kitchen.browser.post(f"/api/v1/foods/{back.id}/restore")
    assert "This month: 1 eaten, 1 thrown away." in (await kitchen.browser.get("/food?shelf=gone")).text
    fates = {one["name"]: one["fate"] for one in (await kitchen.json("/api/v1/foods?shelf=gone"))["items"]}
    assert fates == {"사과": "eaten", "배": "thrown"}


async def test_food_is_added_by_hand_in_the_page_and_in_the_api(kitchen: Kitchen) -> None:
    await kitchen.browser.post("/food", data={"name": "잼", "days": "7"})
    added = await kitchen.browser.post("/api/v1/foods", json={"name": "꿀", "container": BOX, "use_by": str(day(3))})
    assert added.status_code == 201
    assert (added.json()["food"]["use_by"], added.json()["food"]["container"]) == (str(day(3)), BOX)
    await kitchen.browser.post("/food", data={"name": "배", "use_by": ""})
    bodies = [
        re.sub(r'"itemId":"[^"]+",', "", entry.message.body.decode(), count=1)
        for entry in await kitchen.store.entries()
    ]
    assert bodies == [
        f'{{"refrigeratorId":17,"foodList":[{{"name":"잼","ftypeId":2,"expirationDate":"{day(7)}"}}]}}',
        f'{{"refrigeratorId":17,"foodList":[{{"name":"꿀","ftypeId":1,"qrId":"{BOX}"}}]}}',
        '{"refrigeratorId":17,"foodList":[{"name":"배","ftypeId":3}]}',
    ]


@pytest.mark.parametrize(
    "new", [{"name": " "}, {"name": "x", "use_by": "1815-06-18"}, {"name": "x", "container": "nowhere"}, {}]
)
async def test_nonsense_is_not_added(kitchen: Kitchen, new: dict[str, str]) -> None:
    assert (await kitchen.browser.post("/api/v1/foods", json=new)).status_code == 422
    assert await names(kitchen) == []
    if new:
        assert "That did not work" in (await kitchen.browser.post("/food", data=new, follow_redirects=True)).text


async def test_a_container_that_is_filled_again_has_been_emptied(kitchen: Kitchen) -> None:
    old, new = await kitchen.register("밥", box=BOX), await kitchen.register("된장찌개", box=BOX)
    assert await names(kitchen, "?shelf=containers") == ["된장찌개"]
    assert "Is 밥 gone?" in (await kitchen.browser.get("/")).text
    await kitchen.browser.post(f"/food/{old.id}/replaced", data={"gone": "false"})
    assert await names(kitchen, "?shelf=containers") == ["밥", "된장찌개"]
    assert "Is 밥 gone?" not in (await kitchen.browser.get("/")).text
    await kitchen.register("국", box=BOX)
    await kitchen.browser.post(f"/food/{new.id}/replaced")
    assert "Is 된장찌개 gone?" not in (await kitchen.browser.get("/")).text
    assert "This month: 1 eaten" in (await kitchen.browser.get("/food?shelf=gone")).text


async def test_taking_the_new_food_back_brings_the_old_one_back(kitchen: Kitchen) -> None:
    await kitchen.register("밥", box=BOX)
    now = kitchen.clock.now()
    again = FoodItem(uuid7(now), FoodType.CONTAINER, "된장찌개", now, BOX)
    await kitchen.store.add("s", again)
    assert await names(kitchen) == ["된장찌개"]
    await kitchen.store.remove(again.id)
    assert await names(kitchen) == ["밥"]


@pytest.mark.parametrize("path", ["/food?shelf=x", "/food/nobody", "/containers/nowhere?span=30d"])
async def test_an_address_that_makes_no_sense_is_a_page_that_is_not_there(kitchen: Kitchen, path: str) -> None:
    answer = await kitchen.browser.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "no such page" in answer.text
