"""The whole pipeline on the rendered pictures: what is printed is read, and nothing else."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from befresh_agent.domain.detection import ContainerSeen, DateSeen, OtherCodeSeen, ProductSeen
from befresh_agent.registration.rules.agreement import agreed_in_frame
from befresh_agent.vision.pipeline import VisionPipeline, open_pipeline
from befresh_agent.vision.worker_wire import WorkerReady
from tests.unit.vision.pictures import DEMO, TESTS, WINDOW, frame_of, truth

PICTURES = {path.stem: (path, found) for path, found in (truth(DEMO) | truth(TESTS)).items()}


@pytest.fixture(scope="module", params=["trained", "tesserocr"])
def pipeline(request: pytest.FixtureRequest) -> VisionPipeline:
    pipeline, ready = open_pipeline(request.param)
    assert ready == WorkerReady()
    return pipeline


MOST_UNREAD = {"trained": 0, "tesserocr": 2}
"""Dates that a reader may miss in these pictures in a single frame."""


@pytest.mark.parametrize("name", PICTURES)
def test_codes_are_read_and_no_date_is_read_wrong(pipeline: VisionPipeline, name: str) -> None:
    path, there = PICTURES[name]
    codes, day = look(pipeline, path)
    assert [code.text for code in codes] == there["qr"]
    assert [code.address for code in codes if isinstance(code, ContainerSeen)] == there["containers"]
    assert day in (None, there["date"] and date.fromisoformat(there["date"]))


def test_dates_are_read(pipeline: VisionPipeline, request: pytest.FixtureRequest) -> None:
    dated = [(path, there["date"]) for path, there in PICTURES.values() if there["date"]]
    unread = [path.stem for path, _ in dated if look(pipeline, path)[1] is None]
    assert len(unread) <= MOST_UNREAD[request.node.callspec.params["pipeline"]], unread


def look(pipeline: VisionPipeline, path: Path) -> tuple[list[Any], date | None]:
    """Twice: beside a code the date is read from the second frame on."""
    codes = [seen.text for seen in pipeline.look(frame_of(path), WINDOW).detections if not isinstance(seen, DateSeen)]
    found = pipeline.look(frame_of(path), WINDOW, codes).detections
    agreed = agreed_in_frame([seen for seen in found if isinstance(seen, DateSeen)])
    return [
        seen for seen in found if isinstance(seen, ContainerSeen | OtherCodeSeen | ProductSeen)
    ], agreed.date if agreed else None


def test_every_picture_has_its_truth() -> None:
    for folder in (DEMO, TESTS):
        assert sorted(truth(folder)) == sorted(folder.glob("*.jpg"))
