"""A disk that is full, fills up during a build, or cannot be written: real file systems, mounted for the test."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.test_disk import on_small_disk
from tests.update.machine import Machine
from tests.update.upstream import ROOT


@pytest.fixture(autouse=True)
def finds_the_updater(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "updater"))


def played(place: Path, like: Machine, play: str) -> list[Any]:
    """What one of the plays of `small_disk.py` came to."""
    (place / "facts.json").write_text(json.dumps({"foods": like.foods, "good": sorted(like.good), "play": play}))
    (place / "p").mkdir(exist_ok=True)
    return list(json.loads(on_small_disk(place / "p", 100, "tests.update.small_disk").splitlines()[-1]))


def test_disk_full(place: Path, installed: Machine) -> None:
    current, full, nearly, later = played(place, installed, "disk_full_at_the_start")
    assert [full[:2], nearly[:2]] == [[1, ""], [1, ""]]
    assert len(full[2].splitlines()) == 1
    assert "MB are free, a release needs" in nearly[2]
    assert later == [0, "", ""]
    assert current.startswith("1.1.0")


def test_disk_full_while_it_is_built(place: Path, installed: Machine) -> None:
    current, full, later = played(place, installed, "disk_full_while_it_is_built")
    assert full[:2] == [1, ""]
    assert "No space left on device" in full[2]
    assert later == [0, "", ""]
    assert current.startswith("1.1.1")


def test_read_only_root(place: Path, installed: Machine) -> None:
    current, locked, later = played(place, installed, "read_only_root")
    assert locked[:2] == [1, ""]
    assert "nothing can be updated here" in locked[2]
    assert "Read-only file system" in locked[2]
    assert later == [0, "", ""]
    assert current.startswith("1.1.0")
