from datetime import date

import pytest

from befresh_agent.domain.detection import ContainerSeen, Corners, DateSeen, Detection, OtherCodeSeen, ProductSeen
from befresh_agent.domain.expiry import DateWindow
from befresh_agent.domain.gs1 import Product
from befresh_agent.errors import DeviceError
from befresh_agent.vision import pipeline as pipeline_module
from befresh_agent.vision.images import Gray
from befresh_agent.vision.pipeline import VisionPipeline, open_pipeline
from tests.unit.vision.pictures import WINDOW, blank

ADDRESS = "FB:89:EB:22:95:84"
CONTAINER = f'{{"bt_address": "{ADDRESS}"}}'
PLACE: Corners = ((10, 10), (90, 12), (88, 92), (8, 90))
SEEN = DateSeen(date(2029, 12, 1), 0.9, "2029.12.01", 3)


class Shelf:
    """What the decoders find in the next frame."""

    def __init__(self) -> None:
        self.codes: list[str] = []
        self.asked_for_dates = 0

    def read_codes(self, gray: Gray) -> dict[str, Corners]:
        return dict.fromkeys(self.codes, PLACE)

    def read_dates(self, gray: Gray, window: DateWindow) -> list[DateSeen]:
        self.asked_for_dates += 1
        return [SEEN]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def pipeline(shelf: Shelf) -> VisionPipeline:
    return VisionPipeline(shelf.read_codes, shelf.read_dates)


def look(pipeline: VisionPipeline, *known: str) -> list[Detection]:
    return list(pipeline.look(blank(), WINDOW, known).detections)


def test_a_container_has_no_date(pipeline: VisionPipeline, shelf: Shelf) -> None:
    shelf.codes = [CONTAINER]
    assert look(pipeline) == look(pipeline) == [ContainerSeen(ADDRESS, CONTAINER)]  # type: ignore[arg-type]  # canonical
    assert shelf.asked_for_dates == 0


def test_without_a_code_the_date_is_read(pipeline: VisionPipeline) -> None:
    assert look(pipeline) == [SEEN]


def test_a_new_code_is_told_at_once_and_the_date_beside_it_afterwards(pipeline: VisionPipeline, shelf: Shelf) -> None:
    shelf.codes = ["https://example.com"]
    assert look(pipeline) == [OtherCodeSeen("https://example.com")]
    assert look(pipeline, "https://example.com") == [OtherCodeSeen("https://example.com"), SEEN]
    assert look(pipeline, "https://example.org") == [OtherCodeSeen("https://example.com")]


def test_a_container_comes_before_other_codes(pipeline: VisionPipeline, shelf: Shelf) -> None:
    shelf.codes = ["something", CONTAINER]
    assert look(pipeline)[0] == ContainerSeen(ADDRESS, CONTAINER)  # type: ignore[arg-type]  # canonical already


def test_codes_are_read_without_a_date_reader(shelf: Shelf) -> None:
    shelf.codes = ["something"]
    assert look(VisionPipeline(shelf.read_codes, None)) == [OtherCodeSeen("something")]


def test_a_machine_without_tesseract_reads_codes_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(choice: str) -> None:
        raise DeviceError("Tesseract is missing", remedy="apt install tesseract-ocr")

    monkeypatch.setattr(pipeline_module, "first_working", refuse)
    opened, ready = open_pipeline("auto")
    assert look(opened) == []
    assert ready.no_dates == "Tesseract is missing; apt install tesseract-ocr"


def test_all_that_is_found_tells_its_place(shelf: Shelf) -> None:
    pipeline = VisionPipeline(shelf.read_codes, shelf.read_dates, lambda gray: {"9506000134352": PLACE})
    for shelf.codes in [CONTAINER], ["something"], [LINK], []:
        assert {seen.corners for seen in look(pipeline) if seen is not SEEN} == {PLACE}


LINK = "https://example.com/01/09506000134352?17=300115"


def test_a_date_in_a_code_needs_no_print(pipeline: VisionPipeline, shelf: Shelf) -> None:
    shelf.codes = [LINK]
    product, seen = look(pipeline)
    assert product == ProductSeen(Product("09506000134352", None, date(2030, 1, 15)))
    assert seen == DateSeen(date(2030, 1, 15), 1.0, LINK, 2)
    assert shelf.asked_for_dates == 0


def test_an_implausible_date_in_a_code_is_not_believed(pipeline: VisionPipeline, shelf: Shelf) -> None:
    shelf.codes = [LINK.replace("300115", "150115")]
    assert look(pipeline)[1:] == [SEEN]


def test_a_barcode_tells_the_product_and_the_date_is_read(shelf: Shelf) -> None:
    pipeline = VisionPipeline(
        shelf.read_codes, shelf.read_dates, lambda gray: {"9506000134352": PLACE, "9506000134353": ()}
    )
    assert look(pipeline) == [ProductSeen(Product("09506000134352")), SEEN]
