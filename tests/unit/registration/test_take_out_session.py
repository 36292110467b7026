"""A take-out session from the double press to the list, on a real store."""

from datetime import date

from befresh_agent.domain.container import Address
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.detection import ContainerSeen, DateSeen, Detection
from befresh_agent.domain.events import FoodPutBack, FoodTakenOut, NotKept, SessionClosed, SessionOpened
from befresh_agent.domain.stock import Fate, StockFilter
from befresh_agent.domain.trigger import Press, WakeWord
from befresh_agent.errors import StoreFull
from befresh_agent.storage.inventory import FoodInventory
from befresh_agent.storage.roster import ContainerRoster
from tests.unit.registration.conftest import Stage

KIMCHI = ContainerSeen(Address("FB:89:EB:22:95:84"))
MILK = DateSeen(date(2030, 3, 15), 0.9, "2030.03.15")


async def listed(stage: Stage) -> list[str]:
    page = await FoodInventory(stage.database, stage.store, stage.clock).page(StockFilter.ALL)
    return sorted(food.name or "" for food in page.items)


async def shopped(stage: Stage) -> None:
    """Kimchi in a container, milk, and an apple are registered."""
    stage.voice.answers = ["김치", "우유", "사과"]
    stage.do(Press.SHORT)
    things: tuple[Detection, ...] = (KIMCHI, MILK)
    for count, thing in enumerate(things, 1):
        stage.brain.shown = (thing,)
        await stage.cue(Cue.REGISTERED, count)
    stage.brain.shown = ()
    stage.do(WakeWord())
    await stage.cue(Cue.REGISTERED, 3)
    stage.do(Press.SHORT)
    await stage.until(lambda: stage.registration.live is None)


async def opened(stage: Stage, times: int = 1) -> None:
    stage.do(Press.DOUBLE)
    await stage.cue(Cue.TAKE_OUT, times)


async def test_what_is_shown_or_named_is_off_the_list_before_its_sound(stage: Stage) -> None:
    await shopped(stage)
    stage.voice.answers = ["사과"]
    await opened(stage)
    await stage.cue(Cue.TAKEN_OUT)
    assert await listed(stage) == ["김치", "우유"]
    stage.brain.shown = (KIMCHI,)
    await stage.cue(Cue.TAKEN_OUT, 2)
    assert await listed(stage) == ["우유"]
    assert await ContainerRoster(stage.database, stage.clock).addresses() == (KIMCHI.address,)
    stage.do(Press.SHORT)
    await stage.until(lambda: stage.registration.live is None)
    assert [event.taking_out for event in stage.told if isinstance(event, SessionOpened)] == [False, True]
    assert [event.taken for event in stage.told if isinstance(event, SessionClosed)] == [None, 2]
    assert [event.food.name for event in stage.told if isinstance(event, FoodTakenOut)] == ["사과", "김치"]


async def test_in_the_next_session_it_is_put_back_within_ten_minutes_and_not_later(stage: Stage) -> None:
    await shopped(stage)
    for times in (1, 2, 3):
        await opened(stage, times)
        stage.brain.shown = (MILK,)
        wanted = {1: (Cue.TAKEN_OUT, 1), 2: (Cue.PUT_BACK, 1), 3: (Cue.TAKEN_OUT, 2)}[times]
        await stage.cue(*wanted)
        stage.brain.shown = ()
        stage.do(Press.SHORT)
        await stage.until(lambda: stage.registration.live is None)
    assert [event.food.name for event in stage.told if isinstance(event, FoodPutBack)] == ["우유"]
    await stage.pass_minutes(11)
    await opened(stage, 4)
    stage.brain.shown = (MILK,)
    await stage.cue(Cue.NONE_TAKEN)
    assert await listed(stage) == ["김치", "사과"]


async def test_a_double_press_undoes_and_holding_undoes_everything(stage: Stage) -> None:
    await shopped(stage)
    await opened(stage)
    stage.brain.shown = (KIMCHI,)
    await stage.cue(Cue.TAKEN_OUT)
    stage.do(Press.DOUBLE)
    await stage.cue(Cue.UNDONE)
    assert await listed(stage) == ["김치", "사과", "우유"]
    stage.brain.shown = (MILK,)
    await stage.cue(Cue.TAKEN_OUT, 2)
    stage.do(Press.HOLD)
    await stage.cue(Cue.CANCELLED)
    assert await listed(stage) == ["김치", "사과", "우유"]


async def test_without_a_disk_it_says_so_and_takes_nothing(stage: Stage) -> None:
    await shopped(stage)
    await opened(stage)

    async def refuse(item_id: str, fate: Fate = Fate.EATEN) -> bool:  # the stock names them so
        raise StoreFull("no room")

    stage.stock.take_away = refuse  # type: ignore[method-assign]  # the disk is hardware
    stage.brain.shown = (KIMCHI,)
    await stage.cue(Cue.FAILED)
    assert [event.error for event in stage.told if isinstance(event, NotKept)] == ["no room"]
    assert await listed(stage) == ["김치", "사과", "우유"]
