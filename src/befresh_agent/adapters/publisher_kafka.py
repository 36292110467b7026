"""The way to Kafka, over aiokafka. In: messages. Out: for each an acknowledgement or what went wrong.

An idempotent aiokafka producer never gives a message up and cannot be stopped in an outage, and one permanent failure
leaves a gap in its sequence that a broker never forgives. So deadlines are kept here, and a producer is thrown away on
any doubt, with everything it still holds: the outbox has it all.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from befresh_agent.adapters.kafka_abort import abort
from befresh_agent.adapters.kafka_errors import teach_invalid_record, translated
from befresh_agent.adapters.kafka_log import OneLineAMinute
from befresh_agent.errors import DeliveryError, DeliveryTransient, SettingsError
from befresh_agent.ports.publisher import Message
from befresh_agent.settings import KafkaSettings

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer


class KafkaPublisher:
    """An async context manager; a missing broker is no reason not to enter."""

    def __init__(self, settings: KafkaSettings, *, fridge_id: int) -> None:
        self._settings = settings
        self._client_id = f"befresh-{fridge_id}"
        self._producer: AIOKafkaProducer | None = None
        self._log = OneLineAMinute("aiokafka")

    @property
    def where(self) -> str:
        return self._settings.server

    async def __aenter__(self) -> Self:
        try:
            teach_invalid_record()
        except ImportError as error:
            remedy = "delivery to a broker needs the extra `befresh-agent[kafka]`"
            raise SettingsError("settings", "kafka.server", self._settings.server, remedy) from error
        self._log.__enter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._discard()
        self._log.__exit__(kind, error, at)

    async def publish(self, messages: Sequence[Message]) -> list[DeliveryError | None]:
        sound = False
        try:
            outcomes = await self._publish(messages)
            sound = not any(outcomes)
        finally:
            if not sound:  # any failure and any cancellation leaves this producer in doubt
                await self._discard()
        return outcomes

    async def close(self, grace_s: float) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(grace_s):
                await producer.stop()
        except TimeoutError:
            await abort(producer)

    async def _publish(self, messages: Sequence[Message]) -> list[DeliveryError | None]:
        try:
            producer = await self._connected()
        except DeliveryError as error:
            return [error] * len(messages)
        sent: list[asyncio.Future[Any] | Exception] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.delivery_timeout_s):
                for message in messages:
                    sent.append(await _sent(producer, message))
                await asyncio.wait([future for future in sent if isinstance(future, asyncio.Future)] or [_nothing()])
        unsent = [DeliveryTransient("no time left to send it")] * (len(messages) - len(sent))
        return [self._outcome(one) for one in sent] + unsent

    async def _connected(self) -> "AIOKafkaProducer":
        if self._producer is None:
            producer = self._new()
            self._producer = producer  # before it is started: whoever fails or is cancelled now discards it
            try:
                async with asyncio.timeout(self._settings.start_timeout_s):
                    await producer.start()
            except TimeoutError as error:
                raise DeliveryTransient(f"no connection within {self._settings.start_timeout_s:g} s") from error
            except Exception as error:  # aiokafka lets OSError, ssl and its own errors through
                raise translated(error) from error
        return self._producer

    def _new(self) -> "AIOKafkaProducer":
        from aiokafka import AIOKafkaProducer

        return AIOKafkaProducer(
            bootstrap_servers=[server.strip() for server in self._settings.server.split(",")],
            client_id=self._client_id,
            acks="all",
            enable_idempotence=True,
            compression_type="gzip",  # the one codec every consumer has without another library
            request_timeout_ms=int(self._settings.request_timeout_s * 1000),
            retry_backoff_ms=2000,
            linger_ms=0,
            max_batch_size=131_072,
            max_request_size=900_000,
            metadata_max_age_ms=1_800_000,
            connections_max_idle_ms=300_000,
        )

    def _outcome(self, sent: "asyncio.Future[Any] | Exception") -> DeliveryError | None:
        if isinstance(sent, Exception):
            return translated(sent)
        if not sent.done():
            return DeliveryTransient(f"no acknowledgement within {self._settings.delivery_timeout_s:g} s")
        return translated(error) if (error := sent.exception()) is not None else None

    async def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await asyncio.shield(abort(producer))


async def _sent(producer: "AIOKafkaProducer", message: Message) -> "asyncio.Future[Any] | Exception":
    """The future of the acknowledgement, or what already went wrong with handing it over."""
    headers = [(name, value.encode()) for name, value in message.headers]
    try:
        future: asyncio.Future[Any] = await producer.send(
            message.topic, message.body, key=message.key.encode(), headers=headers
        )
    except Exception as error:  # noqa: BLE001  # aiokafka lets OSError, ssl and its own errors through
        return error
    future.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be left to ask
    return future


def _nothing() -> "asyncio.Future[Any]":
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    future.set_result(None)
    return future
