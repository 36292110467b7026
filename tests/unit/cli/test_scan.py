import json
from pathlib import Path
from typing import Any

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
    assert "products" not in scanned(tmp_path / "bars.png")[0]


@pytest.mark.parametrize("arguments", [[], [str(MILK), "--as-of", "yesterday"], [str(MILK), "--frames", "0"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert RUN.invoke(app, arguments).exit_code == 2
