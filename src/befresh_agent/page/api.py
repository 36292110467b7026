"""The API: the desks' values as JSON."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query, Response
from fastapi.responses import StreamingResponse

from befresh_agent.domain.stock import Shelf
from befresh_agent.page.container_desk import RANGES
from befresh_agent.page.delivery_desk import PAGE as MESSAGES
from befresh_agent.page.delivery_desk import MessageState
from befresh_agent.page.desks import Desks
from befresh_agent.page.food_desk import PAGE
from befresh_agent.page.models import Changed, Food, FoodChange, FoodList, Now, Pressed, Trouble
from befresh_agent.page.models_boxes import Asked, Box, BoxChange, BoxHistory
from befresh_agent.page.models_delivery import Checkup, Health, MessageList, Retried, WholeMessage

Responses = dict[int | str, dict[str, Any]]
_MISSING: Responses = {404: {"model": Trouble, "description": "There is no such thing."}}
_REFUSED: Responses = {422: {"model": Trouble, "description": "The value cannot be."}}
_GARBLED: Responses = {400: {"model": Trouble, "description": "The body cannot be read."}}


def add(website: FastAPI, desks: Desks) -> None:
    api = APIRouter(
        prefix="/api/v1",
        responses={503: {"model": Trouble, "description": "The disk refuses."}, **_REFUSED, **_GARBLED},
    )
    _add_now(api, desks)
    _add_foods(api, desks)
    _add_containers(api, desks)
    _add_messages(api, desks)
    _add_health(api, desks)
    website.include_router(api)


def _add_now(api: APIRouter, desks: Desks) -> None:
    @api.get("/now", tags=["now"])
    async def now() -> Now:
        """What the fridge is doing."""
        return desks.now.now()

    @api.get(
        "/now/picture.jpg",
        tags=["now"],
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}}}, **_MISSING},
    )
    async def picture() -> Response:
        """What the camera saw last."""
        found = desks.now.picture()
        if found is None:
            raise HTTPException(404, "nothing was seen since the start")
        return Response(found, media_type="image/jpeg", headers={"cache-control": "private, max-age=60"})

    @api.post("/press", tags=["now"], status_code=204)
    async def press(pressed: Pressed) -> None:
        """Push the button."""
        desks.now.press(pressed)


def _add_foods(api: APIRouter, desks: Desks) -> None:
    async def known(item: str) -> Food:
        food = await desks.food.find(item)
        if food is None:
            raise HTTPException(404, f"there is no item {item}")
        return food

    @api.get("/foods", tags=["food"])
    async def foods(
        shelf: Shelf = Shelf.ALL,
        search: Annotated[str, Query(max_length=100)] = "",
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
    ) -> FoodList:
        """Food on hand, what should be eaten first at the top."""
        return await desks.food.list(shelf, search, offset, limit)

    @api.get("/foods/{item}", tags=["food"], responses=_MISSING)
    async def one_food(food: Annotated[Food, Depends(known)]) -> Food:
        """One food."""
        return food

    @api.patch("/foods/{item}", tags=["food"], responses=_MISSING | _REFUSED)
    async def change(food: Annotated[Food, Depends(known)], change: FoodChange) -> Changed:
        """Name it, or set its day."""
        return await desks.food.change(food, change)

    @api.delete("/foods/{item}", tags=["food"], responses=_MISSING | _REFUSED)
    async def take_away(food: Annotated[Food, Depends(known)]) -> Changed:
        """It was eaten or thrown away. What the service was told already cannot be called back."""
        return await desks.food.take_away(food)

    @api.post("/foods/{item}/restore", tags=["food"], responses=_MISSING | _REFUSED)
    async def bring_back(food: Annotated[Food, Depends(known)]) -> Changed:
        """It is there after all."""
        return await desks.food.bring_back(food)


def _add_containers(api: APIRouter, desks: Desks) -> None:
    async def known(address: str) -> Box:
        box = await desks.containers.find(address)
        if box is None:
            raise HTTPException(404, f"{address[:40]} is not on the roster")
        return box

    @api.get("/containers", tags=["containers"])
    async def containers() -> list[Box]:
        """Everybody on the roster; those whose air is changing first."""
        return await desks.containers.list()

    @api.get("/containers/{address}", tags=["containers"], responses=_MISSING)
    async def container(box: Annotated[Box, Depends(known)]) -> Box:
        """One container."""
        return box

    @api.get("/containers/{address}/history", tags=["containers"], responses=_MISSING)
    async def history(box: Annotated[Box, Depends(known)], span: Literal["1h", "24h", "7d"] = "24h") -> BoxHistory:
        """What it said."""
        return await desks.containers.history(box, RANGES[span])

    @api.patch("/containers/{address}", tags=["containers"], responses=_MISSING | _REFUSED)
    async def rename(box: Annotated[Box, Depends(known)], change: BoxChange) -> Box:
        """Call it otherwise, in this house."""
        return await desks.containers.rename(box, change.name)

    @api.delete("/containers/{address}", tags=["containers"], status_code=204, responses=_MISSING)
    async def forget(box: Annotated[Box, Depends(known)]) -> None:
        """Read it no longer. What it said is remembered."""
        await desks.containers.forget(box)

    @api.post("/containers/{address}/read", tags=["containers"], status_code=202, responses=_MISSING)
    async def read(box: Annotated[Box, Depends(known)]) -> Asked:
        """Visit it as soon as the radio is free."""
        desks.containers.read_now(box)
        return Asked(address=box.address)


def _add_messages(api: APIRouter, desks: Desks) -> None:
    @api.get("/messages", tags=["delivery"])
    async def messages(
        state: MessageState | None = None,
        before: Annotated[int | None, Query(ge=1)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = MESSAGES,
    ) -> MessageList:
        """Messages, the newest first."""
        return await desks.delivery.list(state, before, limit)

    @api.get(
        "/messages.jsonl",
        tags=["delivery"],
        response_class=StreamingResponse,
        responses={200: {"content": {"application/jsonl": {}}}},
    )
    async def export() -> StreamingResponse:
        """Every message as a line of JSON, the oldest first."""
        named = {"content-disposition": 'attachment; filename="messages.jsonl"', "cache-control": "no-store"}
        return StreamingResponse(desks.delivery.export(), media_type="application/jsonl", headers=named)

    @api.get("/messages/{seq}", tags=["delivery"], responses=_MISSING)
    async def message(seq: Annotated[int, Path(ge=1, le=2**62)]) -> WholeMessage:
        """A message with everything that travels."""
        found = await desks.delivery.find(seq)
        if found is None:
            raise HTTPException(404, f"there is no message {seq}")
        return found

    @api.post("/messages/retry", tags=["delivery"])
    async def retry(seq: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> Retried:
        """Let dead messages, all or this one, wait for delivery again."""
        return Retried(retried=list(await desks.delivery.retry(seq)))


def _add_health(api: APIRouter, desks: Desks) -> None:
    @api.get("/health", tags=["health"])
    async def health() -> Health:
        """How the agent and its machine are doing."""
        return await desks.health.health()

    @api.post("/health/checkup", tags=["health"], status_code=202)
    async def examine() -> Checkup:
        """Let the doctor examine this machine; the findings are part of `/health` when they are there."""
        desks.health.doctor.examine()
        return desks.health.doctor.checkup
