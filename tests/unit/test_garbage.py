import gc
from collections.abc import Iterator

import pytest

from befresh_agent.garbage import spare_what_stays


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


async def test_what_is_loaded_is_never_looked_at_again() -> None:
    kept: list[list[object]] = []

    async def loaded() -> None:
        kept.extend([] for _ in range(1000))

    thresholds = gc.get_threshold()
    await spare_what_stays(loaded)
    assert gc.get_threshold() == thresholds
    assert gc.get_freeze_count() > 1000
    looked_at = {id(one) for one in gc.get_objects()}
    assert not any(id(one) in looked_at for one in kept)


async def test_nobody_waits_for_a_full_collection_while_it_is_loaded() -> None:
    full: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and info["generation"] == 2:
            full.append(1)

    async def loaded() -> None:
        stay: list[list[object]] = []
        stay.extend([] for _ in range(600_000))
        stay[0].append(stay)

    gc.callbacks.append(note)
    try:
        await spare_what_stays(loaded)
        assert not full
        gc.collect()  # or the next full one would wait for a quarter of all objects to be new
        full.clear()
        await loaded()
    finally:
        gc.callbacks.remove(note)
    assert full, "the same work makes full collections otherwise"


async def test_collections_are_as_usual_when_loading_fails() -> None:
    async def fails() -> None:
        raise ImportError("no fastapi")

    thresholds = gc.get_threshold()
    with pytest.raises(ImportError):
        await spare_what_stays(fails)
    assert gc.get_threshold() == thresholds
    assert gc.get_freeze_count() == 0
