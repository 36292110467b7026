import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery.mock_kafka import MockKafka

SEED = os.environ.get("BEFRESH_SEED")


@pytest.fixture
def broker() -> Iterator[MockKafka]:
    with MockKafka() as cluster:
        yield cluster


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent.db"


@pytest.fixture
def seed() -> int:
    """Where the test's chances come from; BEFRESH_SEED repeats a run. pytest shows it when the test fails."""
    chosen = int(SEED or secrets.randbelow(10**6))
    print(f"seed {chosen}")
    return chosen
