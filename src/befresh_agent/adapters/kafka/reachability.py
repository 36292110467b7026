"""Whether a broker can be reached: where it is asked for, and at every address that it names itself.

Clients go where the broker says it is (`advertised.listeners`); when that is a name nobody here knows, asking works and
sending never does. Of several addresses those that answer are asked first: behind two silent ones aiokafka would never
reach the third.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from befresh_agent.adapters.kafka import kafka_security
from befresh_agent.adapters.kafka.aiokafka_quirks import translated
from befresh_agent.adapters.system.network import probe_tcp
from befresh_agent.domain.endpoints import parse_endpoint
from befresh_agent.errors import DeliveryError
from befresh_agent.runtime.event_loop import within
from befresh_agent.settings.model import KafkaSettings, SecretSettings
from befresh_agent.settings.section import KAFKA_PORT

if TYPE_CHECKING:
    from aiokafka.client import AIOKafkaClient

_KNOCK_S = 3.0


def split(server: str) -> list[str]:
    """The setting `kafka.server` in its parts."""
    return [one.strip() for one in server.split(",")]


async def _knock(server: str) -> str:
    place = parse_endpoint(server, KAFKA_PORT)
    return await probe_tcp(place.host, place.port, _KNOCK_S)


async def answering_first(servers: Sequence[str], attempt: int) -> list[str]:
    """The servers, those that answered at their head, another of them at each attempt; as they were where none does.

    A server that takes connections may still be none: a captive portal, a broker that hangs.
    """
    if len(servers) < 2:
        return list(servers)
    knocks = {asyncio.create_task(_knock(server)): server for server in servers}
    try:
        for knocked in asyncio.as_completed(knocks):
            if not await knocked:
                break
        answered = [server for task, server in knocks.items() if task.done() and not task.result()]
    finally:
        for task in knocks:
            task.cancel()
        await asyncio.gather(*knocks, return_exceptions=True)
    first = attempt % max(1, len(answered))
    return [*answered[first:], *answered[:first], *(server for server in servers if server not in answered)]


@dataclass(frozen=True, slots=True)
class BrokerReach:
    """What was found."""

    addresses: Mapping[str, str]
    """By address as `host:port`: what is wrong there; empty when it answers."""
    topics: frozenset[str] | None
    """Every topic that this client may see; None when nobody answered."""


async def reach(settings: KafkaSettings, secrets: SecretSettings, limit_s: float) -> BrokerReach:
    """Try each address of the settings, then each that the brokers name. Raises `ImportError`, `SettingsError`."""
    await asyncio.to_thread(import_module, "aiokafka.client")  # takes long
    kafka_security.check(settings, secrets)
    answers = await asyncio.gather(*(_ask(server, settings, secrets, limit_s) for server in split(settings.server)))
    addresses: dict[str, str] = {}
    for answer in answers:
        for address, trouble in answer.addresses.items():
            addresses[address] = "" if addresses.get(address) == "" else trouble
    return BrokerReach(addresses, next((answer.topics for answer in answers if answer.topics is not None), None))


async def _ask(server: str, settings: KafkaSettings, secrets: SecretSettings, limit_s: float) -> BrokerReach:
    place = parse_endpoint(server, KAFKA_PORT)
    if trouble := await probe_tcp(place.host, place.port, limit_s):  # the library would not say why
        return BrokerReach({server: trouble}, None)
    try:
        async with within(limit_s):
            with _last_word() as words:
                return await _bootstrapped(server, settings, secrets, words)
    except TimeoutError:
        return BrokerReach({server: f"no answer within {limit_s:g} s"}, None)
    except DeliveryError as error:
        return BrokerReach({server: str(error)}, None)


async def _bootstrapped(server: str, settings: KafkaSettings, secrets: SecretSettings, words: list[str]) -> BrokerReach:
    from aiokafka.client import AIOKafkaClient

    chosen = kafka_security.options(settings, secrets)
    client = AIOKafkaClient(bootstrap_servers=[server], client_id="befresh-doctor", **chosen)
    try:
        await client.bootstrap()
        named = await _named(client)
        reachable = not all(named.values())
        topics = frozenset((await client.fetch_all_metadata()).topics()) if reachable else None
        return BrokerReach({server: ""} | named, topics)
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
