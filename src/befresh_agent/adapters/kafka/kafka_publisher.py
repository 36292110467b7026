"""The way to Kafka, a line of its own for each topic. In: messages. Out: for each an acknowledgement or what went
wrong.

An idempotent aiokafka producer never gives a message up and cannot be stopped in an outage, and one permanent failure
leaves a gap in its sequence that a broker never forgives. So deadlines are kept here, and a producer is thrown away on
any doubt, with everything it still holds: the outbox has it all. A topic that is missing or forbidden costs its own
line's time, connection and producer, and nobody else's.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from importlib import import_module
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from befresh_agent.adapters.kafka import kafka_security
from befresh_agent.adapters.kafka.aiokafka_quirks import (
    OneLineAMinute,
    abort,
    keep_together,
    missing_topic,
    remedy_for,
    teach_invalid_record,
    translated,
)
from befresh_agent.adapters.kafka.reachability import answering_first, split
from befresh_agent.adapters.system.network import daemon_lookups
from befresh_agent.domain.delivery_events import BROKER
from befresh_agent.errors import DeliveryError, DeliveryTransient, SettingMistake, SettingsError
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.remedies import missing
from befresh_agent.settings.model import KafkaSettings, SecretSettings

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer

_LOOK_S = 5.0
"""A broker that is there tells its topics at once."""


class TopicLine:
    """A producer of its own: what goes wrong with one topic's leaves the others' alone."""

    def __init__(
        self,
        topic: str,
        settings: KafkaSettings,
        make: "Callable[[], Awaitable[AIOKafkaProducer]]",
        log: OneLineAMinute,
    ) -> None:
        self._topic = topic
        self._settings = settings
        self._make = make
        self._log = log
        self._producer: AIOKafkaProducer | None = None
        self._start: asyncio.Task[None] | None = None
        self._busy = asyncio.Lock()
        self._limit: asyncio.Timeout | None = None
        self._closing = False

    async def publish(self, messages: Sequence[OutgoingMessage]) -> list[DeliveryError | None]:
        sound = False
        async with self._busy:
            try:
                outcomes = await self._outcomes(messages)
                sound = not any(outcomes)
            finally:
                if not sound:  # any failure and any cancellation leaves this producer in doubt
                    await self.discard()
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
            await self.discard()

    async def discard(self) -> None:
        """Drop the producer and whatever it holds."""
        producer, self._producer = self._producer, None
        if producer is not None and self._start is not None:
            await asyncio.shield(abort(producer, self._start))

    async def _outcomes(self, messages: Sequence[OutgoingMessage]) -> list[DeliveryError | None]:
        handed: list[asyncio.Future[Any] | Exception] = []
        missing: DeliveryError = self._silence()
        try:
            async with self._deadline(self._settings.start_timeout_s):
                producer = await self._connected()
            async with self._deadline(self._settings.delivery_timeout_s):
                for message in messages:
                    handed.append(await self._hand_over(producer, message))
                await _all_done([one for one in handed if isinstance(one, asyncio.Future)])
        except TimeoutError:
            missing = self._silence()
        except DeliveryError as error:
            missing = error
        return [self._outcome(one, missing) for one in handed] + [missing] * (len(messages) - len(handed))

    def _silence(self) -> DeliveryTransient:
        text = f"{self._topic}: {self._settings.server} did not acknowledge in time"
        known = ((word, remedy_for(word)) for word in reversed(self._log.recent))
        return DeliveryTransient(next((f"{text}: {word}; {remedy}" for word, remedy in known if remedy), text))

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
            self._log.recent.clear()
            try:
                self._producer = await self._make()
                keep_together(self._producer)
                self._start = asyncio.create_task(self._producer.start())
                await asyncio.wait([self._start])  # not cancelled with us: whoever discards the producer ends it
                self._start.result()
            except Exception as error:  # aiokafka lets OSError, ssl and its own errors through
                raise translated(error, self._log.last_word, topic=self._topic) from error
        return self._producer

    async def _hand_over(
        self, producer: "AIOKafkaProducer", message: OutgoingMessage
    ) -> "asyncio.Future[Any] | Exception":
        """The future of the acknowledgement, or what already went wrong with handing it over."""
        headers = [(name, value.encode()) for name, value in message.headers]
        try:
            future: asyncio.Future[Any] = await producer.send(
                message.topic, message.body, key=message.key.encode(), headers=headers
            )
        except Exception as error:  # noqa: BLE001  # aiokafka lets OSError, ssl and its own errors through
            return missing_topic(self._topic) if await self._is_missing(producer, error) else error
        future.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be left to ask
        return future

    async def _is_missing(self, producer: "AIOKafkaProducer", error: Exception) -> bool:
        """Whether the topic does not exist: aiokafka says so in an outage, too, when nobody knows."""
        if type(error).__name__ != "UnknownTopicOrPartitionError":
            return False
        try:
            async with within(_LOOK_S):
                return self._topic not in (await producer.client.fetch_all_metadata()).topics()
        except Exception:  # noqa: BLE001  # as above; nobody is there to be asked
            return False

    def _outcome(self, handed: "asyncio.Future[Any] | Exception", missing: DeliveryError) -> DeliveryError | None:
        if isinstance(handed, DeliveryError):
            return handed
        if isinstance(handed, Exception):
            return translated(handed, topic=self._topic)
        if not handed.done():
            return missing
        error = handed.exception()
        return None if error is None else translated(error, topic=self._topic)


async def _all_done(futures: "list[asyncio.Future[Any]]") -> None:
    if futures:
        await asyncio.wait(futures)


class KafkaPublisher:
    """An async context manager; a missing broker is no reason not to enter."""

    name = BROKER

    def __init__(self, settings: KafkaSettings, *, fridge_id: int, secrets: SecretSettings | None = None) -> None:
        self._settings = settings
        self._secrets = secrets or SecretSettings()
        self._client_id = f"befresh-{fridge_id}"
        self._lines: dict[str, TopicLine] = {}
        self._log = OneLineAMinute("aiokafka")
        self._around = ExitStack()
        self._attempts = count()

    @property
    def where(self) -> str:
        return self._settings.server

    async def __aenter__(self) -> Self:
        try:
            await asyncio.to_thread(import_module, "aiokafka")  # takes long
            teach_invalid_record()
            kafka_security.check(self._settings, self._secrets)
        except ImportError as error:
            mistake = SettingMistake(
                key="kafka.server", value=self._settings.server, remedy=str(missing(error, "kafka"))
            )
            raise SettingsError(mistake) from error
        self._around.enter_context(self._log)
        self._around.enter_context(daemon_lookups())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await asyncio.gather(*(line.discard() for line in self._lines.values()))
        self._around.close()

    async def publish(self, messages: Sequence[OutgoingMessage]) -> list[DeliveryError | None]:
        """Send messages of one topic."""
        return await self._line(messages[0].topic).publish(messages)

    async def close(self, grace_s: float) -> None:
        await asyncio.gather(*(line.close(grace_s) for line in self._lines.values()))

    def _line(self, topic: str) -> TopicLine:
        if topic not in self._lines:
            self._lines[topic] = TopicLine(topic, self._settings, self._new, self._log)
        return self._lines[topic]

    async def _new(self) -> "AIOKafkaProducer":
        from aiokafka import AIOKafkaProducer

        return AIOKafkaProducer(
            bootstrap_servers=await answering_first(split(self._settings.server), next(self._attempts)),
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
