"""Photos of phones, read by the real workers: whatever the file is, it is an answer or one clear line."""

import asyncio
import io
import struct
import sys
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from befresh_agent.domain.container import Address
from befresh_agent.domain.detection import ContainerSeen, DateSeen, OtherCodeSeen
from befresh_agent.domain.events import DeviceState
from befresh_agent.errors import DeviceError, InvalidValue
from befresh_agent.runtime.event_bus import DeviceRegistry
from tests.unit.vision.pictures import DEMO, TESTS, frame_of
from tests.unit.vision.test_vision_pool import devices, is_running, pid_of, state, until, worker

__all__ = ["devices"]

MILK, KIMCHI = (DEMO / "milk.jpg").read_bytes(), (DEMO / "container-kimchi.jpg").read_bytes()
POSTER = TESTS / "code-and-date.jpg"
FOUND = (ContainerSeen(Address("FB:89:EB:22:95:84")),)


def saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def on_a_table(file: Path, width: int = 4000, height: int = 3000, share: float = 0.3) -> bytes:
    """What is in the file, small in the middle of a phone's large photo."""
    table = Image.new("RGB", (width, height), (120, 96, 80))
    pack = Image.open(file).convert("RGB")
    factor = share * width / pack.width
    pack = pack.resize((round(pack.width * factor), round(pack.height * factor)))
    table.paste(pack, ((width - pack.width) // 2, (height - pack.height) // 2))
    return saved(table, "JPEG", quality=90)


def bomb(width: int, height: int) -> bytes:
    """A PNG file of a few kilobytes that claims so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


async def test_a_photo_is_read_by_workers_that_come_for_it_and_go(devices: DeviceRegistry) -> None:
    vision = worker(devices)
    found = await vision.read_photo(MILK)
    (milk,) = [seen for seen in found.detections if isinstance(seen, DateSeen)]
    assert milk.date.isoformat() == "2030-03-15"
    assert vision.pids == []
    assert state(devices) is DeviceState.READY


async def test_what_is_small_in_a_large_photo_is_found_in_more_pixels(devices: DeviceRegistry) -> None:
    async with worker(devices) as vision:
        (milk,) = (await vision.read_photo(on_a_table(DEMO / "milk.jpg"))).detections
        assert isinstance(milk, DateSeen)
        assert milk.date.isoformat() == "2030-03-15"
        assert (await vision.read_photo(on_a_table(DEMO / "container-kimchi.jpg", share=0.15))).detections == FOUND


async def test_a_photo_lies_as_it_was_held(devices: DeviceRegistry) -> None:
    """Phones write how they were held beside the picture, not into it."""
    turned = Image.open(io.BytesIO(MILK)).transpose(Image.Transpose.ROTATE_90)
    held = Image.Exif()
    held[0x0112] = 6
    found = await worker(devices).read_photo(saved(turned, "JPEG", exif=held))
    assert [seen.date.isoformat() for seen in found.detections if isinstance(seen, DateSeen)] == ["2030-03-15"]


async def test_a_code_keeps_no_date_from_being_read(devices: DeviceRegistry) -> None:
    """One photo has no next frame in which the code is known."""
    kinds = {type(seen) for seen in (await worker(devices).read_photo(POSTER.read_bytes())).detections}
    assert kinds == {OtherCodeSeen, DateSeen}


@pytest.mark.parametrize(
    ("photo", "why"),
    [
        (b"", "not a picture"),
        (b"<html>no photo</html>" * 50, "not a picture"),
        (MILK[: len(MILK) // 2], "unreadable: image file is truncated"),
        (b"\0\0\0\x18ftypheic" + bytes(200), "HEIC is not read; save the photo as JPEG"),
        (bomb(60_000, 60_000), r"too large \(60000x60000\); at most 40 megapixels"),
        (bomb(3, 3), r"too small to show anything \(3x3\)"),
        (bomb(6000, 6000), "unreadable|damaged"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 640 480\n%%EndComments\nshowpage\n", "not a picture"),
    ],
    ids=["nothing", "a page", "torn", "heic", "a bomb", "tiny", "half a bomb", "a program"],
)
async def test_what_is_no_photo_is_told_in_a_line_and_costs_no_worker(
    devices: DeviceRegistry, photo: bytes, why: str
) -> None:
    async with worker(devices) as vision:
        pid = await pid_of(vision)
        with pytest.raises(InvalidValue, match=why) as refused:
            await vision.read_photo(photo)
        assert "\n" not in str(refused.value)
        assert (await vision.read_photo(KIMCHI)).detections == FOUND
        assert vision.pids == [pid]
        assert state(devices) is DeviceState.LIVE


async def test_a_session_and_a_photo_share_the_workers(devices: DeviceRegistry) -> None:
    """Whoever leaves first leaves them to the other."""
    vision = worker(devices)
    reading = asyncio.create_task(vision.read_photo(KIMCHI))
    await until(lambda: bool(vision.pids))
    async with vision:
        pid = await pid_of(vision)
        assert (await reading).detections == FOUND
        assert (await vision.look(frame_of(DEMO / "container-kimchi.jpg"))).detections == FOUND
        assert vision.pids == [pid]
        late = asyncio.create_task(vision.read_photo(MILK))
        await asyncio.sleep(0)
    assert [seen.date.isoformat() for seen in (await late).detections if isinstance(seen, DateSeen)] == ["2030-03-15"]
    assert not is_running(pid)
    assert state(devices) is DeviceState.READY


async def test_a_photo_makes_nothing_known_to_the_session(devices: DeviceRegistry) -> None:
    """A code that only a photo showed is new to the camera: it is told before the date is looked for."""
    async with worker(devices) as vision:
        await vision.read_photo(POSTER.read_bytes())
        assert vision.meter.frames_per_s is None
        assert {type(seen) for seen in (await vision.look(frame_of(POSTER))).detections} == {OtherCodeSeen}


async def test_a_photo_that_is_given_up_leaves_nothing_behind(devices: DeviceRegistry) -> None:
    vision = worker(devices)
    reading = asyncio.create_task(vision.read_photo(MILK))
    pid = await pid_of(vision)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert not is_running(pid)
    assert vision.pids == []
    assert (await vision.read_photo(KIMCHI)).detections == FOUND


async def test_the_loop_works_little_while_a_large_photo_is_read(devices: DeviceRegistry) -> None:
    """Of the processor's time, which a busy machine does not change; decoding alone takes several times as much."""
    photo, stretches = on_a_table(DEMO / "milk.jpg", 7000, 5500), [0.0]

    async def watch() -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(0.005)
            stretches.append(time.thread_time() - began)

    watching = asyncio.create_task(watch())
    found = await worker(devices, hang_s=60).read_photo(photo)
    watching.cancel()
    assert found.detections
    assert max(stretches) < 0.05, f"{max(stretches):.3f} s"


async def test_without_libraries_it_says_what_is_missing(
    devices: DeviceRegistry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cv2.py").write_text("raise ImportError('No module named cv2')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    with pytest.raises(DeviceError, match=r"No module named cv2; .*\[vision\]'"):
        await worker(devices).read_photo(MILK)
