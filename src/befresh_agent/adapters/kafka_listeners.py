"""Whether a broker can be reached: not only where it is asked for, but at every address that it names itself.

Clients go where the broker says it is (`advertised.listeners`); when that is a name nobody here knows, asking works and
delivering does not.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from befresh_agent.adapters import kafka_security
from befresh_agent.adapters.kafka_errors import translated
from befresh_agent.adapters.knock import knock
from befresh_agent.deadline import within
from befresh_agent.errors import DeliveryError
from befresh_agent.settings import KafkaSettings, SecretSettings

if TYPE_CHECKING:
    from aiokafka.client import AIOKafkaClient

_PORT = 9092


@dataclass(frozen=True, slots=True)
class Reached:
    """What was found."""

    addresses: Mapping[str, str]
    """By address as `host:port`: what is wrong there; empty when it answers."""
    topics: frozenset[str] | None
    """Every topic that this client may see; None when nobody answered."""


async def reach(settings: KafkaSettings, secrets: SecretSettings, limit_s: float) -> Reached:
    """Try each address of the settings, then each that the brokers name. Raises `ImportError`, `SettingsError`."""
    await asyncio.to_thread(import_module, "aiokafka.client")  # takes long
    kafka_security.check(settings, secrets)
    servers = [server.strip() for server in settings.server.split(",")]
    answers = await asyncio.gather(*(_ask(server, settings, secrets, limit_s) for server in servers))
    addresses: dict[str, str] = {}
    for answer in answers:
        for address, trouble in answer.addresses.items():
            addresses[address] = "" if addresses.get(address) == "" else trouble
    return Reached(addresses, next((answer.topics for answer in answers if answer.topics is not None), None))


async def _ask(server: str, settings: KafkaSettings, secrets: SecretSettings, limit_s: float) -> Reached:
    host, port = _host_and_port(server)
    if trouble := await knock(host, port, limit_s):  # the reason why that fails would be lost in the library
        return Reached({server: trouble}, None)
    try:
        async with within(limit_s):
            with _last_word() as words:
                return await _bootstrapped(server, settings, secrets, words)
    except TimeoutError:
        return Reached({server: f"no answer within {limit_s:g} s"}, None)
    except DeliveryError as error:
        return Reached({server: str(error)}, None)


def _host_and_port(server: str) -> tuple[str, int]:
    host, colon, port = server.rpartition(":")
    if not colon or server.endswith("]"):
        return server.strip("[]"), _PORT
    return host.strip("[]"), int(port)


async def _bootstrapped(server: str, settings: KafkaSettings, secrets: SecretSettings, words: list[str]) -> Reached:
    from aiokafka.client import AIOKafkaClient

    chosen = kafka_security.options(settings, secrets)
    client = AIOKafkaClient(bootstrap_servers=[server], client_id="befresh-doctor", **chosen)
    try:
        await client.bootstrap()
        named = await _named(client)
        reachable = not all(named.values())
        topics = frozenset((await client.fetch_all_metadata()).topics()) if reachable else None
        return Reached({server: ""} | named, topics)
    except Exception as error:  # aiokafka lets OSError, ssl and its own errors through
        raise translated(error, words[-1] if words else "") from error
    finally:
        await client.close()


async def _named(client: "AIOKafkaClient") -> dict[str, str]:
    """Every broker of the cluster, at the address that it gives."""
    brokers = [broker for broker in client.cluster.brokers() if isinstance(broker.nodeId, int)]
    ready = await asyncio.gather(*(client.ready(broker.nodeId) for broker in brokers))
    return {
        f"{broker.host}:{broker.port}": "" if good else "the broker says that it is here, but here it is not"
        for broker, good in zip(brokers, ready, strict=True)
    }


@contextlib.contextmanager
def _last_word() -> Iterator[list[str]]:
    """What the library logs meanwhile: often the only place that says why."""
    words: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: words.append(record.getMessage())  # type: ignore[method-assign]  # one line for a class
    family = logging.getLogger("aiokafka")
    family.addHandler(handler)
    try:
        yield words
    finally:
        family.removeHandler(handler)
