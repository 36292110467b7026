"""What leaves the list and what comes back, by what is shown, said and pressed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.detection import ContainerSeen, DateSeen, Detection, FrameFindings, ProductSeen
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.gs1 import Product
from befresh_agent.domain.spoken_answer import SpokenAnswer, SpokenIntent
from befresh_agent.domain.stock import StockItem, SyncState
from befresh_agent.domain.trigger import Presence, Press, WakeWord
from befresh_agent.registration.rules.actions import Action, Actions, AskName, CloseSession, MoveFood, PlayCue
from befresh_agent.registration.rules.take_out import TakeOutRules
from befresh_agent.settings.model import SessionSettings

WHEN = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
BOX = Address("FB:89:EB:22:95:84")
MILK = "08801234567893"
SOON, LATE = date(2026, 12, 1), date(2026, 12, 9)


def food(
    id_: str, name: str | None, day: date | None = None, gtin: str | None = None, box: Address | None = None
) -> StockItem:
    kind = FoodType.CONTAINER if box else FoodType.PACKAGED if day else FoodType.GENERAL
    item = FoodItem(id_, kind, name, WHEN, box, day, gtin)
    return StockItem(item, SyncState.SENT, name, day)


class Person:
    """Before a fridge with these foods."""

    def __init__(self, *foods: StockItem, gone: tuple[tuple[StockItem, float], ...] = ()) -> None:
        self.session = TakeOutRules(SessionSettings(), 0.0)
        self.session.listed(foods, gone)
        self.foods = {one.item.id for one in foods}
        self.now = 0.0
        self.refuses = False
        self.do(self.session.begin())

    def do(self, actions: Actions) -> list[Action]:
        done: list[Action] = []
        for action in actions:
            done.append(action)
            if isinstance(action, MoveFood) and self.refuses:
                done += self.do(self.session.not_kept())
            elif isinstance(action, MoveFood):
                self.foods ^= {action.food.item.id}
                done += self.do(self.session.moved(action))
        return done

    def show(self, *found: Detection, frames: int = 3, seconds: float = 0.3) -> list[Cue]:
        done: list[Action] = []
        for _ in range(frames):
            self.now += seconds
            done += self.do(self.session.seen(FrameFindings(found, 1.0), self.now))
        return cues(done)

    def away(self) -> None:
        self.show(frames=4, seconds=1.0)

    def say(self, *names: str) -> list[Action]:
        return self.answer(SpokenIntent.NAME, *names)

    def answer(self, intent: SpokenIntent, *names: str) -> list[Action]:
        return self.do(self.session.heard(SpokenAnswer(intent, names)))

    def press(self, press: Press = Press.SHORT) -> list[Action]:
        return self.do(self.session.triggered(press, self.now))


def cues(done: list[Action]) -> list[Cue]:
    return [action.cue for action in done if isinstance(action, PlayCue)]


def code(gtin: str = MILK) -> ProductSeen:
    return ProductSeen(Product(gtin))


def printed(day: date) -> DateSeen:
    return DateSeen(day, 0.9, f"{day:%y.%m.%d}")


def test_a_code_takes_its_food_off_the_list_once_while_it_is_in_view() -> None:
    person = Person(food("1", "우유", SOON, MILK), food("2", "두부", LATE))
    assert person.show(code()) == [Cue.TAKEN_OUT]
    assert person.foods == {"2"}
    assert person.show(code(), printed(SOON), frames=6) == []


def test_shown_again_it_is_back_and_once_more_out() -> None:
    person = Person(food("1", "우유", SOON, MILK))
    heard = []
    for _ in range(3):
        heard += person.show(code())
        person.away()
    assert heard == [Cue.TAKEN_OUT, Cue.PUT_BACK, Cue.TAKEN_OUT]
    assert person.foods == set()


def test_what_went_a_moment_before_the_session_comes_back_too_but_not_later() -> None:
    milk, tofu = food("1", "우유", SOON, MILK), food("2", "두부", LATE)
    person = Person(gone=((milk, 30.0), (tofu, 1.0)))
    assert person.show(code()) == [Cue.PUT_BACK]
    person.away()
    assert person.show(printed(LATE)) == [Cue.NONE_TAKEN]


def test_packs_may_follow_each_other_without_a_pause() -> None:
    foods = (food("1", "김치", box=BOX), food("2", "우유", SOON, MILK), food("3", "두부", LATE))
    person = Person(*foods)
    heard = [cue for thing in (ContainerSeen(BOX), code(), printed(SOON), printed(LATE)) for cue in person.show(thing)]
    assert heard == [Cue.TAKEN_OUT] * 3
    person = Person(*foods)
    assert person.show(ContainerSeen(BOX)) + person.show(printed(SOON)) == [Cue.TAKEN_OUT] * 2


def test_a_date_is_enough_where_one_food_has_it() -> None:
    person = Person(food("1", "우유", SOON), food("2", "두부", LATE))
    assert person.show(printed(LATE)) == [Cue.TAKEN_OUT]
    assert person.foods == {"1"}


def test_a_date_read_once_takes_nothing() -> None:
    person = Person(food("1", "우유", SOON))
    assert person.show(printed(SOON), frames=1) == []


def test_of_two_packs_alike_the_older_goes_without_a_question() -> None:
    person = Person(food("1", "우유", SOON, MILK), food("2", "우유", SOON, MILK))
    assert person.show(code()) == [Cue.TAKEN_OUT]
    assert person.foods == {"2"}
    person.away()
    assert person.show(code()) == [Cue.TAKEN_OUT]


def test_of_two_packs_the_date_decides_without_a_question() -> None:
    person = Person(food("1", "우유", SOON, MILK), food("2", "우유", LATE, MILK))
    assert person.show(code()) == []
    assert person.show(code(), printed(LATE)) == [Cue.TAKEN_OUT]
    assert person.foods == {"1"}


def test_the_same_date_on_two_foods_is_decided_by_a_name() -> None:
    person = Person(food("1", "우유", SOON), food("2", "두부", SOON))
    assert person.show(printed(SOON)) == [Cue.WHICH_ONE]
    assert person.show(printed(SOON)) == []
    assert cues(person.say("두부")) == [Cue.TAKEN_OUT]
    assert person.foods == {"1"}


def test_a_press_takes_what_is_due_first_and_closes_nothing() -> None:
    person = Person(food("1", "우유", LATE, MILK), food("2", "우유", SOON, MILK))
    assert person.show(code(), frames=20) == [Cue.WHICH_ONE]
    assert cues(person.press()) == [Cue.TAKEN_OUT]
    assert person.foods == {"1"}
    assert not person.session.over


@pytest.mark.parametrize("how", [Press.DOUBLE, SpokenIntent.NO, SpokenIntent.CANCEL, "silence"])
def test_where_nobody_decides_nothing_is_taken(how: Press | SpokenIntent | str) -> None:
    person = Person(food("1", "우유", SOON), food("2", "두부", SOON))
    person.show(printed(SOON))
    done: list[Action] = []
    if isinstance(how, Press):
        done = person.press(how)
    elif isinstance(how, SpokenIntent):
        done = person.answer(how)
    else:
        for _ in range(3):
            done = person.do(person.session.unheard(how))
    assert Cue.NONE_TAKEN in cues(done)
    assert person.foods == {"1", "2"}
    assert person.show(printed(SOON)) == []


def test_a_name_is_enough_and_the_next_may_follow() -> None:
    person = Person(food("1", "서울우유", SOON), food("2", "두부", SOON), food("3", "사과"))
    done = person.say("우유")
    assert cues(done) == [Cue.TAKEN_OUT]
    assert done[-1] == AskName(0)
    assert cues(person.say("두부", "사과")) == [Cue.TAKEN_OUT, Cue.TAKEN_OUT]
    assert person.foods == set()


def test_a_name_that_is_not_on_the_list_takes_nothing_and_puts_nothing_back() -> None:
    person = Person(food("1", "우유"), gone=((food("2", "두부"), 300.0),))
    assert cues(person.say("두부")) == [Cue.NONE_TAKEN]
    assert person.foods == {"1"}


def test_whoever_was_only_listened_to_need_not_speak() -> None:
    person = Person(food("1", "우유"))
    assert person.do(person.session.unheard("silence")) == []
    assert person.do(person.session.triggered(WakeWord(), 1.0))[-2:] == [PlayCue(Cue.SPEAK), AskName(1)]
    assert cues(person.do(person.session.unheard("silence"))) == [Cue.SILENCE, Cue.SPEAK]


def test_a_name_with_two_dates_is_asked_about() -> None:
    person = Person(food("1", "우유", LATE, MILK), food("2", "우유", SOON, MILK))
    assert cues(person.say("우유")) == [Cue.WHICH_ONE]
    assert person.show(code(), printed(LATE)) == [Cue.TAKEN_OUT]
    assert person.foods == {"2"}


def test_a_container_is_emptied() -> None:
    person = Person(food("1", "김치", box=BOX), food("2", "깍두기", box=BOX), food("3", "사과"))
    assert person.show(ContainerSeen(BOX)) == [Cue.TAKEN_OUT, Cue.TAKEN_OUT]
    assert person.foods == {"3"}
    person.away()
    assert person.show(ContainerSeen(BOX)) == [Cue.PUT_BACK]
    assert person.foods == {"2", "3"}


def test_what_nobody_registered_is_told() -> None:
    person = Person(food("1", "우유", SOON, MILK))
    assert person.show(ContainerSeen(BOX)) == [Cue.NONE_TAKEN]
    person.away()
    assert person.show(code("09506000134352"), frames=20) == [Cue.NONE_TAKEN]


def test_the_use_by_date_behind_the_made_on_date_still_counts() -> None:
    person = Person(food("1", "두부", LATE))
    assert person.show(printed(SOON)) == [Cue.NONE_TAKEN]
    assert person.show(printed(LATE), printed(SOON), frames=5) == [Cue.TAKEN_OUT]


def test_a_double_press_undoes_step_by_step() -> None:
    person = Person(food("1", "우유"), food("2", "두부"))
    person.say("우유", "두부")
    assert cues(person.press(Press.DOUBLE)) == [Cue.UNDONE]
    assert person.foods == {"2"}
    assert cues(person.press(Press.DOUBLE) + person.press(Press.DOUBLE)) == [Cue.UNDONE, Cue.NOTHING]
    assert person.foods == {"1", "2"}


def test_holding_undoes_the_session() -> None:
    person = Person(food("1", "우유"), food("2", "두부"), gone=((food("3", "사과", SOON), 300.0),))
    person.say("우유", "두부")
    person.show(printed(SOON))
    assert cues(person.press(Press.HOLD)) == [Cue.CANCELLED]
    assert person.foods == {"1", "2"}
    assert person.session.over


def test_a_disk_that_refuses_leaves_everything_as_it_was() -> None:
    person = Person(food("1", "우유"))
    person.refuses = True
    assert cues(person.say("우유")) == [Cue.FAILED]
    assert person.session.taken == 0
    assert cues(person.press(Press.DOUBLE)) == [Cue.NOTHING]


def test_it_ends_like_a_registration() -> None:
    person = Person(food("1", "우유"))
    person.say("우유")
    person.do(person.session.triggered(Presence(near=False), 5.0))
    assert person.session.deadline == 20.0
    done = person.do(person.session.time_passed(20.0))
    assert CloseSession("nobody there") in done
    assert cues(done) == [Cue.OFF]
    assert person.session.taken == 1


def test_the_day_a_person_set_and_the_printed_one_both_tell_a_food() -> None:
    tofu = replace(food("1", "두부", SOON), use_by=SOON + timedelta(days=2))
    assert Person(tofu).show(printed(SOON)) == [Cue.TAKEN_OUT]
    assert Person(tofu).show(printed(SOON + timedelta(days=2))) == [Cue.TAKEN_OUT]
