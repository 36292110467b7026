import contextlib
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from befresh_agent.errors import InvalidValue
from befresh_agent.runtime.media_files import read_picture, to_frame

JPEG = Path(__file__).parents[2] / "fixtures" / "pictures" / "sprayed.jpg"


def save(
    path: Path, mode: str = "RGB", size: tuple[int, int] = (300, 200), colour: object = 0, **options: object
) -> Path:
    Image.new(mode, size, colour).save(path, **options)  # type: ignore[arg-type]  # Pillow's colours differ by mode
    return path


@pytest.mark.parametrize(
    ("name", "mode"),
    [("a.png", "1"), ("a.png", "L"), ("a.png", "LA"), ("a.png", "RGBA"), ("a.gif", "P"), ("a.jpg", "CMYK"),
     ("a.webp", "RGB"), ("a.bmp", "RGB"), ("a.tif", "F"), ("a.png", "I;16")],
)  # fmt: skip
def test_every_common_kind_of_picture_is_read(tmp_path: Path, name: str, mode: str) -> None:
    frame = to_frame(read_picture(save(tmp_path / name, mode), 1280))
    assert (frame.width, frame.height, len(frame.gray)) == (300, 200, 60_000)


def test_a_large_picture_is_shrunk_and_a_small_one_is_not(tmp_path: Path) -> None:
    assert read_picture(save(tmp_path / "large.jpg", size=(4000, 3000)), 1280).size == (1280, 960)
    assert read_picture(save(tmp_path / "small.jpg"), 1280).size == (300, 200)


def test_a_picture_taken_upright_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    assert read_picture(save(tmp_path / "phone.jpg", exif=exif), 1280).size == (200, 300)


def test_gray_of_sixteen_bits_is_scaled_by_its_own_range(tmp_path: Path) -> None:
    """As of a camera of twelve bits, turned by a quarter."""
    halves = np.full((200, 300), 4000, np.uint16)
    halves[:, :150] = 1000
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(halves).save(tmp_path / "deep.png", exif=exif)
    gray = read_picture(tmp_path / "deep.png", 1280)
    assert (gray.size, gray.getpixel((100, 10)), gray.getpixel((100, 290))) == ((200, 300), 0, 255)


def test_a_photo_in_heic_is_told_from_what_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(InvalidValue, match="HEIC is not read; save the photo as JPEG"):
        read_picture(tmp_path / "phone.heic", 1280)


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    assert read_picture(save(tmp_path / "clear.png", "RGBA", colour=(0, 0, 0, 0)), 1280).getpixel((5, 5)) == 255


def test_a_huge_jpeg_is_decoded_at_a_fraction_of_its_size(tmp_path: Path) -> None:
    assert max(read_picture(save(tmp_path / "huge.jpg", "L", (10_000, 5_000)), 1280).size) == 1280


def wrong_files(folder: Path) -> dict[str, Path]:
    wrong = {"missing": folder / "nowhere.jpg", "a folder": folder}
    contents = {
        "empty": b"",
        "text": b"hello",
        "a truncated JPEG": JPEG.read_bytes()[:20_000],
        "the beginning of a JPEG": JPEG.read_bytes()[:200],
    }
    for name, content in contents.items():
        wrong[name] = folder / f"{name}.jpg"
        wrong[name].write_bytes(content)
    wrong["a pipe"] = folder / "pipe.jpg"
    os.mkfifo(wrong["a pipe"])
    wrong["a name too long"] = folder / ("x" * 300)
    wrong["no name at all"] = Path("\0")
    wrong["a link to itself"] = folder / "loop.jpg"
    wrong["a link to itself"].symlink_to("loop.jpg")
    wrong["tiny"] = save(folder / "tiny.png", "L", (1, 1))
    wrong["huge"] = save(folder / "huge.png", "1", (10_000, 5_000))
    return wrong


@pytest.mark.parametrize(
    "name",
    ["missing", "a folder", "a pipe", "a name too long", "no name at all", "a link to itself", "empty", "text",
     "a truncated JPEG", "the beginning of a JPEG", "tiny", "huge"],
)  # fmt: skip
def test_a_wrong_file_is_one_clear_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        read_picture(wrong_files(tmp_path)[name], 1280)
    assert str(raised.value)
    assert "\n" not in str(raised.value)


@settings(max_examples=settings().max_examples * 3 // 5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(JPEG.read_bytes())
    for _ in range(data.draw(st.integers(1, 30))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.jpg"
    path.write_bytes(content)
    with contextlib.suppress(InvalidValue):
        assert read_picture(path, 640).mode == "L"
