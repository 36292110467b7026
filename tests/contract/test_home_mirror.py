"""The mirror of Home Assistant before a real broker: what is kept there, and everything that comes and goes."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr

from befresh_agent.adapters.mqtt.mqtt_broker import MqttBroker
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.events import DeviceState, ItemRegistered
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.pacing import Backoff
from befresh_agent.errors import StoreError
from befresh_agent.home.home_mirror import HomeMirror
from befresh_agent.home.rules.home_topics import HomeTopics
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.settings.home_sections import MqttSettings
from befresh_agent.settings.model import SecretSettings
from tests.mosquitto import Mosquitto

TOPICS = HomeTopics("befresh/17", "homeassistant", 17)
STATUS = TOPICS.of("status")
_PATIENCE_S = 20.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    mosquitto = Mosquitto(tmp_path)
    mosquitto.start()
    yield mosquitto
    mosquitto.kill()


@dataclass
class House:
    """A mirror at work, and how its device is doing."""

    mirror: HomeMirror
    devices: DeviceRegistry
    shown: dict[str, bytes] = field(default_factory=dict)
    obeyed: list[str] = field(default_factory=list)
    broken: bool = False

    def state(self) -> tuple[DeviceState | None, str]:
        return next(((seen.state, seen.detail) for seen, _ in self.devices.states()), (None, ""))

    async def compose(self) -> Mapping[str, bytes]:
        if self.broken:
            raise StoreError("the disk refuses")
        return dict(self.shown)

    async def is_now(self, state: DeviceState) -> None:
        await self.becomes(lambda: self.state()[0] is state)

    async def becomes(self, there: Callable[[], object]) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            while not there():
                await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def house(settings: MqttSettings, secrets: SecretSettings | None = None) -> AsyncIterator[House]:
    devices = DeviceRegistry(EventBus(), SystemClock())
    found: list[House] = []
    mirror = HomeMirror(
        MqttBroker(settings, secrets or SecretSettings(), name="befresh-agent-17"),
        TOPICS,
        lambda: found[0].compose(),
        {"press": lambda text: found[0].obeyed.append(f"press {text}")},
        devices=devices,
        clock=SystemClock(),
        backoff=Backoff(0.1, 0.3),
    )
    found.append(House(mirror, devices, {TOPICS.of("food"): b"{}", TOPICS.config(TOPICS.fridge): b'{"x": 1}'}))
    work = asyncio.create_task(mirror.run())
    try:
        yield found[0]
    finally:
        work.cancel()
        async with asyncio.timeout(5):
            with contextlib.suppress(asyncio.CancelledError):
                await work


def plain(broker: Mosquitto) -> MqttSettings:
    return MqttSettings(server=broker.address)


async def test_what_is_so_is_kept_there_and_the_end_is_told(broker: Mosquitto) -> None:
    async with house(plain(broker)) as home:
        await broker.until(STATUS, b"online", _PATIENCE_S)
        assert await broker.kept() == {**home.shown, STATUS: b"online"}
        assert home.state() == (DeviceState.READY, broker.address)
    assert (await broker.kept())[STATUS] == b"offline"


async def test_what_is_gone_is_taken_away(broker: Mosquitto) -> None:
    async with house(plain(broker)) as home:
        await broker.until(STATUS, b"online", _PATIENCE_S)
        del home.shown[TOPICS.of("food")]
        home.mirror.on_event(registered())
        await home.becomes(lambda: TOPICS.of("food") not in home.mirror._shown)
        assert TOPICS.of("food") not in await broker.kept()


async def test_what_went_while_nobody_was_there_leaves_no_ghost(broker: Mosquitto) -> None:
    """Also of another run, and whatever else somebody left under this fridge's topics; other fridges keep theirs."""
    box, others = "homeassistant/device/befresh_17_fb89eb229584/config", "homeassistant/device/befresh_171/config"
    mine, theirs = {box: b"{}", "befresh/17/press": b"PRESS"}, {others: b"{}", "befresh/171/food": b"{}"}
    async with broker.client() as client:
        for topic, payload in (mine | theirs).items():
            await client.publish(topic, payload, qos=1, retain=True)
    async with house(plain(broker)) as home:
        await broker.until(STATUS, b"online", _PATIENCE_S)
        async with asyncio.timeout(_PATIENCE_S):
            while mine.keys() & (kept := await broker.kept()).keys():
                pass
        assert kept == {**home.shown, **theirs, STATUS: b"online"}
        assert home.obeyed == []  # a press of long ago


async def test_after_a_power_cut_of_the_broker_everything_is_there_again(broker: Mosquitto) -> None:
    async with house(plain(broker)) as home:
        await broker.until(STATUS, b"online", _PATIENCE_S)
        broker.kill()
        await home.is_now(DeviceState.LOST)
        assert "start the broker, or correct mqtt.server" in home.state()[1] or "disconnect" in home.state()[1].lower()
        home.mirror.on_event(registered())  # nobody hears of it, now or later
        broker.start()
        async with broker.client() as client:
            await client.subscribe(TOPICS.of("event"))
            await broker.until(STATUS, b"online", 60)
            assert await broker.kept() == {**home.shown, STATUS: b"online"}
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(aiter(client.messages)), 0.3)


async def test_when_home_assistant_starts_it_is_told_everything(broker: Mosquitto) -> None:
    async with house(plain(broker)) as home:
        await broker.until(STATUS, b"online", _PATIENCE_S)
        async with broker.client() as client:
            await client.subscribe("#", qos=1)
            await asyncio.sleep(0.3)
            while len(client.messages):
                await anext(aiter(client.messages))  # what was kept
            await client.publish(TOPICS.birth, b"online")
            heard = set()
            async with asyncio.timeout(_PATIENCE_S):
                async for message in client.messages:
                    heard.add(str(message.topic))
                    if heard >= {*home.shown, STATUS}:
                        break


async def test_events_are_told_once_and_not_kept(broker: Mosquitto) -> None:
    async with house(plain(broker)) as home:
        await broker.until(STATUS, b"online", _PATIENCE_S)
        async with broker.client() as client:
            await client.subscribe(TOPICS.of("event"), qos=1)
            home.mirror.on_event(registered())
            message = await asyncio.wait_for(anext(aiter(client.messages)), _PATIENCE_S)
        assert b'"event_type":"unnamed"' in message.payload
        assert TOPICS.of("event") not in await broker.kept()


async def test_only_what_is_allowed_is_obeyed_and_not_as_fast_as_a_mad_automation_wants(broker: Mosquitto) -> None:
    async with house(plain(broker)) as home:
        await broker.until(STATUS, b"online", _PATIENCE_S)
        async with broker.client() as client:
            for _ in range(20):
                await client.publish(TOPICS.of("press"), b"PRESS", qos=1)
                await client.publish(TOPICS.of("say"), b"\xff", qos=1)
        await home.becomes(lambda: home.obeyed)
        await asyncio.sleep(0.3)
        assert home.obeyed == ["press PRESS"]


async def test_a_disk_that_refuses_takes_nothing_away(broker: Mosquitto) -> None:
    async with house(plain(broker)) as home:
        await broker.until(STATUS, b"online", _PATIENCE_S)
        home.broken = True
        home.mirror.on_event(registered())
        await asyncio.sleep(0.8)
        assert await broker.kept() == {**home.shown, STATUS: b"online"}
        assert home.state()[0] is DeviceState.READY


async def test_a_wrong_password_is_told_with_what_to_do(tmp_path: Path) -> None:
    mosquitto = Mosquitto(tmp_path, users={"fridge": "right"})
    mosquitto.start()
    try:
        for word, good in (("wrong", False), ("right", True)):
            settings = MqttSettings(server=mosquitto.address, username="fridge")
            async with house(settings, SecretSettings(mqtt_password=SecretStr(word))) as home:
                await home.is_now(DeviceState.READY if good else DeviceState.LOST)
                assert good or "secrets.mqtt_password" in home.state()[1]
                assert word not in home.state()[1]
    finally:
        mosquitto.kill()


async def test_the_brokers_certificate_is_checked(tmp_path: Path) -> None:
    right, wrong = trustme.CA(), trustme.CA()
    for name, authority in (("right", right), ("wrong", wrong)):
        authority.cert_pem.write_to_path(str(tmp_path / f"{name}.pem"))
    mosquitto = Mosquitto(tmp_path, certificate=right.issue_cert("127.0.0.1"))
    mosquitto.start()
    try:
        for name in ("right", "wrong"):
            settings = MqttSettings(server=mosquitto.address, tls=True, ca_file=tmp_path / f"{name}.pem")
            async with house(settings) as home:
                good = name == "right"
                await home.is_now(DeviceState.READY if good else DeviceState.LOST)
                assert good or "mqtt.ca_file" in home.state()[1]
    finally:
        mosquitto.kill()


async def test_a_server_that_never_answers_costs_no_open_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("befresh_agent.adapters.mqtt.mqtt_broker._LIMIT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with house(MqttSettings(server=f"127.0.0.1:{silent.getsockname()[1]}")) as home:
            await home.is_now(DeviceState.LOST)
            before = len(list(Path("/proc/self/fd").iterdir()))
            await asyncio.sleep(4)
            assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1


def registered() -> ItemRegistered:
    return ItemRegistered(FoodItem("id", FoodType.GENERAL, None, datetime(2026, 11, 21, tzinfo=UTC)))
