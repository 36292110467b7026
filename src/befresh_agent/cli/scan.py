"""`befresh-agent scan`: runs the vision stage on pictures and tells what it finds in each."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from befresh_agent.adapters.system.system_clock import NoonClock, SystemClock
from befresh_agent.cli.options import ConfigFile, Json, day_option
from befresh_agent.domain.detection import ContainerSeen, DateSeen, Detection, ProductSeen
from befresh_agent.errors import BefreshError
from befresh_agent.ports.devices import Frame
from befresh_agent.registration.rules.agreement import DateAgreement, agreed_in_frame
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.runtime.media_files import more_pictures, read_picture, to_frame
from befresh_agent.settings.loader import load_settings
from befresh_agent.simulation.shaking_hand import ShakingHand
from befresh_agent.vision.vision_pool import VisionPool

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST_SIDE = 1280
"""Larger pictures are shrunk to this."""
_BETWEEN_FRAMES_S = 0.2


@dataclass(frozen=True, slots=True)
class PictureFindings:
    """What is in a picture; one line of `scan --json`."""

    file: str
    qr: list[str]
    containers: list[str]
    dates: list[dict[str, object]]
    ms: float
    error: str | None = None
    products: list[dict[str, str | None]] = field(default_factory=list)
    """What codes and barcodes tell of the product: its number (GTIN), its lot, its expiry date."""


def scan(
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE...", help="Picture files.")],
    config: ConfigFile = None,
    as_json: Json = False,
    as_of: Annotated[
        datetime | None, day_option("Judge by this day what expiry date is plausible.", show_default="today")
    ] = None,
    frames: Annotated[
        int, typer.Option(min=1, max=100, help="Make each picture into so many shaky frames that have to agree.")
    ] = 1,
) -> None:
    """Read container codes and expiry dates in pictures."""
    settings = load_settings(config).settings
    clock = NoonClock(as_of.date()) if as_of else SystemClock()
    worker = VisionPool(settings.vision, settings.session, clock, DeviceRegistry(EventBus(), clock))
    failed = asyncio.run(_scan(worker, pictures, frames, _show_json if as_json else _show))
    raise typer.Exit(1 if failed else 0)


async def _scan(worker: VisionPool, pictures: list[Path], frames: int, show: Callable[[PictureFindings], None]) -> bool:
    failed = False
    async for found in _look_at_all(worker, pictures, frames):
        show(found)
        failed |= found.error is not None
    return failed


async def _look_at_all(worker: VisionPool, pictures: list[Path], frames: int) -> AsyncIterator[PictureFindings]:
    """Each picture through the worker, so that none can cost the others their answer."""
    async with worker:
        for path in pictures:
            worker.start_over()
            try:
                yield await _look_at(path, worker, frames)
            except BefreshError as error:
                yield PictureFindings(str(path), [], [], [], 0.0, " ".join(str(error).split()))


async def _look_at(path: Path, worker: VisionPool, frames: int) -> PictureFindings:
    picture = await asyncio.to_thread(read_picture, path, LONGEST_SIDE)
    if frames == 1:
        findings = await worker.look(to_frame(picture))
        for number in more_pictures(path):
            if findings.detections:
                break
            findings = await worker.look(to_frame(await asyncio.to_thread(read_picture, path, LONGEST_SIDE, number)))
        agreed = agreed_in_frame(_dates(findings.detections))
        return _found(path, findings.detections, [agreed] if agreed else [], findings.milliseconds)
    return await _look_at_frames(path, worker, _shaken(picture, frames))


async def _look_at_frames(path: Path, worker: VisionPool, frames: Iterator[Frame]) -> PictureFindings:
    """What the frames agree on, and the mean time for one."""
    agreement, accepted = DateAgreement(), dict[date, DateSeen]()
    everything: list[Detection] = []
    times: list[float] = []
    for number, frame in enumerate(frames):
        findings = await worker.look(frame)
        everything += findings.detections
        times.append(findings.milliseconds)
        now = number * _BETWEEN_FRAMES_S
        if agreed := agreement.add_frame(_dates(findings.detections), now, findings.doubt):
            accepted[agreed.date] = agreed
    return _found(path, everything, list(accepted.values()), round(sum(times) / len(times), 1))


def _shaken(picture: "Image", frames: int) -> Iterator[Frame]:
    hand = ShakingHand(picture.width, picture.height, seed=0)
    return (to_frame(hand.show(picture)) for _ in range(frames))


def _dates(detections: tuple[Detection, ...]) -> list[DateSeen]:
    return [seen for seen in detections if isinstance(seen, DateSeen)]


def _found(
    path: Path, detections: tuple[Detection, ...] | list[Detection], dates: list[DateSeen], ms: float
) -> PictureFindings:
    codes = [seen for seen in detections if not isinstance(seen, DateSeen) and seen.text]
    return PictureFindings(
        file=str(path),
        qr=list(dict.fromkeys(seen.text for seen in codes)),
        containers=list(dict.fromkeys(seen.address for seen in codes if isinstance(seen, ContainerSeen))),
        dates=[{"date": seen.date.isoformat(), "confidence": seen.confidence, "text": seen.text} for seen in dates],
        ms=ms,
        products=[_product(seen) for seen in dict.fromkeys(detections) if isinstance(seen, ProductSeen)],
    )


def _product(seen: ProductSeen) -> dict[str, str | None]:
    expires = seen.product.expires_on
    return {"gtin": seen.product.gtin, "lot": seen.product.lot, "expires": expires.isoformat() if expires else None}


def _show_json(found: PictureFindings) -> None:
    print(json.dumps(asdict(found), ensure_ascii=False), flush=True)


def _show(found: PictureFindings) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if found.error is not None:
        console.print(f"[bold]{escape(found.file)}[/]  [red]{escape(found.error)}[/]")
        return
    console.print(f"[bold]{escape(found.file)}[/]  [dim]{found.ms:.0f} ms[/]")
    for address in found.containers:
        console.print(f"  container    [green]{address}[/]")
    for text in found.qr:
        console.print(f"  QR code      {escape(json.dumps(text, ensure_ascii=False))}")
    for product in found.products:
        lot = f"  lot {product['lot']!r}" if product["lot"] else ""
        console.print(f"  product      {product['gtin']}{escape(lot)}")
    for seen in found.dates:
        console.print(
            f"  expiry date  [green]{seen['date']}[/]  {seen['confidence']:.0%}  [dim]{escape(repr(seen['text']))}[/]"
        )
    if not (found.qr or found.products or found.dates):
        console.print("  [dim]nothing found[/]")
