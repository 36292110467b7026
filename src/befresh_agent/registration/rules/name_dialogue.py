"""Asking for the name of one item: attempts, a name that is proposed, what is understood. No I/O, no clock.

In: the candidate, and what is heard, typed or known of its product. Out: what to do. It ends with an item that is kept,
with its name or without one, or by being dropped.
"""

from befresh_agent.domain.cue import Cue
from befresh_agent.domain.food import FoodType, ItemCandidate, NameQuestion
from befresh_agent.domain.food_question import FoodQuestion
from befresh_agent.domain.known_product import KnownProduct
from befresh_agent.domain.spoken_answer import SpokenAnswer, SpokenIntent
from befresh_agent.registration.rules.actions import (
    Actions,
    AnswerQuestion,
    AskName,
    KeepItem,
    PlayCue,
    ProposeName,
    RecallProduct,
    StopAsking,
)

SOUND_OF_FAILURE = {
    "silence": Cue.SILENCE,
    "unintelligible": Cue.UNINTELLIGIBLE,
    "service": Cue.NO_SERVICE,
    "microphone": Cue.NO_SERVICE,
    "no engine": Cue.NO_SERVICE,
}

_IN_VAIN = "no engine"
"""Why asking again would be in vain."""

_MORE_TIMES = 2
"""So often the question may be put once more without using up an attempt."""


class NameDialogue:
    """One question after the other. Each method yields what to do, in order; consume it fully."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts
        self.candidate: ItemCandidate | None = None
        """Whose name is asked for; None while nothing is asked."""
        self._attempt = self._more_times = 0
        self._several = False
        self._proposed: str | None = None
        """The name that is right unless somebody says otherwise."""
        self._why = ""

    @property
    def proposed(self) -> str | None:
        """The name that is proposed at this moment."""
        return None if self.candidate is None else self._proposed

    @property
    def question(self) -> NameQuestion | None:
        """What is being asked; None while nothing is."""
        if self.candidate is None:
            return None
        return NameQuestion(self.candidate, self._attempt, max(0, self._attempts - self._attempt), self._why)

    def begin(self, candidate: ItemCandidate, called_before: str | None) -> Actions:
        """Ask for its name, or propose the one that its product had before."""
        self.candidate, self._attempt, self._more_times, self._several, self._why = candidate, 0, 0, False, ""
        self._proposed = None
        if candidate.product is None:
            yield from self._ask()
        elif called_before is not None:
            yield from self._propose(called_before, candidate)
        else:
            yield RecallProduct(candidate.product.gtin)

    def heard(self, answer: SpokenAnswer) -> Actions:
        """Somebody answered: with a name or several, or with a wish other than to cancel."""
        if self.candidate is None:
            return
        match answer.intent:
            case SpokenIntent.QUESTION if answer.question is not None:
                yield from self._questioned(answer.question, self.candidate)
            case SpokenIntent.NAME if answer.question is not None and self.candidate.is_unseen:
                yield from self._questioned(answer.question, self.candidate)
            case SpokenIntent.NAME:
                yield from self._named(answer, self.candidate)
            case SpokenIntent.NO if self._proposed is not None:
                yield from self.ask_anew()
            case SpokenIntent.LEAVE_UNNAMED:
                yield from self.give_up()
            case SpokenIntent.YES if self._proposed is not None:
                yield from self.give_up()
            case SpokenIntent.AGAIN if self._more_times < _MORE_TIMES:
                self._more_times += 1
                yield from self._put_question()
            case _:
                yield from self.unheard("unintelligible")

    def typed(self, name: str) -> Actions:
        """Somebody typed the name that is being asked for, or that of a food without code and date."""
        candidate, self.candidate = self.candidate or ItemCandidate(FoodType.GENERAL), None
        yield StopAsking()
        yield KeepItem(candidate, name)

    def unheard(self, why: str) -> Actions:
        """An attempt brought no name: `why` is silence, unintelligible, service, microphone or no engine."""
        if self.candidate is None:
            return
        if self._proposed is not None and why != "unintelligible":
            yield from self.give_up()
            return
        self._proposed = None
        self._why = why
        yield PlayCue(SOUND_OF_FAILURE[why])
        if why != _IN_VAIN and self._attempt < self._attempts:
            yield from self._ask()
        else:
            yield from self.give_up()

    def recalled(self, known: KnownProduct | None) -> Actions:
        """What the product is called here, if that is known."""
        if self.candidate is not None and known is not None:
            yield from self._propose(known.name, self.candidate)
        elif self.candidate is not None:
            yield from self._ask()

    def ask_anew(self) -> Actions:
        """The proposed name is wrong: which is it?"""
        self._proposed = None
        yield from self._ask()

    def give_up(self) -> Actions:
        """Keep what was about to be named, without a name if none was proposed: it is never silently dropped."""
        if self.candidate is not None:
            candidate, self.candidate = self.candidate, None
            yield StopAsking()
            yield KeepItem(candidate, self._proposed)

    def drop(self) -> None:
        """Somebody takes it back before it has a name."""
        self.candidate = None

    def _questioned(self, question: FoodQuestion, candidate: ItemCandidate) -> Actions:
        """Somebody asks instead of naming: where nothing is shown, that is what the fridge was called for."""
        yield AnswerQuestion(question)
        if candidate.is_unseen:
            self.candidate = None
        else:
            yield from self._put_question()

    def _named(self, answer: SpokenAnswer, candidate: ItemCandidate) -> Actions:
        """Several foods without a code are several items; one pack or container has one name."""
        if len(answer.names) == 1 or candidate.kind is FoodType.GENERAL:
            self.candidate = None
            for name, heard in zip(answer.names, answer.heard or answer.names, strict=True):
                yield KeepItem(candidate, name, heard)
        elif self._several:
            yield PlayCue(Cue.UNINTELLIGIBLE)
            yield from self.give_up()
        else:
            self._several = True
            yield from self.unheard("unintelligible")

    def _propose(self, name: str, candidate: ItemCandidate) -> Actions:
        self._proposed = name
        yield ProposeName(candidate, name)

    def _ask(self) -> Actions:
        self._attempt += 1
        yield from self._put_question()

    def _put_question(self) -> Actions:
        if self.candidate is not None and self._proposed is not None:
            yield from self._propose(self._proposed, self.candidate)
            return
        yield PlayCue(Cue.SPEAK)
        yield AskName(self._attempt)
