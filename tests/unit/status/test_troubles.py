"""Troubles that no stage would notice come and go as events; the last warnings outlive a restart."""

import json
import logging
import sqlite3
import time
from functools import partial
from pathlib import Path

import pytest

from befresh_agent.adapters.machine_looks import OUTCOME, disk, power, updates
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.events import Event, TroubleFound, TroubleOver
from befresh_agent.domain.trouble import Trouble
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.status.last_warnings import MOST, LastWarnings, kept
from befresh_agent.status.troubles import Troubles
from befresh_agent.storage.database import Database

VOLTAGE = Trouble("power", "too little voltage", "another supply")


async def test_a_trouble_is_told_when_it_comes_and_when_it_goes() -> None:
    there: list[Trouble] = []
    told: list[Event] = []
    events = EventBus()
    events.subscribe(told.append)
    troubles = Troubles([lambda: there[0] if there else None], SystemClock(), events)
    await troubles.look()
    there.append(VOLTAGE)
    for _ in range(2):
        await troubles.look()
    assert list(troubles.now) == [VOLTAGE]
    there.clear()
    await troubles.look()
    assert told == [TroubleFound(VOLTAGE), TroubleOver("power")]


@pytest.mark.parametrize(
    ("outcome", "detail"),
    [
        ({"at": 9, "code": 1, "line": "v2 has no signature", "good_at": 0}, "v2 has no signature"),
        ({"at": 9, "code": 0, "line": "", "good_at": 9}, "since weeks"),
        ({"at": time.time(), "code": 0, "line": "", "good_at": time.time()}, None),
        ({"at": time.time(), "code": 75, "line": "busy", "good_at": 0}, None),
        ("garbled", None),
        (None, None),
    ],
)
def test_an_update_that_failed_reaches_a_person(tmp_path: Path, outcome: object, detail: str | None) -> None:
    if outcome is not None:
        (tmp_path / OUTCOME).parent.mkdir(parents=True)
        (tmp_path / OUTCOME).write_text(json.dumps(outcome))
    found = updates(tmp_path)
    assert found is None if detail is None else found is not None and detail in found.detail


def test_too_little_voltage_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "sys/devices/platform/soc/soc:firmware/get_throttled"
    assert power(tmp_path) is None
    file.parent.mkdir(parents=True)
    for bits, word in (("50000", "at times"), ("50005", "right now")):
        file.write_text(bits)
        found = power(tmp_path)
        assert found is not None
        assert word in found.detail
    file.write_text("0")
    assert power(tmp_path) is None


def test_a_disk_with_room_is_no_trouble(tmp_path: Path) -> None:
    assert disk(tmp_path / "nowhere") is None


async def test_the_last_warnings_outlive_a_restart(tmp_path: Path) -> None:
    log = logging.getLogger("radio")
    async with Database(tmp_path / "agent.db") as database:
        warnings = LastWarnings(database)
        with warnings.attached():
            for _ in range(3):
                log.warning("adapter hci0 is gone")
            log.error("down\nwith a traceback")
            log.info("nothing to speak of")
        await warnings.keep()
    async with Database(tmp_path / "agent.db") as database:
        found = await kept(database)
    assert [(one.part, one.text, one.times) for one in found] == [
        ("radio", "adapter hci0 is gone", 3),
        ("radio", "down", 1),
    ]


def garbled(text: str, connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('last_warnings', ?)", (text,))


async def test_no_more_than_so_many_are_kept_and_garbled_ones_are_none(tmp_path: Path) -> None:
    async with Database(tmp_path / "agent.db") as database:
        warnings = LastWarnings(database)
        with warnings.attached():
            for number in range(MOST + 20):
                logging.getLogger("radio").warning("no. %d", number)
        assert len(warnings.lines) == MOST
        for text in ("{", "7", '[{"at": 1}, 7, {"at": "a", "part": "b", "text": "c"}]'):
            await database.run(partial(garbled, text))
            found = await kept(database)
        assert len(found) == 1
