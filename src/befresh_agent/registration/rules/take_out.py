"""The rules of a take-out session: what is shown or named leaves the list, or comes back to it. No I/O, no clock.

A person shows a code or a date, or says the name. What went within the last ten minutes and is shown again is put back.
Only where two foods could be meant is a question asked: a press takes the one that is due first, a name or another side
of the pack decides. A double press undoes the last step, holding undoes the session.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from befresh_agent.domain.cue import Cue, CueSubject
from befresh_agent.domain.detection import FrameFindings
from befresh_agent.domain.food_question import FoodQuestion
from befresh_agent.domain.spoken_answer import SpokenAnswer, SpokenIntent
from befresh_agent.domain.stock import PUT_BACK_WITHIN, StockItem
from befresh_agent.domain.trigger import Presence, Press, Trigger
from befresh_agent.registration.rules.actions import (
    Actions,
    AnswerQuestion,
    AskName,
    CloseSession,
    ListFood,
    MoveFood,
    PlayCue,
    ReportHint,
    SessionLimits,
    StopAsking,
)
from befresh_agent.registration.rules.in_view import SOUND_OF_HINT
from befresh_agent.registration.rules.name_dialogue import SOUND_OF_FAILURE
from befresh_agent.registration.rules.pack_in_view import PackTracker, SeenPack
from befresh_agent.registration.rules.session import MEMORY_S, SessionRules

_DATE_WITHIN_S = 4.0
"""Whoever shows a code that several packs have may turn to the date so long."""
_JUST_LISTENING = 0
"""In the place of an attempt's number: a name may be said, and need not be."""


class TakeOutRules(SessionRules):
    """One session. Times, presence and the way it ends are those of a registration."""

    def __init__(self, rules: SessionLimits, now: float) -> None:
        super().__init__(rules, now)
        self._now = now
        self._here: dict[str, StockItem] = {}
        """The list, oldest first."""
        self._gone: dict[str, tuple[StockItem, float]] = {}
        """What went lately, the last at the end, and until when it may come back."""
        self._packs = PackTracker(rules.out_of_view_s, MEMORY_S)
        self._meant: list[StockItem] = []
        """Which of these is meant is being asked; what is due first is at the front."""
        self._moves: list[MoveFood] = []
        self._attempt = _JUST_LISTENING

    @property
    def taken(self) -> int:
        """How many foods this session has taken off the list."""
        return sum(move.out for move in self._moves)

    def begin(self) -> Actions:
        yield ListFood()
        yield PlayCue(Cue.TAKE_OUT)
        yield AskName(_JUST_LISTENING)

    def listed(self, here: Sequence[StockItem], gone: Sequence[tuple[StockItem, float]]) -> None:
        """The list, and what went lately, each with the seconds for which it may come back."""
        self._here = {food.item.id: food for food in here}
        self._gone = {food.item.id: (food, self._now + left) for food, left in gone}

    def triggered(self, trigger: Trigger, now: float) -> Actions:
        self._now = now
        match trigger:
            case Press.SHORT if self._meant:
                yield from self._take(self._meant[0])
            case Press.DOUBLE if self._meant:
                yield from self._give_up_asking()
            case Press.SHORT | Press.DOUBLE | Press.HOLD | Presence():
                yield from super().triggered(trigger, now)
            case _:  # whatever calls for a name while food is registered
                yield StopAsking()
                self._attempt = 0
                yield from self._ask()

    def seen(self, findings: FrameFindings, now: float) -> Actions:
        self._now = now
        pack = self._packs.frame(findings, now)
        if pack is not None and pack.is_known and not pack.settled:
            yield from self._look_up(pack)
        hint = self._hints.feed(findings.hint, now)
        if hint is not None and not self._meant:
            yield ReportHint(hint)
            yield PlayCue(SOUND_OF_HINT[hint])

    def heard(self, answer: SpokenAnswer) -> Actions:
        match answer.intent:
            case _ if answer.question is not None and (answer.question.sure or not self._meant):
                yield from self._questioned(answer.question)
            case SpokenIntent.NAME:
                for name in answer.names:
                    yield from self._called(name)
            case SpokenIntent.CANCEL if not self._meant:
                yield from self._undo()
            case SpokenIntent.YES if self._meant:
                yield from self._take(self._meant[0])
            case SpokenIntent.CANCEL | SpokenIntent.NO | SpokenIntent.LEAVE_UNNAMED:
                yield from self._give_up_asking()
            case _:
                yield from self.unheard("unintelligible")

    def _questioned(self, question: FoodQuestion) -> Actions:
        """Tell what is asked, and go on listening for what is taken out."""
        yield AnswerQuestion(question)
        if self._meant:
            yield from self._put_question()
        else:
            self._attempt = _JUST_LISTENING
            yield AskName(_JUST_LISTENING)

    def typed(self, name: str) -> Actions:
        """Somebody typed what is taken out, or which of several is meant."""
        yield StopAsking()
        yield from self._called(name)

    def unheard(self, why: str) -> Actions:
        if self._attempt == _JUST_LISTENING:
            return
        yield PlayCue(SOUND_OF_FAILURE[why])
        if why != "no engine" and self._attempt < self._rules.attempts:
            yield from self._ask()
        else:
            yield from self._give_up_asking()

    def moved(self, move: MoveFood) -> Actions:
        """The move is on disk."""
        food = move.food
        if move.out:
            self._here.pop(food.item.id, None)
            self._gone[food.item.id] = food, self._now + PUT_BACK_WITHIN.total_seconds()
        else:
            self._gone.pop(food.item.id, None)
            self._here[food.item.id] = food
        if move.undo:
            self._moves.pop()
        else:
            self._moves.append(move)
        if not self.over:
            cue = Cue.UNDONE if move.undo else Cue.TAKEN_OUT if move.out else Cue.PUT_BACK
            yield PlayCue(cue, CueSubject(food.name))

    def _look_up(self, pack: SeenPack) -> Actions:
        """Move what is in view, as soon as it is clear what that is."""
        here = foods_of_pack(self._here.values(), pack)
        gone = foods_of_pack(self._may_come_back(), pack)
        meant = here or gone[-1:]  # a container is emptied, or what was in it last comes back
        if pack.address is None:
            meant = choices([*here, *reversed(gone)])
        if len(meant) == 1 or (pack.address is not None and meant):
            yield from self._take(*meant)
        elif pack.gtin is None or pack.day is not None or self._now >= pack.since + _DATE_WITHIN_S:
            yield from self._unclear(pack, meant)

    def _unclear(self, pack: SeenPack, meant: list[StockItem]) -> Actions:
        if not meant:
            pack.settled = True
            yield PlayCue(Cue.NONE_TAKEN)
        elif not self._meant:
            yield from self._ask_which(meant)

    def _may_come_back(self) -> list[StockItem]:
        return [food for food, until in self._gone.values() if self._now < until]

    def _called(self, name: str) -> Actions:
        among_meant = foods_called(self._meant, name)
        meant = choices(among_meant or foods_called(self._here.values(), name))
        if len(meant) == 1:
            yield from self._take(meant[0])
            yield AskName(_JUST_LISTENING)
        elif meant and meant != self._meant:
            yield from self._ask_which(meant)
        elif meant:
            yield from self.unheard("unintelligible")
        else:
            yield from self._give_up_asking()
            yield PlayCue(Cue.NONE_TAKEN)

    def _ask_which(self, meant: list[StockItem]) -> Actions:
        self._meant, self._attempt = meant, 0
        yield StopAsking()
        yield from self._ask()

    def _ask(self) -> Actions:
        self._attempt += 1
        yield from self._put_question()

    def _put_question(self) -> Actions:
        yield PlayCue(Cue.WHICH_ONE if self._meant else Cue.SPEAK)
        yield AskName(self._attempt)

    def _take(self, *foods: StockItem) -> Actions:
        """Off the list with them; what is off it already comes back."""
        yield from self._stop_asking()
        self._settle_pack(foods[0].item.expires_on)
        for food in foods:
            yield MoveFood(food, out=food.item.id in self._here)

    def _give_up_asking(self) -> Actions:
        """Nothing is taken for sure, so nothing is taken."""
        if self._meant:
            self._settle_pack()
            yield PlayCue(Cue.NONE_TAKEN)
        yield from self._stop_asking()

    def _settle_pack(self, day: date | None = None) -> None:
        """The session is done with what is in view; the list may know its day before it is read."""
        if (pack := self._packs.pack) is not None:
            pack.settled, pack.day = True, pack.day or day

    def _stop_asking(self) -> Actions:
        self._meant, self._attempt = [], _JUST_LISTENING
        yield StopAsking()

    def _undo(self) -> Actions:
        if self._moves:
            yield _reversed(self._moves[-1])
        else:
            yield PlayCue(Cue.NOTHING)

    def _cancel(self) -> Actions:
        self.over = True
        yield from self._stop_asking()
        for move in reversed(self._moves[:]):
            yield _reversed(move)
        yield CloseSession("cancelled")
        yield PlayCue(Cue.CANCELLED)


def _reversed(move: MoveFood) -> MoveFood:
    return MoveFood(move.food, out=not move.out, undo=True)


_SHORTEST_PART = 2
"""A part of a name must have so many letters to stand for it."""


def foods_of_pack(foods: Iterable[StockItem], pack: SeenPack) -> list[StockItem]:
    """The foods that this pack may be. A code says what it is, its date which one of several."""
    known = list(foods)
    if pack.address is not None:
        return [food for food in known if food.item.address == pack.address]
    coded = [food for food in known if pack.gtin is not None and food.item.product == pack.gtin]
    dated = [food for food in coded or known if pack.day is not None and pack.day in _days(food)]
    return dated or coded


def foods_called(foods: Iterable[StockItem], name: str) -> list[StockItem]:
    """The foods of that name, else those whose name has it as a part: 우유 may be 서울우유."""
    wanted, known = _compact(name), list(foods)
    exactly = [food for food in known if _compact(food.name or "") == wanted]
    if exactly or len(wanted) < _SHORTEST_PART:
        return exactly
    return [food for food in known if wanted in _compact(food.name or "")]


def choices(foods: Iterable[StockItem]) -> list[StockItem]:
    """The first of each kind that a person could tell apart, what is due first at the front."""
    kinds: dict[tuple[str | None, date | None], StockItem] = {}
    for food in foods:
        kinds.setdefault((food.name, food.use_by), food)
    return sorted(kinds.values(), key=lambda food: food.use_by or date.max)


def _days(food: StockItem) -> tuple[date | None, date | None]:
    """Its day, and the one that was printed on it."""
    return food.use_by, food.item.expires_on


def _compact(name: str) -> str:
    return "".join(name.split()).casefold()
