"""What aiokafka needs to be trusted: batches that stay together, an end without delay, clear errors, a short log.

Where a partition has no leader for as long as a request may take, it drops the first batch that waits and may send the
next: out of order. Its own stop() waits until everything is delivered, which in an outage is never; and it would go on
delivering later. While a broker is away it logs half a gigabyte a day (measured).
What is used of aiokafka's private parts stands here alone, and a test guards every name at an upgrade.
"""

import asyncio
import logging
import math
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from befresh_agent.errors import (
    DeliveryError,
    DeliveryRefused,
    DeliveryTransient,
    NotAuthorised,
    TooLarge,
    TopicFault,
    error_text,
    plain,
)

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer
    from aiokafka.producer.message_accumulator import MessageAccumulator

_START_S = 1.0

_SENDER_S = 0.1

_STEP_S = 1.5


def keep_together(producer: "AIOKafkaProducer") -> None:
    """Let no batch of this new producer grow too old: what is not acknowledged in time is aborted all together."""
    producer._message_accumulator._batch_ttl = math.inf


async def abort(producer: "AIOKafkaProducer", start: "asyncio.Task[None]") -> None:
    """Drop a producer and all it holds, within a few seconds and whatever the network does."""
    from aiokafka.errors import ProducerClosed

    producer._closed = True
    producer._message_accumulator._closed = True
    await _end(start, patience_s=_START_S)  # cancelled while it asks for metadata it would leave a connection open
    sender = producer._sender.sender_task
    if sender is not None:
        sender.cancel()
    await _close(producer)  # its requests under way fail now, so the sender can end
    if sender is not None:
        # It waits for its one request (we send one topic at a time), which may wait for ever on the closed client.
        await _end(sender, patience_s=_SENDER_S)
    _fail_all(producer._message_accumulator, ProducerClosed())
    await _close(producer)  # what was opened meanwhile


async def _end(task: "asyncio.Task[None]", patience_s: float) -> None:
    """Let the task end by itself for so long, then make it."""
    await asyncio.wait([task], timeout=patience_s)
    if not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_STEP_S)
    if task.done() and not task.cancelled():
        task.exception()  # nobody else will ask


def _fail_all(accumulator: "MessageAccumulator", error: Exception) -> None:
    waiting = {batch for batches in accumulator._batches.values() for batch in batches}
    accumulator._pending_batches |= waiting  # a batch that was tried before wants to be removed from there
    accumulator.fail_all(error)
    for batch in waiting:
        if batch._drain_waiter.done():
            batch._drain_waiter.exception()  # nobody else will ask


async def _close(producer: "AIOKafkaProducer") -> None:
    """Close its connections as far as they can be.

    In a task of its own: where what waits in a connection cannot leave in time, the first attempt is cancelled in the
    midst of it. Every later one then ends as cancelled, and so would whoever awaits it: a lane, without a word.
    """
    await _end(asyncio.create_task(producer.client.close()), patience_s=_STEP_S)


_LOGIN = "the login is refused: check kafka.username, kafka.sasl_mechanism and secrets.kafka_password"

_ACL = "on the broker: kafka-acls.sh --add --allow-principal User:... --operation"

_WRITE = f"this fridge may not write to {{topic}}; {_ACL} Write --operation Describe --topic {{topic}}"

_IDEMPOTENT = f"brokers before Kafka 2.8 want one right more; {_ACL} IdempotentWrite --cluster"

_NO_LOGIN = "the broker wants no login here: check kafka.security and the port"


@dataclass(frozen=True, slots=True)
class _ErrorMeaning:
    kind: type[DeliveryError]
    remedy: str = ""
    """What a person can do; `{topic}` and `{now}` are filled in."""


_MEANINGS = {
    "MessageSizeTooLargeError": _ErrorMeaning(TooLarge, "raise max.message.bytes of topic {topic}"),
    "RecordListTooLargeError": _ErrorMeaning(TooLarge, "raise max.message.bytes of topic {topic}"),
    "InvalidRecord": _ErrorMeaning(DeliveryRefused, "the broker's own validation of {topic} does not take it"),
    "PolicyViolationError": _ErrorMeaning(DeliveryRefused, "it is against a policy of the broker for {topic}"),
    "TopicAuthorizationFailedError": _ErrorMeaning(TopicFault, _WRITE),
    "InvalidTopicError": _ErrorMeaning(
        TopicFault, "{topic} is no name for a topic: correct it in the settings ([kafka])"
    ),
    "ClusterAuthorizationFailedError": _ErrorMeaning(NotAuthorised, _IDEMPOTENT),
    "SaslAuthenticationFailed": _ErrorMeaning(NotAuthorised, _LOGIN),
    "AuthenticationFailedError": _ErrorMeaning(NotAuthorised, _LOGIN),
    "AuthenticationMethodNotSupported": _ErrorMeaning(NotAuthorised, "the broker does not know kafka.sasl_mechanism"),
    "UnsupportedSaslMechanismError": _ErrorMeaning(NotAuthorised, "the broker does not know kafka.sasl_mechanism"),
    "IllegalSaslStateError": _ErrorMeaning(NotAuthorised, _NO_LOGIN),
    "InvalidTimestampError": _ErrorMeaning(
        DeliveryTransient,
        "the broker finds the time of this fridge ({now}) wrong: `timedatectl` tells who sets the clock,"
        " `sudo timedatectl set-ntp true` lets the network do it",
    ),
    "NotEnoughReplicasError": _ErrorMeaning(DeliveryTransient, "too few brokers hold {topic} at the moment"),
    "NotEnoughReplicasAfterAppendError": _ErrorMeaning(DeliveryTransient, "too few brokers hold {topic} at the moment"),
    "UnsupportedVersionError": _ErrorMeaning(DeliveryTransient, "the broker is too old: Kafka 0.11 at least"),
    "IncompatibleBrokerVersion": _ErrorMeaning(DeliveryTransient, "the broker is too old: Kafka 0.11 at least"),
    "UnsupportedForMessageFormatError": _ErrorMeaning(DeliveryTransient, "{topic} keeps an old message format"),
    "KafkaStorageError": _ErrorMeaning(DeliveryTransient, "the broker's disk is in trouble"),
}

_WORDS = (
    ("CERTIFICATE_VERIFY_FAILED", "check kafka.ca_file, and that kafka.server is the name in the broker's certificate"),
    ("WRONG_VERSION_NUMBER", "the broker speaks plain text on this port: check kafka.security and the port"),
    ("Unable connect to node", "clients go where the broker says it is: correct advertised.listeners on the broker"),
    ("Name or service not known", "nobody here knows that name: check kafka.server and the network's name server"),
    ("Temporary failure in name resolution", "no name server answers: check the network"),
)
"""What tells more than the kind of an error: a part of its text, and what a person can do."""


def translated(error: BaseException, last_word: str = "", *, topic: str = "the topic") -> DeliveryError:
    """The error in the words of this project; the library's last word in its log tells more of a failed connection."""
    name, text = type(error).__name__, error_text(error)
    if last_word:
        text = f"{last_word}no answer" if last_word.endswith(": ") else last_word
    elif name not in text:
        text = f"{name}: {text}".removesuffix(": ")
    text = plain(text)
    meaning = _MEANINGS.get(name, _ErrorMeaning(DeliveryTransient))
    now = f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}"
    remedy = meaning.remedy.format(topic=topic, now=now) or remedy_for(text)
    return meaning.kind(f"{text}; {remedy}" if remedy else text)


def remedy_for(text: str) -> str:
    """What a person can do about what the library said; empty where nobody knows."""
    return next((remedy for part, remedy in _WORDS if part in text), "")


def missing_topic(topic: str) -> TopicFault:
    """The broker is there and knows its topics, and this is none of them."""
    return TopicFault(
        f"topic {topic} does not exist on the broker; correct its name in the settings ([kafka]),"
        f" or on the broker: kafka-topics.sh --create --topic {topic}"
    )


def teach_invalid_record() -> None:
    """Tell aiokafka of the broker's answer INVALID_RECORD, which it takes for an unknown passing trouble."""
    from aiokafka import errors

    class InvalidRecord(errors.BrokerResponseError):
        errno = 87
        message = "INVALID_RECORD"
        description = "The broker's validation refused the record."

    errors.kafka_errors.setdefault(InvalidRecord.errno, InvalidRecord)


_EVERY_S = 60.0


class OneLineAMinute(logging.Handler):
    """While entered, lets one record a minute of a logger family through and counts the rest."""

    def __init__(self, family: str) -> None:
        super().__init__(logging.WARNING)
        self._logger = logging.getLogger(family)
        self._next = 0.0
        self._held_back = 0
        self.last_word = ""
        """The latest record's text: often the only place that says why."""
        self.recent: deque[str] = deque(maxlen=8)
        """The latest ones."""

    def __enter__(self) -> Self:
        self._logger.addHandler(self)
        self._logger.propagate = False
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._logger.propagate = True
        self._logger.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.last_word = record.getMessage()
        self.recent.append(self.last_word)
        now = time.monotonic()
        if now < self._next:
            self._held_back += 1
            return
        self._next = now + _EVERY_S
        more = f" (and {self._held_back} lines before)" if self._held_back else ""
        self._held_back = 0
        logging.getLogger(f"befresh_agent.{self._logger.name}").log(record.levelno, "%s%s", self.last_word, more)
