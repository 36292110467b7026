"""QR codes made to do harm: whatever they say and however they are damaged, they are read or not read, no more."""

import json

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from befresh_agent.domain.container import address_in_code
from befresh_agent.vision.codes import zbar, zxing
from befresh_agent.vision.codes.code_readers import CodeReader
from befresh_agent.vision.images import Gray

ADDRESS = "FB:89:EB:22:95:84"
ascii_text = st.text(st.characters(codec="ascii"), min_size=1, max_size=120)
readers = pytest.mark.parametrize("read", [zxing.read_codes, zbar.read_codes_with_zbar], ids=["zxing", "zbar"])
some = settings(max_examples=settings().max_examples * 2 // 5)
"""Pictures take longer than texts."""


def code(content: str | bytes) -> Gray:
    barcode = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode)
    modules = np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=4))
    return np.pad(modules, 30, constant_values=255)


@some
@given(ascii_text)
def test_plain_text_comes_out_as_it_went_in(text: str) -> None:
    assert list(zxing.read_codes(code(text))) == [text]


@readers
@some
@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_some_text(read: CodeReader, content: bytes) -> None:
    for text in read(code(content)):
        text.encode()
        assert address_in_code(text) is None


@readers
@some
@given(st.data())
def test_a_damaged_code_is_read_or_not(read: CodeReader, data: st.DataObject) -> None:
    picture = code(json.dumps({"bt_address": ADDRESS}))
    height, width = picture.shape
    for _ in range(data.draw(st.integers(1, 6))):
        top, left = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
        size = data.draw(st.integers(1, 40))
        picture[top : top + size, left : left + size] = data.draw(st.integers(0, 255))
    assert {address_in_code(text) for text in read(picture)} <= {ADDRESS}


@readers
@some
@given(st.integers(0, 2**32 - 1), st.integers(1, 80), st.integers(1, 80))
def test_noise_is_no_code(read: CodeReader, seed: int, width: int, height: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    assert read(noise) == {}


@pytest.mark.parametrize(
    "payload",
    [
        "\x00\x1b[2J\x07",
        json.dumps({"bt_address": ADDRESS + "\x00"}),
        json.dumps({"bt_address": ADDRESS + "\n"})[:-3],
        json.dumps({"bt_address": "\ufb00:89:EB:22:95:84"}),
        json.dumps({"bt_address": "\uff26\uff22:89:EB:22:95:84"}),
        '{"bt_address": "\\ud800"}',
        '{"bt_address": "\ud800"}',
        '{"bt_address": {"bt_address": "FB:89:EB:22:95:84"}}',
        '{"bt_address": "FB:89:EB:22:95:84", "bt_address": 5}',
        '{"bt_address": "FB:89:EB:22:95:84", "deep": ' + "[" * 1500 + "]" * 1500 + "}",
        '{"bt_address": "FB:89:EB:22:95:84", "long": "' + "x" * 100_000 + '"}',
        '{"BT_ADDRESS": "FB:89:EB:22:95:84"}',
        "{" * 100_000,
        "NaN",
        "1e999999",
    ],
)
def test_what_looks_like_a_container_but_is_none(payload: str) -> None:
    assert address_in_code(payload) is None
