"""The API of the containers: the desk's values as JSON, and the readings as lines."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Response
from fastapi.responses import StreamingResponse

from befresh_agent.page.container_desk import ContainerDesk, Window
from befresh_agent.page.container_models import Container, ContainerChange, ContainerCurves, ContainerList
from befresh_agent.page.models import Trouble

Responses = dict[int | str, dict[str, Any]]
_MISSING: Responses = {404: {"model": Trouble, "description": "There is no such container."}}
_REFUSED: Responses = {422: {"model": Trouble, "description": "The value cannot be."}}


def add(website: FastAPI, desk: ContainerDesk) -> None:
    api = APIRouter(
        prefix="/api/v1", tags=["containers"], responses={503: {"model": Trouble, "description": "The disk refuses."}}
    )

    async def known(address: str) -> Container:
        container = await desk.find(address)
        if container is None:
            raise HTTPException(404, f"there is no container {address}")
        return container

    Known = Annotated[Container, Depends(known)]

    @api.get("/containers")
    async def containers() -> ContainerList:
        """How every container of the roster is doing."""
        return await desk.list()

    @api.get("/containers/{address}", responses=_MISSING)
    async def container(container: Known) -> Container:
        """One container."""
        return container

    @api.get("/containers/{address}/curves", responses=_MISSING)
    async def curves(container: Known, window: Window = "24h") -> ContainerCurves:
        """What it measured over an hour, a day or a week."""
        return await desk.curves(container, window)

    @api.get(
        "/containers/{address}/readings.csv",
        response_class=Response,
        responses={200: {"content": {"text/csv": {}}}, **_MISSING},
    )
    async def readings(container: Known, since: date | None = None, until: date | None = None) -> Response:
        """Every remembered reading from the first to the last of these days, as a table."""
        return StreamingResponse(
            desk.lines(container, since, until),
            media_type="text/csv; charset=utf-8",
            headers={"content-disposition": f'attachment; filename="{container.address.replace(":", "")}.csv"'},
        )

    @api.patch("/containers/{address}", responses=_MISSING | _REFUSED)
    async def rename(container: Known, change: ContainerChange) -> Container:
        """Give it a name."""
        await desk.rename(container, change.name)
        return await desk.find(container.address) or container

    @api.delete("/containers/{address}", status_code=204, responses=_MISSING)
    async def remove(container: Known) -> None:
        """Take it off the roster. The next registration of its code brings it back."""
        await desk.remove(container)

    @api.post("/containers/{address}/read", status_code=202, responses=_MISSING)
    async def read(container: Known) -> None:
        """Let it be visited next; what it says comes with the next reading."""
        desk.read_now(container)

    website.include_router(api)
