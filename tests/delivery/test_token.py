"""Logging in with a token (SASL OAUTHBEARER): from a token service, from a command, refused, over, and wrong."""

import asyncio
import sys
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import SecretStr

from befresh_agent.adapters.kafka.kafka_publisher import KafkaPublisher
from befresh_agent.domain.delivery_events import BrokerLost
from befresh_agent.errors import SettingsError
from befresh_agent.settings.model import KafkaSettings, SecretSettings
from tests.delivery.bench import Bench, bench, kafka_settings, register
from tests.delivery.mock_kafka import MockKafka
from tests.delivery.reader import read_all
from tests.delivery.sasl import token_door, token_service
from tests.delivery.test_tls import server_context

_HERE = "127.0.0.1"
SECRETS = SecretSettings(kafka_password=SecretStr("s3cret"))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def settings(authority: trustme.CA, tmp_path: Path) -> Callable[..., KafkaSettings]:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    def make(port: int, **changes: Any) -> KafkaSettings:
        chosen = {"security": "sasl_ssl", "sasl_mechanism": "OAUTHBEARER", "ca_file": tmp_path / "ca.pem"}
        return kafka_settings(f"{_HERE}:{port}", **chosen, **changes)

    return make


async def told(desk: Bench) -> str:
    async with asyncio.timeout(60):
        while not desk.heard(BrokerLost):
            await asyncio.sleep(0.02)
    return desk.heard(BrokerLost)[0].error


async def test_a_token_of_a_service_opens_the_door_and_is_used_as_long_as_it_is_good(
    broker: MockKafka, path: Path, authority: trustme.CA, settings: Callable[..., KafkaSettings]
) -> None:
    context = server_context(authority.issue_cert(_HERE))
    async with (
        token_service() as (service, url),
        token_door(broker.bootstrap, context, lambda token: token.startswith("token-")) as (door, port),
    ):
        host, _, own_port = broker.bootstrap.partition(":")
        broker.advertise(_HERE, port)
        kafka = settings(port, token_url=url, username="fridge-17", token_scope="kafka")
        async with bench(path, kafka, secrets=SECRETS) as desk:
            await register(desk.store, "사과")
            desk.start()
            await desk.drained()
        broker.advertise(host, int(own_port))
        assert len(door.tokens) >= 2, "at the first address, and at that which the broker names"
        assert len(service.asked) == 1
        assert service.asked[0] == {"grant_type": ["client_credentials"], "scope": ["kafka"]}
        assert b64decode(service.logins[0].removeprefix("Basic ")).decode() == "fridge-17:s3cret"
    assert len(await read_all(broker.bootstrap)) == 1


async def test_a_command_prints_the_token(
    broker: MockKafka, path: Path, authority: trustme.CA, settings: Callable[..., KafkaSettings]
) -> None:
    context = server_context(authority.issue_cert(_HERE))
    async with token_door(broker.bootstrap, context, lambda token: token == "signed") as (_, port):
        host, _, own_port = broker.bootstrap.partition(":")
        broker.advertise(_HERE, port)
        async with bench(path, settings(port, token_command=(sys.executable, "-c", "print('signed')"))) as desk:
            await register(desk.store, "사과")
            desk.start()
            await desk.drained()
        broker.advertise(host, int(own_port))
    assert len(await read_all(broker.bootstrap)) == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"token_command": (sys.executable, "-c", "import sys; sys.exit('no role')")}, "no role"),
        ({"token_command": (sys.executable, "-c", "print('two words')")}, "no token"),
        ({"token_command": ("/nowhere/kafka-token",)}, "does not exist"),
        ({"token_url": "http://127.0.0.1:1/token", "username": "x"}, "refused"),
        ({"token_command": (sys.executable, "-c", "print('over')")}, "the token is over"),
    ],
)
async def test_what_goes_wrong_with_a_token_is_told_and_everything_waits(
    broker: MockKafka,
    path: Path,
    authority: trustme.CA,
    settings: Callable[..., KafkaSettings],
    changes: dict[str, Any],
    says: str,
) -> None:
    context = server_context(authority.issue_cert(_HERE))
    async with (
        token_door(broker.bootstrap, context, lambda token: token == "good") as (_, port),
        bench(path, settings(port, **changes), secrets=SECRETS) as desk,
    ):
        await register(desk.store, "사과")
        desk.start()
        assert says in await told(desk)
        assert (await desk.store.summary()).waiting == 1
        assert "s3cret" not in await told(desk)


@pytest.mark.parametrize("answer", ["401", "500", "<html>log in</html>", '{"access_token": ""}', '{"error": "x y"}'])
async def test_a_service_that_gives_no_token_is_named(
    broker: MockKafka, path: Path, authority: trustme.CA, settings: Callable[..., KafkaSettings], answer: str
) -> None:
    context = server_context(authority.issue_cert(_HERE))
    async with (
        token_service() as (service, url),
        token_door(broker.bootstrap, context, lambda token: False) as (_, port),
    ):
        service.answer = answer
        async with bench(path, settings(port, token_url=url, username="fridge-17"), secrets=SECRETS) as desk:
            await register(desk.store, "사과")
            desk.start()
            assert "token" in await told(desk)


async def test_a_token_that_is_over_is_renewed_for_the_next_connection() -> None:
    from befresh_agent.adapters.kafka.kafka_token import TokenSource

    async with token_service(good_s=60) as (service, url):
        source = TokenSource(KafkaSettings(token_url=url, username="x"), SECRETS)
        assert [await source.token() for _ in range(3)] == ["token-1", "token-2", "token-3"]
        service.good_s = 3600
        assert [await source.token() for _ in range(3)] == ["token-4"] * 3


async def test_without_a_source_of_tokens_it_is_refused_at_the_start() -> None:
    settings = kafka_settings("localhost:9092", security="sasl_ssl", sasl_mechanism="OAUTHBEARER")
    with pytest.raises(SettingsError, match="token_url") as refusal:
        async with KafkaPublisher(settings, fridge_id=17):
            pass
    assert refusal.value.mistakes[0].key == "kafka.sasl_mechanism"


async def test_a_secret_is_not_sent_in_plain_text() -> None:
    chosen = {"security": "sasl_ssl", "sasl_mechanism": "OAUTHBEARER", "username": "x"}
    settings = kafka_settings("localhost:9092", **chosen, token_url="http://login.example/token")
    with pytest.raises(SettingsError, match="plain text"):
        async with KafkaPublisher(settings, fridge_id=17, secrets=SECRETS):
            pass
