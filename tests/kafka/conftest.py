from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.broker import Kafka, class_path

USERS = {"fridge-17": "right", "stranger": "known"}


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """One broker for all tests; every test takes topics of its own."""
    folder = tmp_path_factory.mktemp("kafka")
    broker = Kafka(folder, class_path(folder))
    broker.prepare(USERS)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def topics(kafka: Kafka, request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of this test's two topics, which exist."""
    names = {"food_topic": f"{request.node.name}-food", "sensor_topic": f"{request.node.name}-sensor"}
    kafka.create_topics(*names.values())
    return names


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent.db"
