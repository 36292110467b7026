"""An independent consumer (librdkafka, not aiokafka) that reads whole topics back."""

import asyncio
from dataclasses import dataclass
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

TOPICS = ("food-regist", "sensor-data-topic")


@dataclass(frozen=True, slots=True)
class Record:
    """One message as the broker has it."""

    topic: str
    key: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["ce_id"]


async def read_all(bootstrap: str, topics: tuple[str, ...] = TOPICS, **options: Any) -> list[Record]:
    """Everything that is in these topics' first partitions now, in order of topic and offset."""
    return await asyncio.to_thread(_read_all, bootstrap, topics, options)


def _read_all(bootstrap: str, topics: tuple[str, ...], options: dict[str, Any]) -> list[Record]:
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "reader", "enable.auto.commit": False, "log_level": 0, **options}
    )
    try:
        return [record for topic in topics for record in _read_topic(consumer, topic)]
    finally:
        consumer.close()


def _read_topic(consumer: Consumer, topic: str) -> list[Record]:
    _, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=30)
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    found: list[Record] = []
    while end and (not found or position(consumer, topic) < end):
        message = consumer.poll(30)
        assert message is not None, f"{topic}: {len(found)} of {end} came"
        assert message.error() is None, message.error()
        headers = {name: _bytes(value).decode() for name, value in dict(message.headers() or {}).items()}
        found.append(Record(topic, _bytes(message.key()).decode(), headers, _bytes(message.value())))
    return found


def position(consumer: Consumer, topic: str) -> int:
    (here,) = consumer.position([TopicPartition(topic, 0)])
    offset: int = here.offset
    return offset


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value
