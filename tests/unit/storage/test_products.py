"""What a barcode is called here: learnt from what was registered, corrected by hand, by lists where nobody knows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.known_product import KnownProduct, RefusedLine, read_list
from befresh_agent.errors import InvalidValue
from befresh_agent.storage import products
from befresh_agent.storage.database import Database
from befresh_agent.storage.inventory import FoodInventory
from befresh_agent.storage.store import OutboxStore
from tests.unit.storage.stand_ins import START, LeapingClock, general, packaged, register

MILK, TOFU = "08801234567893", "09506000134352"


def milk(name: str | None = "우유", days: int = 10) -> FoodItem:
    return replace(packaged(name), product=MILK, expires_on=START.date() + timedelta(days=days))


async def settled(store: OutboxStore, *foods: FoodItem) -> None:
    await register(store, foods[0].id, *foods)
    await store.settle(foods[0].id)


async def test_a_registered_pack_teaches_the_name_of_its_product(store: OutboxStore) -> None:
    assert await store.product(MILK) is None
    await settled(store, milk())
    assert await store.product(MILK) == KnownProduct(MILK, "우유", days=(10,))


async def test_what_was_taken_back_teaches_nothing(store: OutboxStore) -> None:
    pack = milk("두유")
    await register(store, "s", pack)
    await store.remove(pack.id)
    await store.settle("s")
    assert await store.product(MILK) is None


async def test_the_latest_name_counts_for_ever(store: OutboxStore) -> None:
    for name in ("두유", "우유"):
        await settled(store, milk(name))
    assert [found.name for found in [await store.product(MILK)] if found] == ["우유"]


async def test_a_name_given_later_counts_too(store: OutboxStore) -> None:
    pack = milk(None)
    await settled(store, pack)
    assert await store.product(MILK) is None
    await store.name(pack.id, "우유")
    assert [found.name for found in [await store.product(MILK)] if found] == ["우유"]


async def test_a_correction_by_hand_is_kept(database: Database, store: OutboxStore) -> None:
    pack, apple = milk("두유"), general()
    await settled(store, pack, apple)
    stock = FoodInventory(database, store, LeapingClock())
    await stock.rename(pack.id, "우유")
    await stock.rename(apple.id, "배")
    assert await store.product(MILK) == KnownProduct(MILK, "우유", days=(10,))
    assert [one.gtin for one in await database.run(lambda c: products.known(c, own=True))] == [MILK]


async def test_the_name_outlives_the_food(database: Database, store: OutboxStore) -> None:
    await settled(store, milk())
    await database.run(lambda c: c.execute("DELETE FROM items"))
    assert await store.product(MILK) is not None


async def test_days_left_are_an_early_estimate_of_the_latest_packs(store: OutboxStore) -> None:
    usual = []
    for days in (3, 12, 9, -1, 11, 10, 14):
        await settled(store, milk(days=days))
        found = await store.product(MILK)
        assert found is not None
        usual.append(found.usual_days)
    assert usual == [None, 3, 3, 3, 3, 3, 9]


async def test_a_list_names_only_what_nobody_here_named(database: Database, store: OutboxStore) -> None:
    await settled(store, milk())
    listed = [KnownProduct(MILK, "서울 우유 1L", own=False), KnownProduct(TOFU, "부침 두부", own=False)]
    assert await database.run(lambda c: products.import_listed(c, listed)) == 1
    assert [found.name for found in (await store.product(MILK), await store.product(TOFU)) if found] == [
        "우유",
        "부침 두부",
    ]
    await settled(store, replace(packaged("두부"), product=TOFU))
    assert await store.product(TOFU) == KnownProduct(TOFU, "두부", days=(10,))
    assert await database.run(products.forget_listed) == 0


def test_a_list_is_read_line_by_line() -> None:
    lines = ["code,NAME,Gtin\n", "x, 우유 ,8801234567893\n", "\n", "x,두부,123\n", "x,,09506000134352\n", "x\n"]
    read = list(read_list(lines))
    assert read[0] == KnownProduct(MILK, "우유", own=False)
    assert [one.number for one in read if isinstance(one, RefusedLine)] == [4, 5, 6]


@pytest.mark.parametrize("lines", [[], ["a,b\n"], ["gtin,name\n", '"' + "x" * 200_000]])
def test_what_is_no_list_is_refused(lines: list[str]) -> None:
    with pytest.raises(InvalidValue):
        list(read_list(lines))
