"""Every answer of Kafka that a person can do something about says what."""

from datetime import datetime

import pytest
from aiokafka import errors

from befresh_agent.adapters.kafka.aiokafka_quirks import missing_topic, teach_invalid_record, translated
from befresh_agent.errors import DeliveryError, NotAuthorised, TooLarge, TopicFault

TOPIC = "sensor-data-topic"


@pytest.mark.parametrize(
    ("code", "kind", "remedy"),
    [
        (10, TooLarge, "max.message.bytes"),
        (17, TopicFault, "settings"),
        (18, TooLarge, "max.message.bytes"),
        (19, DeliveryError, "too few brokers"),
        (20, DeliveryError, "too few brokers"),
        (29, TopicFault, f"--operation Write --operation Describe --topic {TOPIC}"),
        (31, NotAuthorised, "IdempotentWrite --cluster"),
        (32, DeliveryError, "timedatectl"),
        (33, NotAuthorised, "kafka.sasl_mechanism"),
        (34, NotAuthorised, "kafka.security"),
        (35, DeliveryError, "too old"),
        (44, DeliveryError, "policy"),
        (56, DeliveryError, "disk"),
        (58, NotAuthorised, "secrets.kafka_password"),
        (87, DeliveryError, "validation"),
    ],
)
def test_an_answer_says_what_to_do(code: int, kind: type[DeliveryError], remedy: str) -> None:
    teach_invalid_record()
    told = translated(errors.for_code(code)(), topic=TOPIC)
    assert isinstance(told, kind)
    assert remedy in str(told)
    assert "{" not in str(told)


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("Unable connect to node with id 1: [Errno -2] Name or service not known", "advertised.listeners"),
        ('Unable connect to "kafka.example:9092": [Errno -2] Name or service not known', "kafka.server"),
        ('Unable connect to "k:9092": [Errno -3] Temporary failure in name resolution', "network"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer", "kafka.ca_file"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "kafka.security"),
    ],
)
def test_what_the_library_says_of_a_connection_has_a_remedy(words: str, remedy: str) -> None:
    assert remedy in str(translated(errors.KafkaConnectionError("Unable to bootstrap"), words))


def test_a_missing_topic_is_named_with_both_ways_out() -> None:
    assert TOPIC in str(missing_topic(TOPIC))
    assert "settings" in str(missing_topic(TOPIC))
    assert "kafka-topics.sh --create" in str(missing_topic(TOPIC))


def test_the_time_of_the_fridge_is_named_where_it_is_refused() -> None:
    assert f"{datetime.now().astimezone():%Y-%m-%d}" in str(translated(errors.for_code(32)(), topic=TOPIC))
