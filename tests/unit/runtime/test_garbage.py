import ctypes
import gc
from collections.abc import Iterator

import pytest

from befresh_agent.runtime.event_loop import freeze_loaded_objects, give_back_memory
from befresh_agent.runtime.own_process import resident_mb


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
    await freeze_loaded_objects(loaded)
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
        await freeze_loaded_objects(loaded)
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
        await freeze_loaded_objects(fails)
    assert gc.get_threshold() == thresholds
    assert gc.get_freeze_count() == 0


def test_what_was_used_for_a_while_goes_back_to_the_system() -> None:
    """Small pieces, held by each other: the allocator alone would keep them all."""
    if not hasattr(ctypes.CDLL(None), "malloc_trim"):
        pytest.skip("NOT TESTED: this C library has no malloc_trim")
    before = resident_mb()
    gc.disable()
    for _ in range(200):
        circle: list[object] = [bytearray(1000) for _ in range(500)]
        circle.append(circle)
    del circle
    assert resident_mb() > before + 80
    gc.enable()
    give_back_memory()
    assert resident_mb() < before + 25
