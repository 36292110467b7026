from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery.mock_kafka import MockKafka


@pytest.fixture
def broker() -> Iterator[MockKafka]:
    with MockKafka() as cluster:
        yield cluster


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent.db"
