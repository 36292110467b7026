"""Names from a service outside, over a real socket and a real database: in time or not at all, and asked once."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.adapters.web.product_service import WebProductService
from befresh_agent.domain.events import DeviceState
from befresh_agent.domain.known_product import KnownProduct
from befresh_agent.errors import DeviceError
from befresh_agent.registration.product_lookup import ProductLookup
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.storage import meta_table, products
from befresh_agent.storage.database import Database
from befresh_agent.storage.products import KeptAnswers
from tests.product_service import KEY, ProductServer
from tests.unit.clocks import HandClock

MILK, EAN = "08801234567893", "8801234567893"
FIELDS = ("product.product_name_ko", "product.product_name")
FOUND = KnownProduct(MILK, "서울우유 1L", own=False)


@pytest.fixture
def server() -> Iterator[ProductServer]:
    server = ProductServer()
    server.names[EAN] = FOUND.name
    yield server
    server.close()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(tmp_path / "agent.db", size_mb=16) as database:
        await database.run(meta_table.begin)
        yield database


class House:
    """A lookup that runs."""

    def __init__(self, address: str, database: Database, *, wait_s: float = 20, limit_s: float = 20) -> None:
        self.clock = HandClock()
        self.devices = DeviceRegistry(EventBus(), SystemClock())
        service = WebProductService(address, FIELDS, KEY, limit_s=limit_s)
        self.lookup = ProductLookup(service, KeptAnswers(database), self.clock, self.devices, wait_s=wait_s)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[ProductLookup]:
        running = asyncio.create_task(self.lookup.run())
        yield self.lookup
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    @property
    def state(self) -> tuple[DeviceState, str]:
        ((change, _),) = self.devices.states()
        return change.state, change.detail


async def test_the_name_is_asked_for_once_and_then_known_here(server: ProductServer, database: Database) -> None:
    house = House(server.address, database)
    async with house.running() as lookup:
        assert await lookup.find(MILK) == FOUND
    assert server.asked == [f"/api/{KEY}/product/{EAN}.json"]
    assert all(agent.startswith("befresh-agent/") for agent in server.agents)
    assert await database.run(lambda c: products.find(c, MILK)) == FOUND
    assert house.state == (DeviceState.READY, "")


async def test_what_is_not_known_there_is_not_asked_again_for_a_month(
    server: ProductServer, database: Database
) -> None:
    house, sugar = House(server.address, database), "04006381333931"
    async with house.running() as lookup:
        assert [await lookup.find(sugar) for _ in range(3)] == [None] * 3
        assert len(server.asked) == 1
        await database.run(lambda c: meta_table.passed(c, 31 * 86_400))
        server.names["4006381333931"] = "설탕"
        assert await lookup.find(sugar) == KnownProduct(sugar, "설탕", own=False)
    assert await database.run(lambda c: c.execute("SELECT count(*) FROM unknown_products").fetchone()[0]) == 0


async def test_an_old_no_is_forgotten_with_the_rest(database: Database) -> None:
    await KeptAnswers(database).note_answer(MILK, None)
    await database.run(products.forget_unknown)
    assert await KeptAnswers(database).is_unknown(MILK)
    await database.run(lambda c: meta_table.passed(c, 31 * 86_400))
    assert not await KeptAnswers(database).is_unknown(MILK)
    await database.run(products.forget_unknown)
    assert await database.run(lambda c: c.execute("SELECT count(*) FROM unknown_products").fetchone()[0]) == 0


async def test_a_name_given_here_is_never_overruled(server: ProductServer, database: Database) -> None:
    named = "INSERT INTO products (gtin, name, own) VALUES (?, '우리 우유', 1)"
    await database.run(lambda c: c.execute(named, (MILK,)))
    await KeptAnswers(database).note_answer(MILK, "somebody's milk")
    found = await database.run(lambda c: products.find(c, MILK))
    assert found is not None
    assert (found.name, found.own) == ("우리 우유", True)


async def test_a_late_answer_keeps_nobody_and_is_known_the_next_time(server: ProductServer, database: Database) -> None:
    server.waits_s = 1.0
    house = House(server.address, database, wait_s=0.1)
    async with house.running() as lookup:
        began = time.monotonic()
        assert await lookup.find(MILK) is None
        assert time.monotonic() - began < 0.9
        while await database.run(lambda c: products.find(c, MILK)) is None:
            await asyncio.sleep(0.02)
    assert len(server.asked) == 1


async def test_two_who_ask_are_one_question(server: ProductServer, database: Database) -> None:
    server.waits_s = 0.2
    async with House(server.address, database).running() as lookup:
        assert await asyncio.gather(*(lookup.find(MILK) for _ in range(5))) == [FOUND] * 5
    assert len(server.asked) == 1


async def test_a_crowd_of_questions_is_not_piled_up(server: ProductServer, database: Database) -> None:
    server.waits_s = 0.05
    async with House(server.address, database).running() as lookup:
        answers = await asyncio.gather(*(lookup.find(f"{number:014}") for number in range(40)), lookup.find(MILK))
    assert answers == [None] * 41
    assert len(server.asked) <= 9


async def test_a_service_that_is_gone_is_left_alone_for_longer_and_longer(
    server: ProductServer, database: Database
) -> None:
    house = House(server.address, database)
    server.status, server.raw = 503, b"over capacity"
    async with house.running() as lookup:
        for rest_s in (60, 120, 240):
            before = len(server.asked)
            assert [await lookup.find(MILK) for _ in range(3)] == [None] * 3
            assert len(server.asked) == before + 1
            assert house.state[0] is DeviceState.LOST
            house.clock.time += rest_s - 1
            assert await lookup.find(MILK) is None
            assert len(server.asked) == before + 1
            house.clock.time += 2
        server.status, server.raw = 200, None
        assert await lookup.find(MILK) == FOUND
        assert house.state == (DeviceState.READY, "")


async def test_nobody_listens_and_nothing_of_the_key_is_told(database: Database) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    house = House(f"http://127.0.0.1:{port}/{{key}}/{{gtin}}", database)
    async with house.running() as lookup:
        assert await lookup.find(MILK) is None
    state, detail = house.state
    assert state is DeviceState.LOST
    assert "refused" in detail
    assert KEY not in detail


async def test_who_waits_when_it_ends_is_told_nothing(server: ProductServer, database: Database) -> None:
    server.waits_s = 5
    async with House(server.address, database).running() as lookup:
        waiting = asyncio.create_task(lookup.find(MILK))
        while not server.asked:
            await asyncio.sleep(0.01)
    async with asyncio.timeout(4):
        assert await waiting is None


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"<html>log in to this network</html>", "something else than JSON"),
        (b"[" * 100_000, "something else than JSON"),
        (b"{" + b" " * 600_000 + b"}", "something else than JSON"),
    ],
    ids=["a portal", "a pit", "too much"],
)
async def test_what_is_no_answer_is_none(server: ProductServer, said: bytes, why: str) -> None:
    server.raw = said
    with pytest.raises(DeviceError, match=why):
        await WebProductService(server.address, FIELDS).name_of(MILK)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ('{"product": {"product_name_ko": "우유", "product_name": "Milk"}}', "우유"),
        ('{"product": {"product_name_ko": "", "product_name": "Milk"}}', "Milk"),
        ('{"product": {"product_name": "  a\\u0000b\\u202e  "}}', "ab"),
        ('{"product": {"product_name": 7}}', None),
        ('{"product": []}', None),
        ("[]", None),
        ("7", None),
        (f'{{"product": {{"product_name": "{"x" * 500}"}}}}', "x" * 100),
    ],
)
async def test_the_name_is_taken_from_where_the_settings_say(
    server: ProductServer, said: str, name: str | None
) -> None:
    server.raw = said.encode()
    assert await WebProductService(server.address, FIELDS).name_of(MILK) == name


async def test_lists_have_places(server: ProductServer) -> None:
    server.raw = '{"C005": {"row": [{"PRDLST_NM": "두부"}]}}'.encode()
    assert await WebProductService(server.address, ["C005.row.1.X", "C005.row.0.PRDLST_NM"]).name_of(MILK) == "두부"


async def test_an_answer_that_leads_to_a_file_is_not_followed(server: ProductServer, tmp_path: Path) -> None:
    file = tmp_path / "name.json"
    file.write_text('{"product": {"product_name": "a file of this machine"}}')
    server.leads_to = file.as_uri()
    with pytest.raises(DeviceError):
        await WebProductService(server.address, FIELDS).name_of(MILK)


async def test_one_that_takes_too_long_is_given_up(server: ProductServer) -> None:
    server.waits_s = 3
    began = time.monotonic()
    with pytest.raises(DeviceError, match=r"127\.0\.0\.1(: | does not answer)"):
        await WebProductService(server.address, FIELDS, limit_s=0.3).name_of(MILK)
    assert time.monotonic() - began < 2.5
