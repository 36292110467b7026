import sys

import pytest

from befresh_agent.adapters.kafka.kafka_publisher import KafkaPublisher
from befresh_agent.errors import SettingsError
from befresh_agent.settings.model import KafkaSettings


async def test_a_missing_library_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiokafka", None)
    with pytest.raises(SettingsError, match=r"\[kafka\]'") as refusal:
        async with KafkaPublisher(KafkaSettings(server="127.0.0.1:9092"), fridge_id=17):
            pass
    assert refusal.value.mistakes[0].key == "kafka.server"


async def test_a_publisher_that_was_never_used_closes_at_once() -> None:
    async with KafkaPublisher(KafkaSettings(server="127.0.0.1:9092"), fridge_id=17) as publisher:
        assert publisher.where == "127.0.0.1:9092"
        await publisher.close(1)
