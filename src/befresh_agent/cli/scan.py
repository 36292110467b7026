"""`befresh-agent scan`: runs the vision stage on pictures and tells what it finds in each."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.cli.options import ConfigFile, Json
from befresh_agent.configuration import load
from befresh_agent.domain.agreement import Agreement, agreed_in_frame
from befresh_agent.domain.detection import ContainerSeen, DateSeen, Detection, ProductSeen
from befresh_agent.errors import BefreshError
from befresh_agent.events import Devices, Events
from befresh_agent.picture_file import read_picture, to_frame
from befresh_agent.ports.camera import Frame
from befresh_agent.simulation.hand import ShakingHand
from befresh_agent.vision.recogniser import VisionWorker

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST_SIDE = 1280
"""Larger pictures are shrunk to this."""
_BETWEEN_FRAMES_S = 0.2


@dataclass(frozen=True, slots=True)
class Found:
    """What is in a picture; all but the products is one line of `scan --json`."""

    file: str
    qr: list[str]
    containers: list[str]
    dates: list[dict[str, object]]
    ms: float
    error: str | None = None
    products: list[str] = field(default_factory=list)
    """Numbers of codes and barcodes that tell which product it is."""


def scan(
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE...", help="Picture files.")],
    config: ConfigFile = None,
    as_json: Json = False,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Judge by this day what expiry date is plausible; otherwise today."),
    ] = None,
    frames: Annotated[
        int, typer.Option(min=1, max=100, help="Make each picture into so many shaky frames that have to agree.")
    ] = 1,
) -> None:
    """Read container codes and expiry dates in pictures."""
    settings = load(config).settings
    clock = _Stopped(as_of.date()) if as_of else SystemClock()
    worker = VisionWorker(settings.vision, settings.session, clock, Devices(Events(), clock))
    failed = asyncio.run(_scan(worker, pictures, frames, _show_json if as_json else _show))
    raise typer.Exit(1 if failed else 0)


async def _scan(worker: VisionWorker, pictures: list[Path], frames: int, show: Callable[[Found], None]) -> bool:
    failed = False
    async for found in _look_at_all(worker, pictures, frames):
        show(found)
        failed |= found.error is not None
    return failed


async def _look_at_all(worker: VisionWorker, pictures: list[Path], frames: int) -> AsyncIterator[Found]:
    """Each picture through the worker, so that none can cost the others their answer."""
    async with worker:
        for path in pictures:
            worker.start_over()
            try:
                yield await _look_at(path, worker, frames)
            except BefreshError as error:
                yield Found(str(path), [], [], [], 0.0, " ".join(str(error).split()))


async def _look_at(path: Path, worker: VisionWorker, frames: int) -> Found:
    picture = await asyncio.to_thread(read_picture, path, LONGEST_SIDE)
    if frames == 1:
        findings = await worker.look(to_frame(picture))
        agreed = agreed_in_frame(_dates(findings.detections))
        return _found(path, findings.detections, [agreed] if agreed else [], findings.milliseconds)
    return await _look_at_frames(path, worker, _shaken(picture, frames))


async def _look_at_frames(path: Path, worker: VisionWorker, frames: Iterator[Frame]) -> Found:
    """What the frames agree on, and the mean time for one."""
    agreement, accepted = Agreement(), dict[date, DateSeen]()
    everything: list[Detection] = []
    times: list[float] = []
    for number, frame in enumerate(frames):
        findings = await worker.look(frame)
        everything += findings.detections
        times.append(findings.milliseconds)
        if agreed := agreement.see(_dates(findings.detections), number * _BETWEEN_FRAMES_S):
            accepted[agreed.date] = agreed
    return _found(path, everything, list(accepted.values()), round(sum(times) / len(times), 1))


def _shaken(picture: "Image", frames: int) -> Iterator[Frame]:
    hand = ShakingHand(picture.width, picture.height, seed=0)
    return (to_frame(hand.show(picture)) for _ in range(frames))


def _dates(detections: tuple[Detection, ...]) -> list[DateSeen]:
    return [seen for seen in detections if isinstance(seen, DateSeen)]


def _found(path: Path, detections: tuple[Detection, ...] | list[Detection], dates: list[DateSeen], ms: float) -> Found:
    codes = [seen for seen in detections if not isinstance(seen, DateSeen) and seen.text]
    return Found(
        file=str(path),
        qr=list(dict.fromkeys(seen.text for seen in codes)),
        containers=list(dict.fromkeys(seen.address for seen in codes if isinstance(seen, ContainerSeen))),
        dates=[{"date": seen.date.isoformat(), "confidence": seen.confidence, "text": seen.text} for seen in dates],
        ms=ms,
        products=list(dict.fromkeys(seen.product.gtin for seen in detections if isinstance(seen, ProductSeen))),
    )


def _show_json(found: Found) -> None:
    line = asdict(found)
    del line["products"]
    print(json.dumps(line, ensure_ascii=False), flush=True)


def _show(found: Found) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if found.error is not None:
        console.print(f"[bold]{escape(found.file)}[/]  [red]{escape(found.error)}[/]")
        return
    console.print(f"[bold]{escape(found.file)}[/]  [dim]{found.ms:.0f} ms[/]")
    for address in found.containers:
        console.print(f"  container    [green]{address}[/]")
    for text in found.qr:
        console.print(f"  QR code      {escape(json.dumps(text, ensure_ascii=False))}")
    for number in found.products:
        console.print(f"  product      {number}")
    for seen in found.dates:
        console.print(
            f"  expiry date  [green]{seen['date']}[/]  {seen['confidence']:.0%}  [dim]{escape(repr(seen['text']))}[/]"
        )
    if not (found.qr or found.products or found.dates):
        console.print("  [dim]nothing found[/]")


class _Stopped(SystemClock):
    """A clock on which it is always noon of one day."""

    def __init__(self, day: date) -> None:
        self._day = day

    def now(self) -> datetime:
        return datetime.combine(self._day, time(12)).astimezone()
