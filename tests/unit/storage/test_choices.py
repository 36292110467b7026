"""What was switched on at the page outlives the agent."""

import pytest

from befresh_agent.storage.choices import Choices
from befresh_agent.storage.database import Database


async def test_what_was_switched_on_is_known_after_a_new_start(database: Database) -> None:
    assert await Choices(database).ways() == []
    for way in ("Y.M", "auto", "Y.M"):
        await Choices(database).switch_on(way)
    assert await Choices(database).ways() == ["Y.M", "auto"]


@pytest.mark.parametrize("garbled", ["", "{", '{"a": 1}', "7", b"\xff\x00", None, '[1, "Y.M", null]'])
async def test_what_is_garbled_was_never_chosen(database: Database, garbled: object) -> None:
    await database.run(
        lambda c: c.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('vision_ways', ?)", (garbled or "",))
    )
    assert await Choices(database).ways() in ([], ["Y.M"])
    await Choices(database).switch_on("auto")
    assert "auto" in await Choices(database).ways()
