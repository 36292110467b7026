"""The API: the desks' values as JSON."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Response

from befresh_agent.domain.stock import Shelf
from befresh_agent.page.desks import Desks
from befresh_agent.page.food_desk import PAGE
from befresh_agent.page.models import Changed, Food, FoodChange, FoodList, Now, Pressed, Trouble

Responses = dict[int | str, dict[str, Any]]
_MISSING: Responses = {404: {"model": Trouble, "description": "There is no such thing."}}
_REFUSED: Responses = {422: {"model": Trouble, "description": "The value cannot be."}}


def add(website: FastAPI, desks: Desks) -> None:
    api = APIRouter(prefix="/api/v1", responses={503: {"model": Trouble, "description": "The disk refuses."}})
    _add_now(api, desks)
    _add_foods(api, desks)
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
