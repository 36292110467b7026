"""The pages of food, and their forms: name it, set its day, take it off, bring it back, add it by hand."""

from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import FastAPI, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse

from befresh_agent.domain.food_names import typed_name
from befresh_agent.domain.stock import Fate, StockFilter, SyncState
from befresh_agent.errors import BefreshError
from befresh_agent.page.forms import ResultText, redirect_to, result_text, run_form
from befresh_agent.page.models import ChangeResult, FoodChange, FoodNew, FoodView
from befresh_agent.page.page_tabs import PageTabs
from befresh_agent.page.tabs.food_tab import PAGE
from befresh_agent.page.templating import PageRenderer

Text = Annotated[str, Form(max_length=1000)]
MaybeText = Annotated[str | None, Form(max_length=1000)]
"""None where the form has no such field."""


def add(website: FastAPI, desks: PageTabs, looks: PageRenderer) -> None:
    _add_food(website, desks, looks)
    _add_food_forms(website, desks)
    _add_answers(website, desks)


def _add_food(website: FastAPI, desks: PageTabs, looks: PageRenderer) -> None:
    @website.get("/food", include_in_schema=False)
    async def food(
        request: Request,
        shelf: StockFilter = StockFilter.ALL,
        search: Annotated[str, Query(max_length=100)] = "",
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        said: str = "",
        item: str = "",
        why: str = "",
    ) -> HTMLResponse:
        folds = shelf is StockFilter.ALL and not search
        foods = await desks.food.list(StockFilter.DATED if folds else shelf, search, offset, lingering=True)
        undated = await desks.food.list(StockFilter.UNDATED, lingering=True) if folds and not offset else None
        return await looks.page(
            request,
            "food.html",
            foods=foods,
            undated=undated,
            chosen=shelf,
            size=PAGE,
            waste=await desks.food.waste() if shelf is StockFilter.GONE else None,
            adding=await adding(desks),
            said=await told(desks, said, item, why),
        )


def _add_food_forms(website: FastAPI, desks: PageTabs) -> None:
    @website.post("/food", include_in_schema=False)
    async def add(
        name: Text = "",
        days: Text = "",
        use_by: Text = "",
        container: Text = "",
        gtin: Text = "",
        lot: Text = "",
        back: Text = "/food",
    ) -> Response:
        pack = {"container": container or None, "gtin": gtin or None, "lot": lot or None}
        try:
            new = FoodNew(name=typed_name(name), use_by=_day(desks, days, use_by), **pack)
            added = await desks.food.add(new)
        except (BefreshError, ValueError) as error:
            return redirect_to(back, said="failed", why=str(error)[:300])
        return redirect_to(back, said="added", item=added.food.id)

    @website.post("/food/{item}", include_in_schema=False)
    async def change(
        item: str, back: Text = "/food", name: Text = "", use_by: MaybeText = None, days: Text = ""
    ) -> Response:
        food = await _known(desks, item)

        async def work() -> ChangeResult:
            day: date | Literal[""] | None = "" if use_by == "" else None
            if days or use_by:
                day = _day(desks, days, use_by or "")
            return await desks.food.change(food, FoodChange(name=name if name.strip() else None, use_by=day))

        return await run_form(work, back, item, _kept(food))

    @website.post("/food/{item}/gone", include_in_schema=False)
    async def take_away(item: str, back: Text = "/food", fate: Annotated[Fate, Form()] = Fate.EATEN) -> Response:
        food = await _known(desks, item)
        return await run_form(lambda: desks.food.take_away(food, fate), back, item, fate)

    @website.post("/food/{item}/back", include_in_schema=False)
    async def bring_back(item: str, back: Text = "/food") -> Response:
        food = await _known(desks, item)
        return await run_form(lambda: desks.food.bring_back(food), back, item, "back")


def _add_answers(website: FastAPI, desks: PageTabs) -> None:
    @website.post("/food/{item}/date", include_in_schema=False)
    async def look_at_date(item: str, right: Annotated[Literal["yes", "no"], Form()], back: Text = "/") -> Response:
        """Whether a doubtful date was read right."""
        food = await _known(desks, item)
        said = "untold" if right == "no" else "named" if food.name else "date-right"
        return await run_form(lambda: desks.food.answer(food, right=right == "yes"), back, item, said)

    @website.post("/food/{item}/replaced", include_in_schema=False)
    async def replaced(item: str, gone: Annotated[bool, Form()] = True, back: Text = "/") -> Response:
        """Whether what was in a container that was filled again is gone."""
        food = await _known(desks, item)
        work = desks.food.confirm_gone if gone else desks.food.bring_back
        return await run_form(lambda: work(food), back, item, "emptied" if gone else "both")


def _day(desks: PageTabs, days: str, use_by: str) -> date | None:
    """The day of a form: so many days from today, else the one in its field. Raises `ValueError`."""
    if days:
        return desks.sources.clock.now().date() + timedelta(days=int(days)) if days != "none" else None
    return date.fromisoformat(use_by) if use_by else None


async def adding(desks: PageTabs) -> dict[str, object]:
    """What a form for new food offers."""
    return {"names": await desks.food.names(), "boxes": await desks.containers.list()}


async def told(desks: PageTabs, code: str, item: str, why: str) -> ResultText | None:
    """How it went, in words that name the food."""
    changed = await desks.food.find(item) if item else None
    return result_text(code, why=why, name=(changed.name if changed else "") or "–")


async def _known(desks: PageTabs, item: str) -> FoodView:
    food = await desks.food.find(item)
    if food is None:
        raise HTTPException(404)
    return food


def _kept(food: FoodView) -> str:
    if food.told is SyncState.SENT:
        return "here"
    return "saved" if food.name or food.doubted else "named"
