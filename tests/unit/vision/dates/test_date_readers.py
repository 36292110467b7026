import sys
from datetime import date
from pathlib import Path

import cv2
import pytest

from befresh_agent.errors import DeviceError
from befresh_agent.vision.dates.date_readers import WAYS, first_working, load_trained, open_date_reader
from befresh_agent.vision.dates.tesseract_lines import find_tessdata, mended
from befresh_agent.vision.dates.tesseract_page import PageReader
from befresh_agent.vision.dates.trained import TrainedDates
from befresh_agent.vision.images import from_frame
from tests.unit.vision.pictures import TESTS, WINDOW, blank, frame_of


@pytest.mark.parametrize("reader", ["trained", "tesserocr", "pytesseract"])
def test_each_reader_reads_a_clear_date_and_nothing_else(reader: str) -> None:
    read = open_date_reader(reader)
    assert [seen.date for seen in read(from_frame(frame_of(TESTS / "dim.jpg")), WINDOW)] == [date(2029, 9, 9)]
    assert read(from_frame(blank()), WINDOW) == []
    assert read(from_frame(frame_of(TESTS / "day-month-year.jpg")), WINDOW) == []


def test_a_second_look_confirms_a_date_of_the_whole_page() -> None:
    [seen] = PageReader()(from_frame(frame_of(TESTS / "dim.jpg")), WINDOW)
    assert seen.reads == 2


def test_the_trained_networks_come_first() -> None:
    assert isinstance(open_date_reader("auto"), TrainedDates)


def test_tesseract_takes_over_where_opencv_cannot_load_the_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise cv2.error("(-2:Unspecified error)\nan operation of ONNX that this OpenCV does not know")

    load_trained.cache_clear()
    monkeypatch.setattr(cv2.dnn, "readNetFromONNX", refuse)
    read, [problem] = first_working("auto")
    assert [seen.date for seen in read(from_frame(frame_of(TESTS / "dim.jpg")), WINDOW)] == [date(2029, 9, 9)]
    assert "that this OpenCV does not know; pip install --upgrade opencv" in str(problem)
    with pytest.raises(DeviceError, match="cannot run the networks"):
        open_date_reader("trained")


TESSERACT = {name: WAYS[name] for name in ("tesserocr", "pytesseract")}


def test_the_program_takes_over_where_the_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tesserocr", None)
    monkeypatch.delitem(sys.modules, "befresh_agent.vision.dates.tesseract_lines")
    reader, [problem] = first_working("auto", TESSERACT)
    assert isinstance(reader, PageReader)
    assert "tesserocr" in str(problem)


def test_without_tesseract_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceError, match="apt install tesseract-ocr"):
        find_tessdata(tmp_path)
    with pytest.raises(DeviceError, match="apt install tesseract-ocr"):
        first_working("pytesseract", TESSERACT)


def model(root: Path, place: str) -> Path:
    folder = root / place
    folder.mkdir(parents=True)
    (folder / "eng.traineddata").touch()
    return folder


def test_the_newest_model_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TESSDATA_PREFIX", raising=False)
    model(tmp_path, "usr/share/tesseract-ocr/4.00/tessdata")
    newest = model(tmp_path, "usr/share/tesseract-ocr/5/tessdata")
    (tmp_path / "usr/share/tesseract-ocr/6/tessdata").mkdir(parents=True)
    assert find_tessdata(tmp_path) == newest


def test_a_given_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model(tmp_path, "usr/share/tesseract-ocr/5/tessdata")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path / "mine"))
    assert find_tessdata(tmp_path) == tmp_path / "usr/share/tesseract-ocr/5/tessdata"
    mine = model(tmp_path, "mine/tessdata")
    assert find_tessdata(tmp_path) == mine


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("2021,03,09", "2021.03.09"),
        ("2021..03.09", "2021.03.09"),
        ("2021 .03. 09", "2021.03. 09"),
        ("2021.03.0911", "2021.03.09"),
        ("12021.03.09", "2021.03.09"),
        ("21.03.091", "21.03.091"),
        ("28.06.2021.10.155", "28.06. 2021.10.15"),
    ],
)
def test_slips_of_a_reader_are_mended(read: str, meant: str) -> None:
    assert mended(read) == meant
