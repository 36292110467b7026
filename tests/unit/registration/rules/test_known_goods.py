"""A product that was named before: its name is proposed, and what a person says or does to that."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from befresh_agent.domain.cue import Cue, CueSubject
from befresh_agent.domain.detection import DateSeen, FrameFindings, ProductSeen
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.gs1 import Product
from befresh_agent.domain.known_product import KnownProduct
from befresh_agent.domain.spoken_answer import SpokenAnswer, SpokenIntent
from befresh_agent.domain.trigger import Press, WakeWord
from befresh_agent.registration.rules.actions import (
    Action,
    Actions,
    AskName,
    KeepItem,
    PlayCue,
    ProposeName,
    RecallProduct,
    StopAsking,
)
from befresh_agent.registration.rules.session import SessionRules
from befresh_agent.settings.model import SessionSettings

MILK, TOFU = Product("08801234567893"), Product("08809876543210")
USE_BY, LATER = DateSeen(date(2026, 12, 1), 0.9, "26.12.01"), DateSeen(date(2026, 12, 9), 0.9, "26.12.09")


class Person:
    """At a fridge that knows these products."""

    def __init__(self, **names: str) -> None:
        known = {"milk": MILK.gtin, "tofu": TOFU.gtin}
        self._known = {known[key]: KnownProduct(known[key], name) for key, name in names.items()}
        self.session = SessionRules(SessionSettings(), 0.0)
        self.now = 0.0

    def do(self, actions: Actions) -> list[Action]:
        done: list[Action] = []
        for action in actions:
            done.append(action)
            if isinstance(action, RecallProduct):
                done += self.do(self.session.recalled(self._known.get(action.gtin)))
            elif isinstance(action, KeepItem):
                chosen = action.candidate
                gtin = chosen.product.gtin if chosen.product else None
                item = FoodItem("id", chosen.kind, action.name, datetime(2026, 11, 21, tzinfo=UTC))
                item = replace(item, expires_on=chosen.expires_on, product=gtin)
                done += self.do(self.session.kept(item))
        return done

    def show(self, product: Product, day: DateSeen = USE_BY) -> list[Action]:
        """A pack with a code and a date, after the one before has left."""
        done = self.frames(4, seconds=1.0)
        return done + self.frames(2, ProductSeen(product), day, seconds=0.3)

    def frames(self, count: int, *found: ProductSeen | DateSeen, seconds: float) -> list[Action]:
        done: list[Action] = []
        for _ in range(count):
            self.now += seconds
            done += self.do(self.session.seen(FrameFindings(found, 1.0), self.now))
        return done

    def press(self, press: Press) -> list[Action]:
        return self.do(self.session.triggered(press, self.now))

    def hear(self, intent: SpokenIntent, *names: str) -> list[Action]:
        return self.do(self.session.heard(SpokenAnswer(intent, names)))

    def miss(self, why: str) -> list[Action]:
        return self.do(self.session.unheard(why))

    @property
    def names(self) -> list[str | None]:
        return [item.name for item in self.session.items]


def proposed(done: list[Action]) -> list[str]:
    return [action.name for action in done if isinstance(action, ProposeName)]


def test_a_product_that_nobody_knows_is_asked_for() -> None:
    person = Person()
    done = person.show(MILK)
    assert done[-3:] == [RecallProduct(MILK.gtin), PlayCue(Cue.SPEAK), AskName(1)]


def test_a_known_product_is_proposed_and_not_asked_for() -> None:
    done = Person(milk="우유").show(MILK)
    assert proposed(done) == ["우유"]
    assert not [action for action in done if isinstance(action, AskName)]


@pytest.mark.parametrize("why", ["silence", "service", "microphone", "no engine"])
def test_whoever_says_nothing_agrees(why: str) -> None:
    person = Person(milk="우유")
    person.show(MILK)
    assert person.miss(why)[-1] == PlayCue(Cue.REGISTERED, CueSubject("우유", USE_BY.date))
    assert person.names == ["우유"]
    assert person.session.items[0].expires_on == USE_BY.date


@pytest.mark.parametrize("intent", [SpokenIntent.YES, SpokenIntent.LEAVE_UNNAMED])
def test_yes_is_yes(intent: SpokenIntent) -> None:
    person = Person(milk="우유")
    person.show(MILK)
    person.hear(intent)
    assert person.names == ["우유"]


def test_a_press_agrees_and_does_not_close() -> None:
    person = Person(milk="우유")
    person.show(MILK)
    assert person.press(Press.SHORT)[0] == StopAsking()
    assert person.names == ["우유"]
    assert not person.session.over
    person.press(Press.SHORT)
    assert person.session.over


def test_another_name_is_taken_at_once() -> None:
    person = Person(milk="우유")
    person.show(MILK)
    person.hear(SpokenIntent.NAME, "두유")
    assert person.names == ["두유"]


@pytest.mark.parametrize("how", ["double press", "no", "mumbling"])
def test_no_asks_for_the_name_and_never_falls_back_to_the_wrong_one(how: str) -> None:
    person = Person(milk="우유")
    person.show(MILK)
    if how == "double press":
        done = person.press(Press.DOUBLE)
    else:
        done = person.hear(SpokenIntent.NO) if how == "no" else person.miss("unintelligible")
    assert done[-2:] == [PlayCue(Cue.SPEAK), AskName(1)]
    for _ in range(3):
        person.miss("silence")
    assert person.names == [None]


def test_a_second_double_press_takes_back_what_was_asked_about() -> None:
    person = Person(milk="우유")
    person.show(MILK)
    person.press(Press.DOUBLE)
    assert person.press(Press.DOUBLE)[-1] == PlayCue(Cue.UNDONE)
    assert person.names == []


def test_once_more_proposes_once_more() -> None:
    person = Person(milk="우유")
    person.show(MILK)
    assert proposed(person.hear(SpokenIntent.AGAIN)) == ["우유"]


def test_a_session_that_ends_meanwhile_keeps_the_proposed_name() -> None:
    person = Person(milk="우유")
    person.show(MILK)
    person.do(person.session.interrupted())
    assert person.names == ["우유"]


def test_the_second_carton_of_a_session_is_known_by_the_first() -> None:
    person = Person()
    person.show(MILK)
    person.hear(SpokenIntent.NAME, "우유")
    assert proposed(person.show(MILK, LATER)) == ["우유"]


def test_what_was_proposed_for_one_pack_is_not_for_the_next() -> None:
    person = Person(milk="우유")
    person.show(MILK)
    person.miss("silence")
    assert AskName(1) in person.show(TOFU, LATER)
    assert person.session.proposed is None
    for _ in range(3):
        person.miss("silence")
    assert person.names == ["우유", None]


def test_food_without_a_date_is_known_by_its_barcode_too() -> None:
    person = Person(milk="우유")
    person.frames(1, ProductSeen(MILK), seconds=0.3)
    assert proposed(person.do(person.session.triggered(WakeWord(), person.now))) == ["우유"]
    person.miss("silence")
    assert person.session.items[0].kind is FoodType.GENERAL


def test_the_pack_that_is_registered_already_lends_its_name_to_nothing_else() -> None:
    person = Person(milk="우유")
    person.show(MILK)
    person.miss("silence")
    assert AskName(1) in person.do(person.session.triggered(WakeWord(), person.now))
