"""The way to Kafka, over aiokafka. In: messages. Out: for each an acknowledgement or what went wrong.

An idempotent aiokafka producer never gives a message up and cannot be stopped in an outage, and one permanent failure
leaves a gap in its sequence that a broker never forgives. So deadlines are kept here, and a producer is thrown away on
any doubt, with everything it still holds: the outbox has it all.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from befresh_agent.adapters import kafka_security
from befresh_agent.adapters.kafka_abort import abort, keep_together
from befresh_agent.adapters.kafka_errors import teach_invalid_record, translated
from befresh_agent.adapters.kafka_log import OneLineAMinute
from befresh_agent.adapters.name_lookup import free_lookups
from befresh_agent.deadline import within
from befresh_agent.errors import DeliveryError, DeliveryTransient, SettingsError
from befresh_agent.ports.publisher import Message
from befresh_agent.settings import KafkaSettings, SecretSettings

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer


class KafkaPublisher:
    """An async context manager; a missing broker is no reason not to enter."""

    def __init__(self, settings: KafkaSettings, *, fridge_id: int, secrets: SecretSettings | None = None) -> None:
        self._settings = settings
        self._secrets = secrets or SecretSettings()
        self._client_id = f"befresh-{fridge_id}"
        self._producer: AIOKafkaProducer | None = None
        self._start: asyncio.Task[None] | None = None
        self._busy = asyncio.Lock()
        self._limit: asyncio.Timeout | None = None
        self._closing = False
        self._log = OneLineAMinute("aiokafka")
        self._around = ExitStack()

    @property
    def where(self) -> str:
        return self._settings.server

    async def __aenter__(self) -> Self:
        try:
            await asyncio.to_thread(import_module, "aiokafka")  # takes long
            teach_invalid_record()
            kafka_security.check(self._settings, self._secrets)
        except ImportError as error:
            remedy = "delivery to a broker needs the extra `befresh-agent[kafka]`"
            raise SettingsError("settings", "kafka.server", self._settings.server, remedy) from error
        self._around.enter_context(self._log)
        self._around.enter_context(free_lookups())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._discard()
        self._around.close()

    async def publish(self, messages: Sequence[Message]) -> list[DeliveryError | None]:
        sound = False
        async with self._busy:
            try:
                outcomes = await self._outcomes(messages)
                sound = not any(outcomes)
            finally:
                if not sound:  # any failure and any cancellation leaves this producer in doubt
                    await self._discard()
        return outcomes

    async def close(self, grace_s: float) -> None:
        self._closing = True
        if self._limit is not None:
            self._limit.reschedule(0)  # what is under way ends now
        async with self._busy:
            if self._producer is not None:
                with suppress(TimeoutError):
                    async with within(grace_s):
                        await self._producer.stop()
                        self._producer = None
            await self._discard()

    async def _outcomes(self, messages: Sequence[Message]) -> list[DeliveryError | None]:
        handed: list[asyncio.Future[Any] | Exception] = []
        missing: DeliveryError = DeliveryTransient(f"{self.where} did not acknowledge in time")
        try:
            async with self._deadline(self._settings.start_timeout_s):
                producer = await self._connected()
            async with self._deadline(self._settings.delivery_timeout_s):
                for message in messages:
                    handed.append(await _hand_over(producer, message))
                await _all_done([one for one in handed if isinstance(one, asyncio.Future)])
        except TimeoutError:
            pass
        except DeliveryError as error:
            missing = error
        return [_outcome(one, missing) for one in handed] + [missing] * (len(messages) - len(handed))

    @asynccontextmanager
    async def _deadline(self, seconds: float) -> AsyncIterator[None]:
        """TimeoutError after so many seconds, or as soon as the publisher is closed."""
        try:
            async with within(0 if self._closing else seconds) as self._limit:
                yield
        finally:
            self._limit = None

    async def _connected(self) -> "AIOKafkaProducer":
        if self._producer is None:
            self._log.last_word = ""
            try:
                self._producer = self._new()
                keep_together(self._producer)
                self._start = asyncio.create_task(self._producer.start())
                await asyncio.wait([self._start])  # not cancelled with us: whoever discards the producer ends it
                self._start.result()
            except Exception as error:  # aiokafka lets OSError, ssl and its own errors through
                raise translated(error, self._log.last_word) from error
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
            retry_backoff_ms=500,
            linger_ms=0,
            max_batch_size=131_072,
            max_request_size=900_000,
            metadata_max_age_ms=1_800_000,
            connections_max_idle_ms=300_000,
            **kafka_security.options(self._settings, self._secrets),
        )

    async def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None and self._start is not None:
            await asyncio.shield(abort(producer, self._start))


async def _hand_over(producer: "AIOKafkaProducer", message: Message) -> "asyncio.Future[Any] | Exception":
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


async def _all_done(futures: "list[asyncio.Future[Any]]") -> None:
    if futures:
        await asyncio.wait(futures)


def _outcome(handed: "asyncio.Future[Any] | Exception", missing: DeliveryError) -> DeliveryError | None:
    if isinstance(handed, Exception):
        return translated(handed)
    if not handed.done():
        return missing
    error = handed.exception()
    return None if error is None else translated(error)
