"""Shopping twice and supper, played by the whole program: one name is spoken, and the list is right in the end."""

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest

from tests.agent.program import exported, started
from tests.agent.test_demo import conforms
from tests.delivery.consumers import as_before
from tests.product_service import KEY, ProductServer


async def test_milk_bought_twice_is_named_once_and_supper_leaves_the_list() -> None:
    async with started("run", "--dry-run", "--exit-when-done", "--scenario", "shopping-twice") as program:
        assert await program.ended() == 0, "\n".join(program.lines)
    text = "\n".join(program.lines)
    assert text.count("heard “우유”") == text.count("asked whether it is “우유” again") == 1
    first, second, removed = [one["body"] for one in await exported() if "data" not in one["body"]]
    milk = {"name": "우유", "ftypeId": 2, "expirationDate": "2030-06-21"}
    assert as_before(first["foodList"]) == [milk, {"name": "김치", "ftypeId": 1, "qrId": "FB:89:EB:22:95:84"}]
    assert as_before(second["foodList"]) == [milk]
    conforms("food-removed", removed)
    assert [(food["name"], food["ftypeId"]) for food in removed["removedList"]] == [("김치", 1), ("우유", 2)]
    assert listed() == ["우유"]


def listed() -> list[str]:
    """The names of what is in the fridge."""
    (file,) = Path(os.environ["XDG_STATE_HOME"]).rglob("agent.db")
    with contextlib.closing(sqlite3.connect(file)) as reader:
        rows = reader.execute(
            "SELECT name FROM items WHERE id NOT IN (SELECT item FROM item_notes WHERE gone_at IS NOT NULL)"
        )
        return [name for (name,) in rows]


async def test_a_service_outside_names_what_nobody_here_has_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The milk's name is proposed the first time, too, as it came in time; the service is asked once."""
    server = ProductServer()
    monkeypatch.setenv("BEFRESH_PRODUCTS_LOOKUP", server.address)
    monkeypatch.setenv("BEFRESH_PRODUCTS_LOOKUP_WAIT_S", "10")
    monkeypatch.setenv("BEFRESH_SECRETS_PRODUCTS_KEY", KEY)
    server.everything_is = "우유"
    try:
        async with started("run", "--dry-run", "--exit-when-done", "--scenario", "shopping-twice") as program:
            assert await program.ended() == 0, "\n".join(program.lines)
    finally:
        server.close()
    assert "\n".join(program.lines).count("asked whether it is “우유” again") == 2
    assert len(server.asked) == 1
    assert f"/api/{KEY}/product/" in server.asked[0]
    assert KEY not in "\n".join(program.lines)
