"""Fault 18 and what goes with it: encrypted connections, and everything that can be wrong with them."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr

from befresh_agent.adapters.kafka.kafka_publisher import KafkaPublisher
from befresh_agent.domain.delivery_events import BrokerFound, BrokerLost
from befresh_agent.errors import SettingsError
from befresh_agent.settings.model import KafkaSettings, SecretSettings
from befresh_agent.storage.message_table import MessageState
from tests.delivery.bench import bench, kafka_settings, register
from tests.delivery.mock_kafka import MockKafka
from tests.delivery.proxy import proxy
from tests.delivery.reader import read_all


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


_HERE = "127.0.0.1"
"""By number: a bare system need not know the name localhost."""


def server_context(certificate: trustme.LeafCert, clients: trustme.CA | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if clients is not None:
        clients.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def expired(authority: trustme.CA) -> trustme.LeafCert:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    return authority.issue_cert(_HERE, not_before=yesterday - timedelta(days=1), not_after=yesterday)


@asynccontextmanager
async def encrypted(broker: MockKafka, context: ssl.SSLContext | None) -> AsyncIterator[str]:
    """The broker behind an encrypting door; afterwards it can be read in plain text again."""
    host, _, port = broker.bootstrap.partition(":")
    async with proxy(broker.bootstrap, context) as door:
        broker.advertise(_HERE, door.port)
        try:
            yield f"{_HERE}:{door.port}"
        finally:
            broker.advertise(host, int(port))


async def test_messages_travel_encrypted(broker: MockKafka, path: Path, authority: trustme.CA, tmp_path: Path) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = server_context(authority.issue_cert(_HERE))
    async with encrypted(broker, context) as address:
        settings = kafka_settings(address, security="ssl", ca_file=tmp_path / "ca.pem")
        async with bench(path, settings) as desk:
            await register(desk.store, "사과")
            desk.start()
            await desk.drained()
    assert len(await read_all(broker.bootstrap)) == 1


async def test_the_fridge_shows_its_own_certificate(
    broker: MockKafka, path: Path, authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    fridge = authority.issue_cert("fridge-17")
    fridge.private_key_and_cert_chain_pem.write_to_path(tmp_path / "fridge.pem")
    async with encrypted(broker, server_context(authority.issue_cert(_HERE), clients=authority)) as address:
        mutual = kafka_settings(address, security="ssl", ca_file=tmp_path / "ca.pem", cert_file=tmp_path / "fridge.pem")
        one_sided = kafka_settings(address, security="ssl", ca_file=tmp_path / "ca.pem")
        async with bench(path, one_sided) as desk:
            await register(desk.store, "사과")
            desk.start()
            await lost(desk.heard)
            assert (await desk.store.summary()).waiting == 1
        async with bench(path, mutual) as desk:
            desk.start()
            await desk.drained()
    assert len(await read_all(broker.bootstrap)) == 1


async def lost(heard: Callable[[type[BrokerLost]], list[BrokerLost]]) -> str:
    async with asyncio.timeout(90):
        while not heard(BrokerLost):
            await asyncio.sleep(0.02)
    return heard(BrokerLost)[0].error


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("another authority", "certificate verify failed: unable to get local issuer certificate"),
        ("expired", "certificate has expired"),
        ("another host", "IP address mismatch"),
        ("no encryption", "no answer"),
    ],
)
async def test_fault_18_a_wrong_certificate_is_told_and_everything_waits(
    broker: MockKafka, path: Path, authority: trustme.CA, tmp_path: Path, wrong: str, says: str
) -> None:
    contexts: dict[str, Callable[[], ssl.SSLContext | None]] = {
        "another authority": lambda: server_context(trustme.CA().issue_cert(_HERE)),
        "expired": lambda: server_context(expired(authority)),
        "another host": lambda: server_context(authority.issue_cert("elsewhere.example")),
        "no encryption": lambda: None,
    }
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with encrypted(broker, contexts[wrong]()) as address:
        settings = kafka_settings(address, security="ssl", ca_file=tmp_path / "ca.pem")
        async with bench(path, settings) as desk:
            await register(desk.store, "사과")
            desk.start()
            assert says in await lost(desk.heard)
            await asyncio.sleep(0.5)
            assert {entry.state for entry in await desk.store.entries()} == {MessageState.WAITING}
            assert len(desk.heard(BrokerLost)) == 1
    assert await read_all(broker.bootstrap) == []


async def test_fault_18_plain_text_to_an_encrypted_port_waits_and_recovers(
    broker: MockKafka, path: Path, authority: trustme.CA
) -> None:
    context = server_context(authority.issue_cert(_HERE))
    async with encrypted(broker, context) as address, bench(path, kafka_settings(address)) as desk:
        await register(desk.store, "사과")
        desk.start()
        await lost(desk.heard)
        assert not desk.heard(BrokerFound)
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        desk.start()
        await desk.drained()
    assert len(await read_all(broker.bootstrap)) == 1


@pytest.mark.parametrize(
    ("server", "warned"),
    [
        ("127.0.0.1:9092", False),
        ("localhost:9092,[::1]:9092", False),
        ("10.0.0.7:9092", True),
        ("127.0.0.1:9092, kafka.example:9092", True),
    ],
)
async def test_plain_text_beyond_this_machine_is_warned_about_once(
    server: str, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "delivery")
    async with KafkaPublisher(KafkaSettings(server=server), fridge_id=17):
        pass
    assert len(caplog.records) == warned


@pytest.mark.parametrize(
    ("changes", "secrets", "key"),
    [
        ({"security": "sasl_ssl"}, {"kafka_password": SecretStr("x")}, "kafka.username"),
        ({"security": "sasl_ssl", "username": "fridge-17"}, {}, "secrets.kafka_password"),
        ({"security": "ssl", "ca_file": "/nowhere/ca.pem"}, {}, "kafka.ca_file"),
        ({"security": "ssl", "cert_file": __file__}, {}, "kafka.cert_file"),
    ],
)
async def test_security_that_can_never_work_is_refused_at_the_start(
    changes: dict[str, str], secrets: dict[str, SecretStr], key: str
) -> None:
    settings = kafka_settings("localhost:9092", **changes)
    with pytest.raises(SettingsError) as refusal:
        async with KafkaPublisher(settings, fridge_id=17, secrets=SecretSettings(**secrets)):
            pass
    assert refusal.value.mistakes[0].key == key
