"""The API: the desks' values as JSON."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from befresh_agent.domain.stock import Fate, StockFilter
from befresh_agent.page.maintenance import CheckupReport
from befresh_agent.page.models import (
    ChangeResult,
    ErrorDetail,
    FoodChange,
    FoodList,
    FoodNew,
    FoodView,
    FridgeView,
    Named,
    PressRequest,
    Today,
)
from befresh_agent.page.page_tabs import PageTabs
from befresh_agent.page.tabs.containers_tab import (
    RANGES,
    ContainerChange,
    ContainerHistory,
    ContainerView,
    VisitRequested,
)
from befresh_agent.page.tabs.delivery_tab import PAGE as MESSAGES
from befresh_agent.page.tabs.delivery_tab import MessageDetail, MessageList, RetryResult, StateName
from befresh_agent.page.tabs.food_tab import PAGE
from befresh_agent.page.tabs.health_tab import HealthView

Responses = dict[int | str, dict[str, Any]]
_MISSING: Responses = {404: {"model": ErrorDetail, "description": "There is no such thing."}}
REFUSED: Responses = {422: {"model": ErrorDetail, "description": "The value cannot be."}}
_GARBLED: Responses = {400: {"model": ErrorDetail, "description": "The body cannot be read."}}


def add_api(website: FastAPI, desks: PageTabs) -> None:
    api = APIRouter(
        prefix="/api/v1",
        responses={503: {"model": ErrorDetail, "description": "The disk refuses."}, **REFUSED, **_GARBLED},
    )
    _add_now(api, desks)
    _add_foods(api, desks)
    _add_containers(api, desks)
    _add_messages(api, desks)
    _add_health(api, desks)
    website.include_router(api)


def _add_now(api: APIRouter, desks: PageTabs) -> None:
    @api.get("/now", tags=["now"])
    async def now() -> FridgeView:
        """What the fridge is doing."""
        return await desks.now.now()

    @api.get("/today", tags=["now"])
    async def today() -> Today:
        """What to look at; nothing when all is well."""
        return await desks.today.today()

    @api.post("/today/alarms/{key}/acknowledge", tags=["now"], status_code=204)
    async def acknowledge(key: str, who: Annotated[str, Query(max_length=100)] = "") -> None:
        """Somebody has seen the alarm: nobody is told of it again. A sealed log keeps who it was."""
        await desks.today.acknowledge(key, who)

    @api.post("/now/name", tags=["now"], status_code=204)
    async def type_name(named: Named) -> None:
        """Type the name that is asked for; while none is, that of a food without code and date."""
        desks.now.name(named.name)

    @api.get(
        "/now/picture.jpg",
        tags=["now"],
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}}}, **_MISSING},
    )
    async def picture(request: Request) -> Response:
        """What the camera saw last; `picture.jpg?7` is the picture of that number, if it is one of the latest."""
        number = request.url.query
        found = desks.now.picture(int(number) if number.isdecimal() and len(number) < 20 else None)
        if found is None:
            raise HTTPException(404, "there is no such picture")
        return Response(found, media_type="image/jpeg", headers={"cache-control": "private, max-age=60"})

    @api.post("/press", tags=["now"], status_code=204)
    async def press(pressed: PressRequest) -> None:
        """Push the button."""
        desks.now.press(pressed)


def _add_foods(api: APIRouter, desks: PageTabs) -> None:
    async def known(item: str) -> FoodView:
        food = await desks.food.find(item)
        if food is None:
            raise HTTPException(404, f"there is no item {item}")
        return food

    @api.get("/foods", tags=["food"])
    async def foods(
        shelf: StockFilter = StockFilter.ALL,
        search: Annotated[str, Query(max_length=100)] = "",
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
    ) -> FoodList:
        """Food on hand, what should be eaten first at the top."""
        return await desks.food.list(shelf, search, offset, limit)

    @api.post("/foods", tags=["food"], status_code=201)
    async def add(new: FoodNew) -> ChangeResult:
        """Register a food by hand; it travels as one that was shown to the camera does."""
        return await desks.food.add(new)

    @api.get("/foods/{item}", tags=["food"], responses=_MISSING)
    async def one_food(food: Annotated[FoodView, Depends(known)]) -> FoodView:
        """One food."""
        return food

    @api.patch("/foods/{item}", tags=["food"], responses=_MISSING | REFUSED)
    async def change(food: Annotated[FoodView, Depends(known)], change: FoodChange) -> ChangeResult:
        """Name it, or set its day."""
        return await desks.food.change(food, change)

    @api.delete("/foods/{item}", tags=["food"], responses=_MISSING | REFUSED)
    async def take_away(food: Annotated[FoodView, Depends(known)], fate: Fate = Fate.EATEN) -> ChangeResult:
        """It was eaten or thrown away. What the service was told already cannot be called back."""
        return await desks.food.take_away(food, fate)

    @api.post("/foods/{item}/restore", tags=["food"], responses=_MISSING | REFUSED)
    async def bring_back(food: Annotated[FoodView, Depends(known)]) -> ChangeResult:
        """It is there after all."""
        return await desks.food.bring_back(food)


def _add_containers(api: APIRouter, desks: PageTabs) -> None:
    async def known(address: str) -> ContainerView:
        box = await desks.containers.find(address)
        if box is None:
            raise HTTPException(404, f"{address[:40]} is not on the roster")
        return box

    @api.get("/containers", tags=["containers"])
    async def containers() -> list[ContainerView]:
        """Everybody on the roster; those whose air is changing first."""
        return await desks.containers.list()

    @api.get("/containers/{address}", tags=["containers"], responses=_MISSING)
    async def container(box: Annotated[ContainerView, Depends(known)]) -> ContainerView:
        """One container."""
        return box

    @api.get("/containers/{address}/history", tags=["containers"], responses=_MISSING)
    async def history(
        box: Annotated[ContainerView, Depends(known)], span: Literal["1h", "24h", "7d"] = "24h"
    ) -> ContainerHistory:
        """What it said."""
        return await desks.containers.history(box, RANGES[span])

    @api.patch("/containers/{address}", tags=["containers"], responses=_MISSING | REFUSED)
    async def rename(box: Annotated[ContainerView, Depends(known)], change: ContainerChange) -> ContainerView:
        """Call it otherwise, in this house."""
        return await desks.containers.rename(box, change.name)

    @api.delete("/containers/{address}", tags=["containers"], status_code=204, responses=_MISSING)
    async def forget(box: Annotated[ContainerView, Depends(known)]) -> None:
        """Read it no longer. What it said is remembered."""
        await desks.containers.forget(box)

    @api.post("/containers/{address}/renew", tags=["containers"], status_code=204, responses=_MISSING)
    async def renew(box: Annotated[ContainerView, Depends(known)]) -> None:
        """Its battery was changed: an encrypted container may count its packets anew."""
        await desks.containers.renew(box)

    @api.post("/containers/{address}/read", tags=["containers"], status_code=202, responses=_MISSING)
    async def read(box: Annotated[ContainerView, Depends(known)]) -> VisitRequested:
        """Visit it as soon as the radio is free."""
        desks.containers.read_now(box)
        return VisitRequested(address=box.address)


def _add_messages(api: APIRouter, desks: PageTabs) -> None:
    @api.get("/messages", tags=["delivery"])
    async def messages(
        state: StateName | None = None,
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
    async def message(seq: Annotated[int, Path(ge=1, le=2**62)]) -> MessageDetail:
        """A message with everything that travels."""
        found = await desks.delivery.find(seq)
        if found is None:
            raise HTTPException(404, f"there is no message {seq}")
        return found

    @api.post("/messages/retry", tags=["delivery"])
    async def retry(seq: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> RetryResult:
        """Let dead messages, all or this one, be delivered again."""
        return RetryResult(retried=list(await desks.delivery.retry(seq)))


def _add_health(api: APIRouter, desks: PageTabs) -> None:
    @api.get("/health", tags=["health"])
    async def health() -> HealthView:
        """How the agent and its machine are doing."""
        return await desks.health.health()

    @api.post("/health/checkup", tags=["health"], status_code=202)
    async def examine() -> CheckupReport:
        """Let the doctor examine this machine; the findings are part of `/health` when they are there."""
        desks.health.doctor.examine()
        return desks.health.doctor.checkup
