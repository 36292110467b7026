"""Which name was meant by what a recogniser heard. A pure rule.

In: its hypotheses, and the words that are expected here: names this household uses, corrections it made, foods.
Out: the answer. A reading that sounds nearly like one expected word is that word; between two, or where the engine
itself doubts, it is better to ask again; a new word that is far from everything stays as it was said.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from befresh_agent.domain.food_names import known_foods, korean_for
from befresh_agent.domain.food_question import FoodQuestion, asked
from befresh_agent.domain.spoken_answer import NameHypothesis, SpokenAnswer, SpokenIntent, understand, without_count
from befresh_agent.domain.word_sounds import distance, sounds
from befresh_agent.i18n.no_names import is_invention, is_sentence

UNCLEAR = SpokenAnswer(SpokenIntent.UNCLEAR)

_WEAK = 0.5
"""Below it an engine doubts its own reading."""
_NEAR, _NEAR_IF_WEAK = 0.25, 0.3
"""A word that is so near the reading was meant. Half of all foods have another one within 0.3 of them."""
_ALIKE = 0.12
"""Readings of one sound by one engine differ by no more."""
_MARGIN = 0.06
"""Two words whose scores are nearer than this cannot be told apart."""
_DOUBT = 0.15
"""What an alternative loses against the first reading, for as much as the engine believes it less."""
_LISTED = 0.4
"""What a word gains where an engine chose it out of the list besides, and it fits as well as what is read freely."""
_SAID_TWICE = 0.1
_USED, _PER_USE, _MOST_USES = 0.02, 0.01, 4
"""What a word gains where this household uses it."""


_MOST_AT_ONCE = 6
"""Whoever lists more than that is an engine that repeats the words it was told to expect."""
_NONE: Mapping[str, int] = {}
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class _ExpectedWord:
    sounds: str
    name: str
    gain: float


class NameVocabulary:
    """The expected words. `household` tells how often each name was used, `corrections` the name for what was heard."""

    def __init__(self, household: Mapping[str, int] = _NONE, corrections: Mapping[str, str] = _NOTHING) -> None:
        self._household = household
        self._corrections = {sounds(heard): name for heard, name in corrections.items()}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What this household calls its food, what it uses most first."""
        return tuple(sorted(self._household, key=lambda name: (-self._household[name], name)))

    @cached_property
    def known(self) -> frozenset[str]:
        """Every known name, blanks left out."""
        return known_foods() | {_compact(name) for name in self._household}

    def corrected(self, heard: str) -> str | None:
        """What the household made of this sound before."""
        told = ((distance(sounds(heard), other), name) for other, name in self._corrections.items())
        far, name = min(told, default=(1.0, ""))
        return name if far < _ALIKE else None

    def near(self, heard: str, limit: float) -> dict[str, float]:
        """The expected words within the limit, and how far they are."""
        sound = sounds(heard)
        found: dict[str, float] = {}
        for word in self._words if not heard.isascii() else (*self._words, *self._english):
            far = distance(sound, word.sounds, limit + word.gain) - word.gain
            if far < limit:
                found[word.name] = min(far, found.get(word.name, limit))
        return found

    @cached_property
    def _words(self) -> tuple[_ExpectedWord, ...]:
        own = (_ExpectedWord(sounds(name), name, self._gain(name)) for name in self.names)
        others = (
            _ExpectedWord(sounds(name), name, 0.0) for name in sorted(known_foods() - set(map(_compact, self.names)))
        )
        return (*own, *others)

    @cached_property
    def _english(self) -> tuple[_ExpectedWord, ...]:
        return tuple(_ExpectedWord(sounds(word), name, 0.0) for word, name in korean_for().items())

    def _gain(self, name: str) -> float:
        return _USED + _PER_USE * min(self._household[name], _MOST_USES)


def choose(
    hypotheses: Sequence[NameHypothesis], vocabulary: NameVocabulary, doubted: Collection[str] = frozenset()
) -> SpokenAnswer:
    """What was meant. `doubted` are the words between which the last answer to the same question stood."""
    readings = [reading for reading in hypotheses if not reading.listed and not is_invention(reading.text)]
    if not readings:
        return UNCLEAR
    question = asked(readings[0].text, vocabulary.known)
    if question is not None:
        question = _about_expected(question, vocabulary)
    if question is not None and question.sure:
        return SpokenAnswer(SpokenIntent.QUESTION, question=question)
    first = understand(readings[0].text, vocabulary.known)
    if first.intent not in (SpokenIntent.NAME, SpokenIntent.UNCLEAR):
        return first
    if len(first.names) > 1:
        return _several(first.names, vocabulary)
    answer = _one(list(_names(readings, vocabulary)), hypotheses, vocabulary, doubted)
    return replace(answer, question=question)


def _about_expected(question: FoodQuestion, vocabulary: NameVocabulary) -> FoodQuestion:
    """The question with its food as it is called here."""
    if question.name is None:
        return question
    meant = _one([(question.name, NameHypothesis(question.name))], (), vocabulary, ())
    return replace(question, name=meant.names[0]) if len(meant.names) == 1 else question


def _several(names: Sequence[str], vocabulary: NameVocabulary) -> SpokenAnswer:
    """Each is understood by itself; what holds one that is not is asked about as a whole."""
    answers = [_one([(name, NameHypothesis(name))], (), vocabulary, ()) for name in names]
    if len(names) > _MOST_AT_ONCE or any(answer.intent is not SpokenIntent.NAME for answer in answers):
        return UNCLEAR
    meant = tuple(dict.fromkeys(name for answer in answers for name in answer.names))
    return SpokenAnswer(SpokenIntent.NAME, meant)


def _names(readings: Iterable[NameHypothesis], vocabulary: NameVocabulary) -> Iterable[tuple[str, NameHypothesis]]:
    """The bare name in each reading that is one, and the whole of it: what seems an ending may be part of the name."""
    for reading in readings:
        answer = understand(reading.text, vocabulary.known)
        if len(answer.names) == 1:
            yield from ((name, reading) for name in dict.fromkeys((answer.names[0], reading.text)))


def _one(
    readings: Sequence[tuple[str, NameHypothesis]],
    hypotheses: Sequence[NameHypothesis],
    vocabulary: NameVocabulary,
    doubted: Collection[str],
) -> SpokenAnswer:
    if not readings:
        return UNCLEAR
    name, first = readings[0]
    if corrected := vocabulary.corrected(name):
        return SpokenAnswer(SpokenIntent.NAME, (corrected,), heard=(name,))
    is_weak = first.confidence is not None and first.confidence < _WEAK
    as_said = SpokenAnswer(SpokenIntent.NAME, (name,), heard=(name,))
    if not is_weak and _is_food(name, vocabulary):
        return as_said
    if is_sentence(name, first.text) and not _fits_the_list(hypotheses):
        return UNCLEAR
    scores = _scores(readings, hypotheses, vocabulary, doubted, _NEAR_IF_WEAK if is_weak else _NEAR)
    if scores:
        return _best(scores, name)
    return UNCLEAR if is_weak else as_said


def _is_food(name: str, vocabulary: NameVocabulary) -> bool:
    """Known as a whole, or said more exactly: 유기농 우유, 국산 콩으로 만든 두부 한 모."""
    return _compact(name) in vocabulary.known or without_count(name).split()[-1] in vocabulary.known


def _scores(
    readings: Sequence[tuple[str, NameHypothesis]],
    hypotheses: Sequence[NameHypothesis],
    vocabulary: NameVocabulary,
    doubted: Collection[str],
    limit: float,
) -> dict[str, float]:
    """How far each expected word is from what was heard, all told."""
    listed = _listed(hypotheses)
    widest = limit + max(listed.values(), default=0.0)
    surest = readings[0][1].confidence or 0.0
    scores: dict[str, float] = {}
    for name, reading in readings:
        doubt = _DOUBT * max(surest - (reading.confidence or 0.0), 0.0) / max(surest, _WEAK)
        for word, far in vocabulary.near(name, widest).items():
            gain = listed.get(_compact(word), 0.0) + _SAID_TWICE * (word in doubted)
            scores[word] = min(scores.get(word, limit), far + doubt - gain)
    return {word: score for word, score in scores.items() if score < limit}


def _fits_the_list(hypotheses: Sequence[NameHypothesis]) -> bool:
    """What is read without a list is then one word, cut into several."""
    return any(one.listed and (one.confidence or 0.0) >= _WEAK for one in hypotheses)


def _listed(hypotheses: Sequence[NameHypothesis]) -> dict[str, float]:
    """What each word of the list gains."""
    told = ((one.text, _WEAK if one.confidence is None else one.confidence) for one in hypotheses if one.listed)
    return {_compact(text): _LISTED * fits for text, fits in told}


def _best(scores: Mapping[str, float], heard: str) -> SpokenAnswer:
    best, *others = sorted(scores, key=lambda word: (scores[word], word))
    rivals = [other for other in others if scores[other] - scores[best] < _MARGIN]
    if rivals:
        return replace(UNCLEAR, names=(), doubted=frozenset([best, *rivals]))
    return SpokenAnswer(SpokenIntent.NAME, (best,), heard=(heard,))


def _compact(name: str) -> str:
    return "".join(name.split())
