"""A session from the press to the message, on a real store."""

import asyncio
import json
from datetime import date

from befresh_agent.domain.container import Address
from befresh_agent.domain.cue import Cue, CueSubject
from befresh_agent.domain.detection import ContainerSeen, DateSeen, ProductSeen
from befresh_agent.domain.events import (
    CuePlayed,
    DeviceChanged,
    DeviceState,
    NameMissed,
    NameProposed,
    NotKept,
    SessionClosed,
    SessionRecovered,
    WishHeard,
)
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.gs1 import Product
from befresh_agent.domain.known_product import KnownProduct
from befresh_agent.domain.spoken_answer import NameHypothesis, SpokenIntent
from befresh_agent.domain.stock import StockFilter
from befresh_agent.domain.trigger import Presence, Press, WakeWord
from befresh_agent.errors import StoreFull
from befresh_agent.ports.voice import ListenFailure
from tests.delivery.consumers import as_before
from tests.unit.registration.conftest import Stage

KIMCHI = ContainerSeen(Address("FB:89:EB:22:95:84"))
CARTON = ProductSeen(Product("08801234567893"))
MILK = DateSeen(date(2030, 3, 15), 0.9, "2030.03.15")


async def bodies(stage: Stage) -> list[dict[str, object]]:
    return [json.loads(entry.message.body) for entry in await stage.store.entries()]


async def test_all_items_of_a_session_travel_in_one_message(stage: Stage) -> None:
    stage.voice.answers = ["김치", "우유 등록해줘", "사과요"]
    stage.do(Press.SHORT)
    await stage.cue(Cue.ON)
    assert stage.voice.live
    assert stage.hand.is_live
    stage.brain.shown = (KIMCHI,)
    await stage.cue(Cue.REGISTERED)
    stage.brain.shown = (MILK,)
    await stage.cue(Cue.REGISTERED, 2)
    stage.do(WakeWord())
    await stage.cue(Cue.REGISTERED, 3)
    stage.do(Press.SHORT)
    await stage.cue(Cue.OFF)
    await stage.until(lambda: not stage.voice.live and not stage.hand.is_live)
    (body,) = await bodies(stage)
    assert as_before(body["foodList"]) == [
        {"name": "김치", "ftypeId": 1, "qrId": "FB:89:EB:22:95:84"},
        {"name": "우유", "ftypeId": 2, "expirationDate": "2030-03-15"},
        {"name": "사과", "ftypeId": 3},
    ]


async def test_a_long_press_opens_a_session_and_asks_for_a_name_without_any_phrase(stage: Stage) -> None:
    stage.voice.answers = ["사과", "배"]
    stage.do(Press.LONG)
    await stage.cue(Cue.REGISTERED)
    stage.do(Press.LONG)
    await stage.cue(Cue.REGISTERED, 2)
    stage.do(Press.SHORT)
    await stage.cue(Cue.OFF)
    played = [event.cue for event in stage.told if isinstance(event, CuePlayed)]
    assert played[:3] == [Cue.ON, Cue.SPEAK, Cue.REGISTERED]
    assert stage.kept() == ["사과", "배"]


async def test_an_item_is_on_disk_before_its_sound(stage: Stage) -> None:
    stage.voice.answers = ["김치"]
    stage.do(Press.SHORT)
    stage.brain.shown = (KIMCHI,)
    await stage.cue(Cue.REGISTERED)
    await stage.store.settle_left_behind(None)
    assert len(await bodies(stage)) == 1


async def test_nobody_there_closes_the_session(stage: Stage) -> None:
    stage.do(Press.SHORT)
    await stage.cue(Cue.ON)
    stage.do(Presence(near=False))
    await stage.cue(Cue.OFF)
    assert [event.why for event in stage.told if isinstance(event, SessionClosed)] == ["nobody there"]
    assert await bodies(stage) == []


async def test_an_item_nobody_named_waits_for_its_name(stage: Stage) -> None:
    stage.voice.answers = [ListenFailure.SILENCE, ListenFailure.UNINTELLIGIBLE, ListenFailure.SERVICE]
    stage.do(Press.SHORT)
    stage.brain.shown = (KIMCHI,)
    await stage.cue(Cue.UNNAMED)
    stage.do(Press.SHORT)
    await stage.cue(Cue.OFF)
    assert [cue for cue in stage.cues if cue is not Cue.SPEAK] == [
        Cue.ON, Cue.SILENCE, Cue.UNINTELLIGIBLE, Cue.NO_SERVICE, Cue.UNNAMED, Cue.OFF,
    ]  # fmt: skip
    assert await bodies(stage) == []
    assert len(await stage.store.unnamed()) == 1


async def test_who_says_cancel_registers_nothing(stage: Stage) -> None:
    stage.voice.answers = ["취소해 줘"]
    stage.do(Press.SHORT)
    stage.brain.shown = (KIMCHI,)
    await stage.cue(Cue.UNDONE)
    stage.do(Press.SHORT)
    await stage.cue(Cue.OFF)
    assert WishHeard(SpokenIntent.CANCEL) in stage.told
    assert Cue.REGISTERED not in stage.cues
    assert await bodies(stage) == []
    assert await stage.store.unnamed() == []


async def test_the_question_is_put_again_and_fillers_are_no_name(stage: Stage) -> None:
    stage.voice.answers = ["잠깐만", "음...", "음 김치요"]
    stage.do(Press.SHORT)
    stage.brain.shown = (KIMCHI,)
    await stage.cue(Cue.REGISTERED)
    assert [cue for cue in stage.cues if cue is not Cue.ON] == [
        Cue.SPEAK, Cue.SPEAK, Cue.UNINTELLIGIBLE, Cue.SPEAK, Cue.REGISTERED,
    ]  # fmt: skip
    assert [event for event in stage.told if isinstance(event, NameMissed)] == [
        NameMissed(ListenFailure.UNINTELLIGIBLE, 1)
    ]
    assert stage.kept() == ["김치"]


async def test_several_foods_in_one_answer_are_items_each_on_disk_before_its_sound(stage: Stage) -> None:
    on_disk: list[int] = []

    def count(event: object) -> None:
        if event == CuePlayed(Cue.REGISTERED):
            on_disk.append(len(stage.kept()))

    stage.events.subscribe(count)
    stage.voice.answers = ["사과랑 배"]
    stage.do(Press.SHORT)
    stage.do(WakeWord())
    await stage.cue(Cue.REGISTERED, 2)
    assert stage.kept() == ["사과", "배"]
    assert all(count >= position for position, count in enumerate(on_disk, 1))


async def test_names_that_were_used_before_are_known_words(stage: Stage) -> None:
    stage.voice.answers = ["마라", "마라지"]
    for times in (1, 2):
        stage.do(Press.SHORT)
        await stage.cue(Cue.ON, times)
        stage.do(WakeWord())
        await stage.cue(Cue.REGISTERED, times)
        stage.do(Press.SHORT)
        await stage.until(lambda: stage.registration.live is None)
    assert stage.kept() == ["마라", "마라"]


async def test_names_used_before_are_told_to_the_engines(stage: Stage) -> None:
    stage.voice.answers = ["마라", "마라", "할머니표 양념"]
    stage.do(Press.SHORT)
    for times in (1, 2, 3):
        await stage.cue(Cue.ON)
        stage.do(WakeWord())
        await stage.cue(Cue.REGISTERED, times)
    stage.do(Press.SHORT)
    await stage.cue(Cue.OFF)
    await stage.until(lambda: not stage.voice.live)
    stage.do(Press.SHORT)
    await stage.cue(Cue.ON, 2)
    stage.do(WakeWord())
    await stage.until(lambda: bool(stage.voice.expected))
    assert tuple(stage.voice.expected) == ("마라", "할머니표 양념")


async def test_a_name_corrected_on_the_page_is_remembered_for_its_sound(stage: Stage) -> None:
    stage.voice.answers = ["깨순", "깨숭", "배"]
    stage.do(Press.SHORT)
    await stage.cue(Cue.ON)
    stage.do(WakeWord())
    await stage.cue(Cue.REGISTERED)
    stage.do(Press.SHORT)
    await stage.cue(Cue.OFF)
    await stage.until(lambda: not stage.voice.live)
    (item,) = (await stage.stock.page(StockFilter.ALL)).items
    await stage.stock.rename(item.item.id, "깻순")
    stage.do(Press.SHORT)
    await stage.cue(Cue.ON, 2)
    for times in (2, 3):
        stage.do(WakeWord())
        await stage.cue(Cue.REGISTERED, times)
    assert stage.kept()[1:] == ["깻순", "배"]


async def test_between_two_names_it_is_asked_again_and_what_is_said_twice_is_believed(stage: Stage) -> None:
    stage.voice.answers = [NameHypothesis("밭", 0.4), NameHypothesis("밥", 0.4)]
    stage.do(Press.SHORT)
    await stage.cue(Cue.ON)
    stage.do(WakeWord())
    await stage.cue(Cue.REGISTERED)
    assert stage.cues.count(Cue.UNINTELLIGIBLE) == 1
    assert stage.kept() == ["밥"]


async def test_what_was_registered_is_read_back(stage: Stage) -> None:
    stage.voice.answers = ["우유"]
    stage.brain.shown = (MILK,)
    stage.do(Press.SHORT)
    await stage.cue(Cue.REGISTERED)
    await stage.until(lambda: Cue.REGISTERED in stage.speaker.told)
    assert stage.speaker.told[Cue.REGISTERED] == CueSubject("우유", MILK.date)
    assert stage.speaker.told[Cue.SPEAK] is None


async def test_nobody_is_asked_again_while_nothing_understands_speech(stage: Stage) -> None:
    stage.voice.answers = [ListenFailure.NO_ENGINE, ListenFailure.NO_ENGINE]
    stage.do(Press.SHORT)
    await stage.cue(Cue.ON)
    for times in (1, 2):
        stage.do(WakeWord())
        await stage.cue(Cue.UNNAMED, times)
    assert stage.cues.count(Cue.SPEAK) == stage.cues.count(Cue.NO_SERVICE) == 2
    assert stage.kept() == [None, None]


async def test_undo_and_cancel_leave_nothing(stage: Stage) -> None:
    stage.voice.answers = ["사과", "배"]
    stage.do(Press.SHORT)
    stage.do(WakeWord())
    await stage.cue(Cue.REGISTERED)
    stage.do(Press.DOUBLE)
    await stage.cue(Cue.UNDONE)
    stage.do(WakeWord())
    await stage.cue(Cue.REGISTERED, 2)
    stage.do(Press.HOLD)
    await stage.cue(Cue.CANCELLED)
    await stage.until(lambda: stage.registration.live is None)
    assert await bodies(stage) == []
    await stage.store.settle_left_behind(None)
    assert await bodies(stage) == []


async def test_a_session_works_without_camera_worker_and_speaker_and_says_so_once(stage: Stage) -> None:
    stage.camera.broken = stage.speaker.broken = True
    stage.voice.answers = ["사과"]
    stage.do(Press.SHORT)
    stage.do(WakeWord())
    await stage.cue(Cue.REGISTERED)
    lost = [e.device for e in stage.told if isinstance(e, DeviceChanged) and e.state is DeviceState.LOST]
    assert sorted(lost) == ["camera", "speaker"]


async def test_a_dead_worker_costs_frames_not_the_session(stage: Stage) -> None:
    stage.brain.blind = True
    stage.voice.answers = ["김치"]
    stage.do(Press.SHORT)
    stage.brain.shown = (KIMCHI,)
    await stage.cue(Cue.ON)
    stage.brain.blind = False
    await stage.cue(Cue.REGISTERED)


async def test_a_full_disk_is_heard_and_nothing_is_confirmed(stage: Stage) -> None:
    async def refuse(session: str, item: object) -> None:
        raise StoreFull("no room")

    stage.store.add = refuse  # type: ignore[method-assign]  # the disk is the hardware here
    stage.voice.answers = ["사과"]
    stage.do(Press.SHORT)
    stage.do(WakeWord())
    await stage.cue(Cue.FAILED)
    assert Cue.REGISTERED not in stage.cues
    assert [event.error for event in stage.told if isinstance(event, NotKept)] == ["no room"]


async def test_stopping_settles_an_open_session(stage: Stage) -> None:
    stage.voice.answers = ["사과"]
    stage.do(Press.SHORT)
    stage.do(WakeWord())
    await stage.cue(Cue.REGISTERED)
    await stage.registration.stop()
    assert len(await bodies(stage)) == 1
    stage.do(Press.SHORT)
    await stage.until(stage.hand.queue.empty)
    assert stage.registration.live is None


async def test_a_session_that_a_crash_left_open_is_settled_once_at_the_start(stage: Stage) -> None:
    await stage.store.add("interrupted", FoodItem("1", FoodType.GENERAL, "사과", stage.clock.now()))
    await stage.registration.stop()
    after_crash = Stage(stage.database)
    running = asyncio.create_task(after_crash.registration.run())
    await after_crash.until(lambda: any(isinstance(event, SessionRecovered) for event in after_crash.told))
    running.cancel()
    assert len(await bodies(stage)) == 1
    await stage.store.settle_left_behind(None)
    assert len(await bodies(stage)) == 1


async def test_a_press_while_the_devices_go_off_opens_the_next_session(stage: Stage) -> None:
    stage.do(Press.SHORT)
    await stage.until(lambda: any(e.device == "camera" for e in stage.told if isinstance(e, DeviceChanged)))
    stage.camera.leaves_when.clear()
    stage.do(Press.SHORT)
    await stage.cue(Cue.OFF)
    stage.do(Press.SHORT)
    await stage.until(stage.hand.queue.empty)
    stage.camera.leaves_when.set()
    await stage.cue(Cue.ON, 2)
    assert stage.voice.live
    assert stage.hand.is_live


async def test_a_camera_that_stays_away_is_tried_less_and_less_often(stage: Stage) -> None:
    stage.clock.speed = 200
    stage.camera.broken = True
    stage.do(Press.SHORT)
    await stage.clock.sleep(300)
    assert 5 < stage.camera.opened < 12


async def test_a_camera_that_opens_and_shows_nothing_is_lost_once_and_told_when_it_is_back(stage: Stage) -> None:
    stage.clock.speed = 100
    stage.camera.dark = True
    stage.do(Press.SHORT)
    await stage.cue(Cue.ON)
    await stage.clock.sleep(10)
    stage.camera.dark = False
    told = [e for e in stage.told if isinstance(e, DeviceChanged) and e.device == "camera"]
    assert [(event.state, event.back) for event in told] == [(DeviceState.LOST, False)]
    await stage.until(lambda: any(e.back for e in stage.told if isinstance(e, DeviceChanged)))
    assert (DeviceState.LIVE, True) in [(e.state, e.back) for e in stage.told if isinstance(e, DeviceChanged)]


async def test_a_cancelled_session_that_the_disk_keeps_is_not_called_cancelled(stage: Stage) -> None:
    async def refuse(session: str) -> int:
        raise StoreFull("no room")

    discard, stage.store.discard = stage.store.discard, refuse  # type: ignore[method-assign]  # the disk is hardware
    stage.voice.answers = ["사과"]
    stage.do(Press.SHORT)
    stage.do(WakeWord())
    await stage.cue(Cue.REGISTERED)
    stage.do(Press.HOLD)
    await stage.cue(Cue.FAILED)
    assert Cue.CANCELLED not in stage.cues
    stage.store.discard = discard  # type: ignore[method-assign]  # it works again
    stage.do(Press.HOLD)
    await stage.cue(Cue.CANCELLED)
    await stage.until(lambda: stage.registration.live is None)
    assert await bodies(stage) == []


async def test_a_disk_that_stays_full_is_told_once(stage: Stage) -> None:
    tried = 0

    async def refuse(live: str | None) -> None:  # the ledger names it so
        nonlocal tried
        tried += 1
        raise StoreFull("no room")

    stage.store.settle_left_behind = refuse  # type: ignore[method-assign]  # the disk is hardware
    stage.clock.speed = 10_000
    await stage.until(lambda: tried >= 3)
    assert [event.error for event in stage.told if isinstance(event, NotKept)] == ["no room"]


async def test_an_answer_to_a_question_that_was_taken_back_names_nothing_else(stage: Stage) -> None:
    hold = asyncio.Event()
    stage.voice.before_answer = hold
    stage.voice.answers = ["김치"]
    stage.do(Press.SHORT)
    stage.brain.shown = (KIMCHI,)
    await stage.cue(Cue.SPEAK)
    live = stage.registration.live
    assert live is not None
    hold.set()
    await asyncio.sleep(0)
    stage.do(Press.DOUBLE)
    await stage.cue(Cue.UNDONE)
    assert live.items == ()


async def test_a_product_that_was_named_before_needs_no_spoken_name(stage: Stage) -> None:
    stage.voice.answers = ["우유"]
    for times in (1, 2):
        stage.do(Press.SHORT)
        await stage.cue(Cue.ON, times)
        stage.brain.shown = (CARTON, MILK)
        await stage.cue(Cue.REGISTERED, times)
        stage.brain.shown = ()
        stage.do(Press.SHORT)
        await stage.cue(Cue.OFF, times)
    assert stage.kept() == ["우유", "우유"]
    assert stage.cues.count(Cue.SPEAK) == stage.cues.count(Cue.IS_NAME_RIGHT) == 1
    assert [event.name for event in stage.told if isinstance(event, NameProposed)] == ["우유"]
    assert not [event for event in stage.told if isinstance(event, NameMissed)]


async def test_a_spoken_name_corrects_the_proposed_one_for_ever(stage: Stage) -> None:
    stage.voice.answers = ["두유", "우유"]
    for times in (1, 2, 3):
        stage.do(Press.SHORT)
        await stage.cue(Cue.ON, times)
        stage.brain.shown = (CARTON, MILK)
        await stage.cue(Cue.REGISTERED, times)
        stage.brain.shown = ()
        stage.do(Press.SHORT)
        await stage.cue(Cue.OFF, times)
    assert stage.kept() == ["두유", "우유", "우유"]


async def test_a_sentence_of_somebody_elses_is_spoken_between_the_cues(stage: Stage) -> None:
    stage.registration.announce("우유가 내일까지예요")
    await stage.until(lambda: stage.speaker.said == ["우유가 내일까지예요"])
    assert stage.cues == []


async def test_a_name_from_outside_is_proposed_if_it_comes_in_time(stage: Stage) -> None:
    async def look_up(gtin: str) -> KnownProduct | None:
        return KnownProduct(gtin, "서울우유 1L", own=False)

    stage.ask_outside(look_up)
    stage.do(Press.SHORT)
    await stage.cue(Cue.ON)
    stage.brain.shown = (CARTON, MILK)
    await stage.cue(Cue.REGISTERED)
    assert [event.name for event in stage.told if isinstance(event, NameProposed)] == ["서울우유 1L"]
    assert stage.kept() == ["서울우유 1L"]


async def test_what_is_not_known_outside_is_asked_for(stage: Stage) -> None:
    async def look_up(_: str) -> KnownProduct | None:
        return None

    stage.ask_outside(look_up)
    stage.voice.answers = ["우유"]
    stage.do(Press.SHORT)
    await stage.cue(Cue.ON)
    stage.brain.shown = (CARTON, MILK)
    await stage.cue(Cue.REGISTERED)
    assert stage.kept() == ["우유"]


async def test_the_session_goes_on_while_somebody_outside_is_asked(stage: Stage) -> None:
    """A name that is typed meanwhile counts, and what is answered behind it does not; a press is not held up."""
    asked, answered = asyncio.Event(), asyncio.Event()

    async def look_up(gtin: str) -> KnownProduct | None:
        asked.set()
        await answered.wait()
        return KnownProduct(gtin, "too late", own=False)

    stage.ask_outside(look_up)
    stage.do(Press.SHORT)
    await stage.cue(Cue.ON)
    stage.brain.shown = (CARTON, MILK)
    await asked.wait()
    assert stage.registration.type_name("두유")
    await stage.cue(Cue.REGISTERED)
    stage.brain.shown = (CARTON,)
    asked.clear()
    stage.do(WakeWord())
    await stage.until(lambda: stage.registration.question() is not None)
    stage.do(Press.SHORT)
    await stage.cue(Cue.OFF)
    answered.set()
    assert stage.kept() == ["두유", None]
    assert not [event for event in stage.told if isinstance(event, NameProposed)]
