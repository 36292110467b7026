"""Answers what somebody asks the fridge by voice, out of the list.

In: a question. Out: a sentence that is spoken, and told as an event. Made only where prompts are spoken: tones answer
nothing.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace

from befresh_agent.domain.container import Address
from befresh_agent.domain.events import QuestionAnswered
from befresh_agent.domain.food_question import FoodQuestion
from befresh_agent.domain.phrase import Language
from befresh_agent.domain.stock import MOST_FOODS, StockFilter
from befresh_agent.errors import StoreError
from befresh_agent.i18n.words import translate
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.storage import FoodStock
from befresh_agent.registration.cues import CuePlayer
from befresh_agent.registration.rules.food_answers import UNREADABLE, FoodAnswers
from befresh_agent.runtime.event_bus import EventBus


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswerer:
    """`rising` tells the containers whose air is changing; it may raise `StoreError`."""

    stock: FoodStock
    rising: Callable[[], Awaitable[Collection[Address]]]
    cues: CuePlayer
    clock: Clock
    events: EventBus
    language: Language

    async def answer(self, question: FoodQuestion, topic: str | None) -> None:
        """Speak it when its turn comes; `topic` is the food that was spoken of last."""
        asked = replace(question, name=question.name or topic) if question.needs_topic else question
        sentence = await self._sentence(asked)
        self.events.emit(QuestionAnswered(sentence))
        self.cues.say(sentence)

    async def _sentence(self, question: FoodQuestion) -> str:
        try:
            rising = await self.rising()
            page = await self.stock.page(StockFilter.ALL, urgent=rising, limit=MOST_FOODS)
        except StoreError:
            return translate(self.language, UNREADABLE)
        return FoodAnswers(page, self.clock.now().date(), self.language, rising).to(question)
