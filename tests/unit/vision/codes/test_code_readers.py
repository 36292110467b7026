from collections.abc import Callable
from datetime import date

import cv2
import numpy as np
import pytest
import zxingcpp

from befresh_agent.domain.gs1 import Product, product_in_code
from befresh_agent.vision.codes import zbar, zxing
from befresh_agent.vision.codes.code_readers import CodeReader, open_barcode_reader, open_code_reader
from befresh_agent.vision.images import Gray, from_frame
from tests.unit.vision.pictures import DEMO, blank, frame_of, truth

READERS = {"zxing": zxing.read_codes, "zbar": zbar.read_codes_with_zbar}
KIMCHI = DEMO / "container-kimchi.jpg"
OTHER = DEMO / "other-code.jpg"
TEXT = truth(DEMO)[KIMCHI]["qr"][0]

both = pytest.mark.parametrize("read", READERS.values(), ids=READERS)


def picture() -> Gray:
    return from_frame(frame_of(KIMCHI))


@both
@pytest.mark.parametrize("side", [640, 1536])
def test_a_code_is_read_at_any_size(read: CodeReader, side: int) -> None:
    assert list(read(from_frame(frame_of(KIMCHI, side)))) == [TEXT]


@both
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_code_is_read_however_it_is_held(read: CodeReader, turns: int) -> None:
    assert list(read(np.ascontiguousarray(np.rot90(picture(), turns)))) == [TEXT]


@both
def test_nothing_is_read_where_nothing_is(read: CodeReader) -> None:
    assert read(from_frame(blank())) == {}


@both
def test_several_codes_in_one_frame_are_all_read(read: CodeReader) -> None:
    other = from_frame(frame_of(OTHER))
    height = min(len(picture()), len(other))
    beside = np.hstack([picture()[:height], other[:height]])
    assert sorted(read(beside)) == sorted([TEXT, truth(DEMO)[OTHER]["qr"][0]])


@both
def test_a_code_shown_twice_is_told_once(read: CodeReader) -> None:
    assert list(read(np.hstack([picture(), picture()]))) == [TEXT]


def test_an_inverted_code_is_read() -> None:
    assert list(zxing.read_codes(cv2.bitwise_not(picture()))) == [TEXT]


@pytest.mark.parametrize("spoil", [lambda gray: cv2.GaussianBlur(gray, (0, 0), 3), lambda gray: gray // 3 + 80])
def test_a_blurred_or_pale_code_is_read(spoil: Callable[[Gray], Gray]) -> None:
    assert list(zxing.read_codes(spoil(picture()))) == [TEXT]


def test_a_code_on_a_dented_pack_is_read() -> None:
    content = "".join(map(str, range(120)))
    barcode = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode, ec_level="L")
    flat = np.pad(np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=6)), 60, constant_values=230)
    right, down = np.meshgrid(*(np.arange(size, dtype=np.float32) for size in flat.shape[::-1]))
    dent = 13 * np.sin(np.pi * right / flat.shape[1])
    dented = cv2.remap(flat, (right + dent).astype(np.float32), down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    assert zxingcpp.read_barcodes(dented) == []
    assert list(zxing.read_codes(dented)) == [content]


@both
@pytest.mark.parametrize("spoil", [lambda gray: gray, lambda gray: cv2.GaussianBlur(gray, (0, 0), 3)])
def test_a_code_tells_where_it_is(read: CodeReader, spoil: Callable[[Gray], Gray]) -> None:
    barcode = zxingcpp.create_barcode(TEXT, zxingcpp.BarcodeFormat.QRCode)
    code = np.asarray(zxingcpp.write_barcode_to_image(barcode, add_quiet_zones=False))
    side = 8 * len(code)
    frame = np.full((864, 1536), 220, np.uint8)
    frame[200 : 200 + side, 900 : 900 + side] = cv2.resize(code, (side, side), interpolation=cv2.INTER_NEAREST)

    corners = np.array(read(spoil(frame))[TEXT])

    assert corners.min(axis=0) == pytest.approx([900, 200], abs=12)
    assert corners.max(axis=0) == pytest.approx([900 + side, 200 + side], abs=12)


def test_a_value_error_of_pyzbar_costs_one_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> list[object]:
        raise ValueError("4294967295 is not a valid ZBarOrientation")

    monkeypatch.setattr("pyzbar.pyzbar.decode", refuse)
    assert zbar.read_codes_with_zbar(picture()) == {}


def test_zxing_is_preferred() -> None:
    assert open_code_reader() is zxing.read_codes


def test_the_barcode_of_a_product_is_read_and_is_no_code() -> None:
    barcode = zxingcpp.create_barcode("9506000134352", zxingcpp.BarcodeFormat.EAN13)
    picture = np.pad(np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=3)), 60, constant_values=255)
    assert list(zxing.read_barcodes(picture)) == ["9506000134352"]
    assert zxing.read_codes(picture) == {}
    assert open_barcode_reader() is zxing.read_barcodes


def symbol(text: str, kind: str, *, gs1: bool = False) -> Gray:
    barcode = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind), **({"gs1": True} if gs1 else {}))
    bars = np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=3), np.uint8)
    return np.pad(bars, 60, constant_values=255)


@pytest.mark.parametrize("kind", ["DataMatrix", "DataBarExpanded", "Code128"])
def test_a_gs1_code_is_read_with_its_date_and_weight(kind: str) -> None:
    code = symbol("(01)09506000134352(17)301231(3103)000500(10)AB12", kind, gs1=True)
    [text] = zxing.read_barcodes(code)
    assert product_in_code(text) == Product("09506000134352", "AB12", date(2030, 12, 31))


@pytest.mark.parametrize(
    ("kind", "number", "gtin"), [("EAN8", "96385074", "00000096385074"), ("UPCA", "614141000036", "00614141000036")]
)
def test_short_and_american_barcodes_are_read(kind: str, number: str, gtin: str) -> None:
    [text] = zxing.read_barcodes(symbol(number, kind))
    assert product_in_code(text) == Product(gtin)


@pytest.mark.parametrize("kind", ["DataMatrix", "Code128"])
def test_codes_that_do_not_follow_gs1_name_no_product(kind: str) -> None:
    assert zxing.read_barcodes(symbol("9506000134352", kind)) == {}
