from collections.abc import Iterator

import pytest

from tests.backend.engines import Backend
from tests.kafka.broker import class_path


@pytest.fixture(scope="session")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """One backend for all tests, each with fridges of its own."""
    folder = tmp_path_factory.mktemp("backend")
    made = Backend(folder, class_path(folder))
    try:
        made.start_brokers()
        made.start_store()
        made.start_telegraf()
        yield made
    finally:
        made.kill(*made.running)
