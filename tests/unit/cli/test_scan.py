import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import typer
import zxingcpp
from PIL import Image
from typer.testing import CliRunner

from befresh_agent.cli.scan import scan
from tests.unit.vision.pictures import DEMO, TESTS

KIMCHI = DEMO / "container-kimchi.jpg"
MILK = DEMO / "milk.jpg"
NO_DATE = TESTS / "no-date.jpg"
RUN = CliRunner()

app = typer.Typer()
app.command()(scan)


def scanned(*arguments: object, code: int = 0) -> list[dict[str, Any]]:
    result = RUN.invoke(app, ["--json", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_picture_is_one_json_line() -> None:
    kimchi, milk, nothing = scanned(KIMCHI, MILK, NO_DATE)
    assert kimchi == {
        "file": str(KIMCHI),
        "qr": ['{"bt_address": "FB:89:EB:22:95:84"}'],
        "containers": ["FB:89:EB:22:95:84"],
        "dates": [],
        "ms": kimchi["ms"],
        "error": None,
        "products": [],
    }
    [date] = milk["dates"]
    assert date["date"] == "2030-03-15"
    assert 0.5 < date["confidence"] <= 1
    assert "30.03.15" in date["text"]
    assert milk["ms"] > 0
    assert nothing["dates"] == nothing["qr"] == nothing["containers"] == []


def test_the_day_decides_what_is_plausible() -> None:
    assert scanned(MILK, "--as-of", "2020-01-01")[0]["dates"] == []


def test_frames_have_to_agree() -> None:
    milk, nothing = scanned(MILK, NO_DATE, "--frames", 3)
    assert [date["date"] for date in milk["dates"]] == ["2030-03-15"]
    assert nothing["dates"] == []


def test_a_wrong_file_costs_the_others_nothing(tmp_path: Path) -> None:
    text = tmp_path / "notes.jpg"
    text.write_text("hello")
    tiny = tmp_path / "tiny.png"
    Image.new("L", (1, 1)).save(tiny)
    lines = scanned(text, KIMCHI, tmp_path / "nowhere.jpg", tiny, tmp_path, code=1)
    assert [line["error"] for line in lines] == [
        "not a picture",
        None,
        "no such file",
        "too small to show anything (1x1)",
        "a folder, not a picture",
    ]
    assert lines[1]["containers"] == ["FB:89:EB:22:95:84"]


def test_people_get_lines_to_read(tmp_path: Path) -> None:
    result = RUN.invoke(app, [str(KIMCHI), str(MILK), str(NO_DATE), str(tmp_path / "[nowhere].jpg")])
    assert result.exit_code == 1
    for words in ("FB:89:EB:22:95:84", "2030-03-15", "nothing found", "[nowhere].jpg", "no such file"):
        assert words in result.output


def test_a_barcode_is_told_as_a_product(tmp_path: Path) -> None:
    barcode = zxingcpp.create_barcode("9506000134352", zxingcpp.BarcodeFormat.EAN13)
    bars = np.pad(np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=3)), 60, constant_values=255)
    Image.fromarray(bars).save(tmp_path / "bars.png")
    assert "product      09506000134352" in RUN.invoke(app, [str(tmp_path / "bars.png")]).output
    assert scanned(tmp_path / "bars.png")[0]["products"] == [{"gtin": "09506000134352", "lot": None, "expires": None}]


def test_what_a_code_tells_of_a_product_is_told(tmp_path: Path) -> None:
    code = zxingcpp.create_barcode(
        "https://example.com/01/09506000134352/10/AB-12?17=300115", zxingcpp.BarcodeFormat.QRCode
    )
    square = np.pad(np.asarray(zxingcpp.write_barcode_to_image(code, scale=6)), 60, constant_values=255)
    Image.fromarray(square).save(tmp_path / "code.png")
    [found] = scanned(tmp_path / "code.png", "--as-of", "2029-12-01")
    assert found["products"] == [{"gtin": "09506000134352", "lot": "AB-12", "expires": "2030-01-15"}]
    assert "lot 'AB-12'" in RUN.invoke(app, [str(tmp_path / "code.png")]).output


def test_the_pictures_of_an_animation_are_tried_until_one_shows_something(tmp_path: Path) -> None:
    empty, milk = Image.new("L", (640, 480), 200), Image.open(MILK).convert("L")
    empty.resize(milk.size).save(tmp_path / "shown.gif", save_all=True, append_images=[empty.resize(milk.size), milk])
    [found] = scanned(tmp_path / "shown.gif", "--as-of", "2029-06-01")
    assert [date["date"] for date in found["dates"]] == ["2030-03-15"]


@pytest.mark.parametrize("arguments", [[], [str(MILK), "--as-of", "yesterday"], [str(MILK), "--frames", "0"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert RUN.invoke(app, arguments).exit_code == 2


def test_the_settings_say_how_dates_are_printed(tmp_path: Path) -> None:
    label = np.full((300, 640), 225, np.uint8)
    cv2.putText(label, "28.05.2030", (120, 160), cv2.FONT_HERSHEY_SIMPLEX, 1.8, (30,), 3, cv2.LINE_AA)
    Image.fromarray(label).save(tmp_path / "label.png")
    (tmp_path / "config.toml").write_text("[vision]\norder = 'dmy'\n")
    options = [tmp_path / "label.png", "--as-of", "2029-06-01"]
    assert scanned(*options)[0]["dates"] == []
    [date] = scanned(*options, "--config", tmp_path / "config.toml")[0]["dates"]
    assert date["date"] == "2030-05-28"
