"""A phone as a second camera: photos come in, what was read in them goes out; what a person confirms is registered.

What was read travels in the page's own address, so that the fridge remembers nothing of a photo: it can be loaded anew,
and works without a script. Registering is the business of the form for food that is added by hand.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect

from befresh_agent.domain.container import parse_address
from befresh_agent.domain.detection import PackPhoto, ViewHint
from befresh_agent.errors import BefreshError, DeviceError, InvalidValue, cause
from befresh_agent.page.api import REFUSED
from befresh_agent.page.food_pages import adding, told
from befresh_agent.page.forms import redirect_to
from befresh_agent.page.models import ErrorDetail, PageModel
from befresh_agent.page.page_tabs import PageTabs
from befresh_agent.page.templating import PageRenderer
from befresh_agent.runtime.event_loop import within

PHOTO = "/photo"
API = "/api/v1/photos"
LARGEST_UPLOAD = 16 * 1024 * 1024
"""Bytes of all photos that come together; a script on the page makes each of them a tenth of that at most."""
MOST_PHOTOS = 10
_PATIENCE_S = 20.0
"""So long a photo waits for another to be received and read. One at a time: each may take a lot of memory."""
_LONGEST_READING = 600
_NAMES = 6
"""Names that are offered for what is not known."""
_BUSY = "other photos are being read; try again in a moment"
_BODY = {"requestBody": {"required": True, "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}}
_TROUBLE: dict[int | str, dict[str, Any]] = {
    **REFUSED,
    503: {"model": ErrorDetail, "description": "Photos cannot be read now."},
}


class PhotoReading(PageModel):
    """What was read in a photo. Nothing is registered by it: `POST /api/v1/foods` does that."""

    number: int = 1
    """Which of the photos that came together."""
    container: str | None = None
    """The container's Bluetooth address."""
    gtin: str | None = None
    """The number of the product, in 14 digits."""
    lot: str | None = None
    use_by: date | None = None
    confidence: float | None = None
    """How sure the date was read, from 0 to 1."""
    sure: bool = False
    """Whether the date would count without a person's look."""
    other_code: bool = False
    """There is a code, and it is neither a container's nor a product's."""
    hint: ViewHint | None = None
    """Why nothing can be read, where a person could help it."""
    other_spelling: str | None = None
    """A date is printed in a spelling or order that is switched off: its name in the settings."""
    trouble: str = ""
    """Why this is no photo, or cannot be read."""
    name: str | None = None
    """What the product is called here."""
    usual_days: int | None = None
    """How many days a pack of the product usually has left, at least."""


class PhotoDesk:
    """Takes photos one after the other."""

    def __init__(self, desks: PageTabs) -> None:
        self._sources = desks.sources
        self._turn = asyncio.Semaphore(1)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Until then nothing of a photo is received. Raises `DeviceError` when others take too long."""
        try:
            async with within(_PATIENCE_S):
                await self._turn.acquire()
        except TimeoutError as error:
            raise DeviceError(_BUSY) from error
        try:
            yield
        finally:
            self._turn.release()

    async def read(self, photo: bytes, number: int = 1) -> PhotoReading:
        """Raises `InvalidValue` for what is no photo, `DeviceError` where none can be read."""
        if not photo:
            raise InvalidValue("there is no photo")
        return _reading(await self._sources.read_photo(photo), number)

    async def read_or_tell(self, photo: bytes, number: int) -> PhotoReading:
        """As `read`; one bad photo costs the others nothing."""
        try:
            return await self.read(photo, number)
        except BefreshError as error:
            return PhotoReading(number=number, trouble=str(error)[:300])

    async def known(self, reading: PhotoReading) -> PhotoReading:
        """With what the product is called here, or by a service that answers in time."""
        if reading.gtin is None:
            return reading.model_copy(update={"name": None, "usual_days": None})
        found = await self._sources.stock.product(reading.gtin)
        if found is None and self._sources.look_up is not None:
            found = await self._sources.look_up(reading.gtin)
        days = found.usual_days if found and reading.use_by is None else None
        return reading.model_copy(update={"name": found.name if found else None, "usual_days": days})


def _reading(photo: PackPhoto, number: int) -> PhotoReading:
    seen, product = photo.date, photo.product
    return PhotoReading(
        number=number,
        container=photo.address,
        gtin=product.gtin if product else None,
        lot=product.lot if product else None,
        use_by=seen.date if seen else None,
        confidence=round(seen.confidence, 2) if seen else None,
        sure=photo.is_sure,
        other_code=photo.other_code,
        hint=photo.hint,
        other_spelling=photo.unused,
    )


def add(website: FastAPI, desks: PageTabs, looks: PageRenderer) -> None:
    desk = PhotoDesk(desks)
    _add_page(website, desks, desk, looks)
    _add_form(website, desk)

    @website.post(API, tags=["food"], responses=_TROUBLE, openapi_extra=_BODY)
    async def read(request: Request) -> PhotoReading:
        """Read a phone's photo, which is the body: codes, and the printed date. Nothing is registered by it."""
        try:
            async with desk.turn():
                return await desk.known(await desk.read(await request.body()))
        except ClientDisconnect as error:
            raise HTTPException(413, _too_much()) from error
        except DeviceError as error:
            raise HTTPException(503, str(error)) from error


def _add_page(website: FastAPI, desks: PageTabs, desk: PhotoDesk, looks: PageRenderer) -> None:
    @website.get(PHOTO, include_in_schema=False)
    async def page(
        request: Request,
        read: Annotated[list[str] | None, Query(max_length=MOST_PHOTOS)] = None,
        said: str = "",
        item: str = "",
        why: str = "",
    ) -> HTMLResponse:
        readings = _readings(read or ())
        return await looks.page(
            request,
            "photo.html",
            readings=await asyncio.gather(*map(desk.known, readings)),
            rest={one.number: _address([two for two in readings if two is not one]) for one in readings},
            names=list(await desks.sources.stock.recent_names(_NAMES)),
            adding=await adding(desks),
            largest_mb=LARGEST_UPLOAD >> 20,
            said=await told(desks, said, item, why),
        )


def _add_form(website: FastAPI, desk: PhotoDesk) -> None:
    @website.post(PHOTO, include_in_schema=False)
    async def receive(request: Request) -> Response:
        try:
            async with desk.turn(), request.form(max_files=MOST_PHOTOS, max_fields=MOST_PHOTOS) as form:
                uploads = [one for one in form.getlist("photo") if isinstance(one, UploadFile) and one.size]
                readings = [await desk.read_or_tell(await one.read(), n) for n, one in enumerate(uploads, 1)]
        except ClientDisconnect as error:
            raise HTTPException(413, _too_much()) from error
        except DeviceError as error:
            return redirect_to(PHOTO, said="failed", why=str(error)[:300])
        except OSError as error:  # large ones lie on the disk while they come
            return redirect_to(PHOTO, said="failed", why=cause(error))
        if not readings:
            return redirect_to(PHOTO, said="no-photo")
        return redirect_to(_address(readings))


def _address(readings: Sequence[PhotoReading]) -> str:
    """The page that shows them."""
    texts = [one.model_dump_json(exclude={"name", "usual_days"}, exclude_defaults=True) for one in readings]
    return f"{PHOTO}?{urlencode([('read', text) for text in texts])}" if texts else PHOTO


def _readings(texts: Sequence[str]) -> list[PhotoReading]:
    """What an address tells; anybody may have written it, and all of it is only proposed."""
    found: dict[int, PhotoReading] = {}
    for text in texts:
        try:
            reading = PhotoReading.model_validate_json(text[:_LONGEST_READING])
            if reading.container is not None:
                parse_address(reading.container)
        except (ValidationError, InvalidValue):
            continue
        found.setdefault(reading.number, reading)
    return list(found.values())


def _too_much() -> str:
    return f"at most {LARGEST_UPLOAD} bytes"
