"""What the fridge answers when it is asked. A pure rule.

In: the question, the list in the order in which it should be eaten. Out: what is spoken: three foods at most, as nobody
keeps more in mind.
"""

from collections.abc import Collection, Sequence
from datetime import date

from befresh_agent.domain.container import Address
from befresh_agent.domain.food_names import korean_for
from befresh_agent.domain.food_question import FoodQuestion, QuestionKind
from befresh_agent.domain.phrase import Language
from befresh_agent.domain.stock import StockFilter, StockItem, StockPage, days_left
from befresh_agent.i18n.words import spoken_day, translate
from befresh_agent.registration.rules.take_out import foods_called

_MOST = 3
UNREADABLE = "The list cannot be read at the moment."


class FoodAnswers:
    """About one list, on a day. `rising` are containers whose air is changing: they are due today at the latest."""

    def __init__(self, stock: StockPage, today: date, language: Language, rising: Collection[Address] = ()) -> None:
        self._stock = stock
        self._today = today
        self._language = language
        self._rising = rising

    def to(self, question: FoodQuestion) -> str:
        """The sentences. Asked until when without a food, it tells of what should be eaten first."""
        if not self._stock.items:
            return self._said("The list is empty.")
        if question.name is None:
            return self._eat_first() if question.kind is QuestionKind.EAT_FIRST else self._told(self._stock.items[:1])
        found = _called(self._stock.items, question.name)
        if not found:
            return self._said("No, {name} is not on the list.", name=question.name)
        told = self._told(found)
        return told if question.kind is QuestionKind.UNTIL_WHEN else self._said("Yes: {foods}", foods=told)

    def _eat_first(self) -> str:
        due = self._stock.counts[StockFilter.SOON]
        if not due:
            first = self._told(self._stock.items[:1])
            return self._said("Nothing is due in the next days. First comes: {foods}", foods=first)
        return self._said("Eat first: {foods}", foods=self._told(self._stock.items[:due]))

    def _told(self, foods: Sequence[StockItem]) -> str:
        told = [f"{food.name or self._said('Food without a name')}, {self._when(food)}." for food in foods[:_MOST]]
        if (more := len(foods) - _MOST) > 0:
            told.append(self._said("And {count} more.", count=more))
        return " ".join(told)

    def _when(self, food: StockItem) -> str:
        if food.item.address in self._rising:
            return self._said("its air is changing")
        if food.use_by is None:
            return self._said("without a date")
        left = days_left(food.use_by, self._today)
        if left < 0:
            return self._said("past its day, {day}", day=spoken_day(self._language, food.use_by, self._today))
        if near := {0: "until today", 1: "until tomorrow"}.get(left):
            return self._said(near)
        return self._said("until {day}", day=spoken_day(self._language, food.use_by, self._today))

    def _said(self, text: str, **values: object) -> str:
        return translate(self._language, text, **values)


def _called(foods: Sequence[StockItem], name: str) -> list[StockItem]:
    """By that name, else by the Korean one of what was said in English."""
    return foods_called(foods, name) or foods_called(foods, korean_for().get(name.lower(), name))
