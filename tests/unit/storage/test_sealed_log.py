import asyncio
import json
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from befresh_agent.cli.log import app
from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import ClockAnchor, Reading
from befresh_agent.errors import InvalidValue, StoreError
from befresh_agent.history.records import HistoryRecords
from befresh_agent.runtime import sealed_log
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.runtime.sealed_log import START as NOTHING
from befresh_agent.runtime.sealed_log import Row, canonical, sha_of, verify
from befresh_agent.settings.model import ContainerSettings, KafkaSettings
from befresh_agent.storage import schema, sealed_rows
from befresh_agent.storage.database import Database
from befresh_agent.storage.database_file import PRAGMAS
from befresh_agent.storage.history import ReadingHistory
from befresh_agent.storage.sealed_rows import KEY_FILE, SealedLog, SealKey
from befresh_agent.storage.store import OutboxStore
from tests.delivery.power_cut import Promise, cut, record
from tests.delivery.test_power_cut import Work
from tests.delivery.test_power_cut import schema as statements_of
from tests.unit.storage.stand_ins import BOX, START, LeapingClock


def sealed(state: Path) -> SealedLog:
    return SealedLog(SealKey(state), allowed=(0, 10), gap_s=1800)


OPENED: list[sqlite3.Connection] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """No test leaves a database open."""
    yield
    while OPENED:
        OPENED.pop().close()


def table(path: str | Path = ":memory:") -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    OPENED.append(connection)
    connection.row_factory = sqlite3.Row
    for _, script in schema.migrations():
        connection.executescript(script)
    return connection


def reading(minutes: float, celsius: float = 4.5, address: Address = BOX) -> Reading:
    return Reading(address, START + timedelta(minutes=minutes), Measurement(celsius, 61))


def filled(log: SealedLog, days: float, boxes: int = 1, begin: float = 0) -> sqlite3.Connection:
    connection = table()
    connection.execute("BEGIN")
    for number in range(int(days * 144)):
        for box in range(boxes):
            log.note_reading(connection, reading(begin + 10 * number, address=Address(f"02:00:00:00:00:{box:02X}")))
    return connection


@pytest.fixture
def log(tmp_path: Path) -> SealedLog:
    return sealed(tmp_path)


def exported(log: SealedLog, connection: sqlite3.Connection) -> list[str]:
    return list(log.export(connection, START))


def test_an_export_is_good_and_the_key_is_the_owner_s_alone(log: SealedLog, tmp_path: Path) -> None:
    lines = exported(log, filled(log, 3))
    found = verify(lines, log.key.public)
    assert (found.bad_line, found.rows) == (None, len(lines) - 1)
    assert [json.loads(line)["kind"] for line in lines[1:]].count("day") == 3
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert SealKey(tmp_path).public == found.key
    assert verify(exported(log, table())).bad_line is None


def edited(lines: list[str], chance: random.Random) -> int:
    at = chance.randrange(len(lines))
    place = chance.randrange(len(lines[at]) - 1)
    other = chance.choice([letter for letter in 'x7 "{e-0.' if letter != lines[at][place]])
    lines[at] = lines[at][:place] + other + lines[at][place + 1 :]
    return at + 1


def deleted(lines: list[str], chance: random.Random) -> int:
    at = chance.randrange(len(lines))
    del lines[at]
    return at + 1


def swapped(lines: list[str], chance: random.Random) -> int:
    a, b = sorted(chance.sample(range(len(lines)), 2))
    lines[a], lines[b] = lines[b], lines[a]
    return a + 1


def truncated(lines: list[str], chance: random.Random) -> int:
    kept = chance.randrange(len(lines))
    del lines[kept:]
    return kept + 1


def redated(lines: list[str], chance: random.Random) -> int:
    """As whoever knows how it is made would do it: the row's own digest is right again."""
    at = chance.randrange(1, len(lines))
    row = json.loads(lines[at])
    row["at"] = row["at"].replace("2026-", "2025-")
    row["sha"] = sha_of(row)
    lines[at] = canonical(row) + "\n"
    return at + 1 if at == 1 else min(at + 2, len(lines) + 1)


def doubled(lines: list[str], chance: random.Random) -> int:
    at = chance.randrange(len(lines))
    lines.insert(at, lines[at])
    return at + 2 if at else 2


@pytest.mark.slow
def test_ten_thousand_changes_are_found_with_the_first_bad_line(log: SealedLog) -> None:
    original = exported(log, filled(log, 0.2, begin=13 * 60))  # over midnight
    ways: list[Callable[[list[str], random.Random], int]] = [edited, deleted, swapped, truncated, redated, doubled]
    chance = random.Random(4)
    for number in range(10_000):
        lines = list(original)
        first = ways[number % len(ways)](lines, chance)
        found = verify(lines, log.key.public)
        assert found.bad_line == first, (ways[number % len(ways)].__name__, found)


def rewritten(lines: list[str], at: int, key: SealKey | None = None) -> list[str]:
    """Everything after the change is made to fit: digests, and the signatures where somebody has a key."""
    made: list[Row] = []
    prev = NOTHING
    for number, line in enumerate(lines[1:], 1):
        row: Row = json.loads(line) | {"prev": prev}
        if number == at:
            row["data"] = {"container": BOX, "temperature": 3.0}
        elif row["kind"] == "day":
            row["data"] = _resigned(row["data"] | {"head": prev}, key)
        row["sha"] = prev = sha_of(row)
        made.append(row)
    whole = _resigned(json.loads(lines[0])["export"] | {"first": made[0]["sha"], "head": prev}, key)
    return (
        [canonical(row) + "\n" for row in [{"export": whole}, *made]]
        if key
        else [lines[0], *(canonical(row) + "\n" for row in made)]
    )


def _resigned(what: Row, key: SealKey | None) -> Row:
    return key.signed({name: what[name] for name in what if name not in ("key", "signature")}) if key else what


def test_the_owner_cannot_rewrite_the_past_either(log: SealedLog, tmp_path: Path) -> None:
    lines = exported(log, filled(log, 3))
    heads = [number for number, line in enumerate(lines, 1) if '"kind":"day"' in line]
    found = verify(rewritten(lines, 5))
    assert (found.bad_line, found.why) == (heads[0], "its signature is wrong")
    (tmp_path / "other").mkdir()
    forged = rewritten(lines, 5, SealKey(tmp_path / "other"))
    assert verify(forged).bad_line is None  # a whole log of another key: whoever knows the fridge's sees it
    assert verify(forged, log.key.public).why == "another key signed it"


def test_gaps_and_alarms_come_and_go(log: SealedLog) -> None:
    connection = table()
    connection.execute("INSERT INTO containers (address, added) VALUES (?, '')", (BOX,))
    for minutes, celsius in ((0, 4.0), (10, 12.5), (20, 13.0), (30, 4.0), (90, 4.0)):
        one = reading(minutes, celsius)
        log.note_reading(connection, one)
        update = "UPDATE containers SET last_taken = ?, last_reading = ?"
        connection.execute(update, (one.taken_at.isoformat(), json.dumps({"temperature": celsius})))
    log.append(connection, START, "action", {"who": "김", "what": "문을 닫음"})
    kinds = [row["kind"] for row in sealed_rows.rows(connection)]
    assert [kind for kind in kinds if kind != "reading"] == ["alarm", "alarm-over", "gap", "action"]
    assert verify(exported(log, connection)).bad_line is None


def test_retention_leaves_a_signed_anchor(log: SealedLog) -> None:
    connection = filled(log, 4)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'running_s'", (str(4 * 86_400),))
    connection.execute("UPDATE sealed SET ran_s = ? WHERE n > 300", (4 * 86_400,))
    before = len(exported(log, connection))
    assert sealed_rows.forget(connection, 86_400) > 0
    lines = exported(log, connection)
    assert len(lines) < before
    assert json.loads(lines[1])["kind"] == "day"
    assert verify(lines).bad_line is None
    assert verify([lines[0], *lines[2:]]).bad_line == 2
    assert sealed_rows.forget_oldest_day(connection) > 0
    assert verify(exported(log, connection)).bad_line is None


async def test_it_goes_with_readings_and_corrections_and_its_head_with_messages(
    database: Database, clock: LeapingClock, events: EventBus, log: SealedLog
) -> None:
    topics = KafkaSettings()
    store = OutboxStore(database, fridge_id=17, topics=topics, clock=clock, events=events, seal=log)
    wrong = Reading(BOX, START, Measurement(5.0), clock_synced=False, anchor=ClockAnchor("boot", 10.0))
    await store.keep_reading(wrong)
    right = Reading(BOX, START + timedelta(days=2), Measurement(5.0), anchor=ClockAnchor("boot", 610.0))
    await store.keep_reading(right)
    lines = await database.run(lambda c: exported(log, c))
    rows = [json.loads(line) for line in lines[1:]]
    assert [row["kind"] for row in rows if row["kind"] != "gap"] == ["reading", "day", "reading", "correction"]
    assert rows[-1]["data"]["was"] == START.isoformat()
    assert verify(lines).bad_line is None
    await store.batch()
    (message,) = [entry.message for entry in await store.entries()]
    day, count, head, signature = dict(message.headers)["ce_sealhead"].split(".")
    signed = next(row["data"] for row in rows if row["kind"] == "day")
    assert [day, count, head, signature] == ["2026-11-21", "1", rows[0]["sha"], signed["signature"]]


async def test_who_did_what_and_the_sheet_shows_the_seal(
    database: Database, clock: LeapingClock, events: EventBus, log: SealedLog
) -> None:
    store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events, seal=log)
    await store.keep_reading(reading(0))
    clock.passed = 86_400
    await store.note_action(BOX, "김", "문을 닫음")
    with pytest.raises(InvalidValue, match="who did what"):
        await store.note_action(BOX, " ", "문을 닫음")
    rows = await database.run(lambda c: list(sealed_rows.rows(c)))
    assert rows[-1]["data"] == {"container": BOX, "who": "김", "what": "문을 닫음"}
    records = HistoryRecords(ReadingHistory(database), ContainerSettings(), clock, fridge_id=17, zone=UTC)
    html = await records.sheet([BOX], START.date(), "en")
    assert log.key.public in html
    assert f"Sealed up to 2026-11-21: 1 rows, head {rows[0]['sha']}" in html
    assert "<svg" in html.partition("Public key")[2]


def test_a_key_that_is_none_is_told_at_the_start(
    database: Database, clock: LeapingClock, events: EventBus, log: SealedLog, tmp_path: Path
) -> None:
    (tmp_path / KEY_FILE).write_text("rubbish")
    store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events, seal=log)
    with pytest.raises(StoreError, match="holds no key"):
        store.check_seal()


async def test_it_is_off_until_it_is_switched_on(store: OutboxStore, database: Database, tmp_path: Path) -> None:
    await store.keep_reading(reading(0))
    await store.batch()
    assert await database.run(lambda c: c.execute("SELECT count(*) FROM sealed").fetchone()[0]) == 0
    assert "ce_sealhead" not in dict((await store.entries())[0].message.headers)
    assert not (tmp_path / KEY_FILE).exists()


@pytest.mark.slow
@pytest.mark.unmeasured
@pytest.mark.timeout(600)
def test_a_month_of_forty_containers_verifies_in_ten_seconds(log: SealedLog) -> None:
    lines = exported(log, filled(log, 30, boxes=40))
    assert len(lines) > 40 * 144 * 30
    began = time.process_time()
    assert verify(lines, log.key.public).bad_line is None
    assert time.process_time() - began < 10


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_thousand_power_cuts_leave_the_chain_sound(log: SealedLog, tmp_path: Path) -> None:
    source = table(tmp_path / "source.db")
    done = Work(statements=list(statements_of(source)))
    source.set_trace_callback(lambda one: None if one.startswith("SELECT") else done.statements.append(one))
    for number in range(60):
        source.execute("BEGIN IMMEDIATE")
        log.note_reading(source, reading(40 * number))
        if number == 50:
            assert sealed_rows.forget_oldest_day(source)
        source.execute("COMMIT")
        done.promise("row", source.execute("SELECT max(n) FROM sealed").fetchone()[0])
    source.close()
    steps, chance = record(done.statements, PRAGMAS, tmp_path), random.Random(7)
    for _ in range(1000):
        before = steps[: chance.randrange(len(steps))]
        promised = sum(isinstance(step, Promise) for step in before)
        with closing(sqlite3.connect(cut(before, chance, tmp_path))) as found:
            found.row_factory = sqlite3.Row
            if promised:
                lines = exported(log, found)
                assert verify(lines, log.key.public).bad_line is None
                assert json.loads(lines[-1])["n"] >= int(done.promises[promised - 1][1])


def test_the_verifying_file_stands_alone(log: SealedLog, tmp_path: Path) -> None:
    alone, file = tmp_path / "verify.py", tmp_path / "log.jsonl"
    shutil.copy(sealed_log.__file__, alone)
    lines = exported(log, filled(log, 1.2))
    file.write_text("".join(lines), encoding="utf-8")
    words = [sys.executable, "-I", str(alone), str(file), log.key.public]
    good = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (good.returncode, good.stdout[:5]) == (0, "good:")
    file.write_text("".join(lines[:-3]), encoding="utf-8")
    bad = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (bad.returncode, bad.stdout.partition(": the")[0]) == (1, f"BAD: line {len(lines) - 2}")


def test_a_person_exports_and_verifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEFRESH_AGENT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("BEFRESH_FRIDGE_ID", "17")

    async def begin() -> None:
        async with Database(tmp_path / "state" / "agent.db"):
            pass

    asyncio.run(begin())
    run, file = CliRunner(), tmp_path / "log.jsonl"
    assert isinstance(run.invoke(app, ["key"]).exception, StoreError)
    assert not (tmp_path / "state" / KEY_FILE).exists()
    assert SealKey(tmp_path / "state").public
    assert run.invoke(app, ["note", "--who", "김", "문을 닫음"]).exit_code == 0
    assert run.invoke(app, ["export", str(file)]).exit_code == 0
    key = run.invoke(app, ["key"]).output.strip()
    assert json.loads(run.invoke(app, ["verify", str(file), "--key", key, "--json"]).output)["rows"] == 1
    file.write_text(file.read_text().replace("문", "창"))
    spoilt = run.invoke(app, ["verify", str(file)])
    assert (spoilt.exit_code, spoilt.output[:26]) == (1, "line 2: it was changed; 0 ")
