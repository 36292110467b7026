"""Voice stage: a household teaches its own wake phrase: any phrase, any language, in seconds, in the house.

In: sayings of the phrase. Out: a head, and how well it will do: tried in rooms it was not fitted in, on sayings left
out in turn, and on the sounds of other speech and of kitchens that come with the package (`other_sounds.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from befresh_agent.errors import InvalidValue
from befresh_agent.ports.devices import RATE
from befresh_agent.voice.wake import rooms, second_look
from befresh_agent.voice.wake.embedding import Floats, embeddings
from befresh_agent.voice.wake.fitting import fitted
from befresh_agent.voice.wake.heads import STEPS, PhraseHead, load_head, smoothed, windows_of
from befresh_agent.voice.wake.other_sounds import OtherSound, other_sounds
from befresh_agent.voice.wake.rooms import Dice, Sound
from befresh_agent.voice.wake.second_look import SecondLook
from befresh_agent.voice.wake.shipped import FILE as SHIPPED

FEWEST, RECOMMENDED = 4, 8
_ROOMS = 12
"""In so many rooms each saying is learned."""
_FOLDS = 3
_BEFORE_S = 2.0
_EARLY_S, _LATE_S = 0.02, 0.30
"""From so long before the end of the words to so long after it, the phrase has just ended."""
_HARD_SHARE, _NEAR_SHARE = 0.2, 0.01
"""The hardest of the trials, and the other sounds most like the phrase, decide nothing."""
_CAUTION = 0.55
"""How far from the other sounds to the trials."""
_LOOK_SHARE, _FURTHER = 0.6, 1.12
"""What is so many times as far from the sayings as this share of them is from the others is another phrase."""


@dataclass(frozen=True, slots=True)
class NearestSound:
    """What else comes nearest to waking the fridge."""

    sound: str
    sureness: float
    """1 wakes."""


@dataclass(frozen=True, slots=True)
class LessonResult:
    """What came of it."""

    head: PhraseHead
    heard: int
    tried: int
    """Trials: sayings that were left out, in rooms of their own."""
    minutes: float
    """Of other sounds, by which it was not to be woken."""
    mistakes: int
    """How often they did."""
    nearest: Sequence[NearestSound]


@dataclass(frozen=True, slots=True)
class _SayingExample:
    """One saying, heard in many rooms."""

    right: Floats
    """Windows in which it had just ended."""
    wrong: Floats
    """Windows of parts of it."""
    trials: Sequence[Floats]
    """Streams of windows, in other rooms."""


def learn(sayings: Sequence[Sound], seed: int = 0) -> LessonResult:
    """Fit a head to good sayings. Raises `InvalidValue` where there are too few."""
    if len(sayings) < FEWEST:
        raise InvalidValue(
            f"{len(sayings)} good sayings are too few; say the phrase {RECOMMENDED} times, {FEWEST} at least"
        )
    dice = np.random.default_rng(seed)
    examples = [_example(words, dice) for words in sayings]
    others = other_sounds()
    tried, foreign = _left_out(examples, others)
    head = replace(_fitted(examples, others, _threshold(tried, foreign)), look=_second_look(sayings, dice))
    return LessonResult(
        head=head,
        heard=int(np.sum(tried >= head.threshold)),
        tried=len(tried),
        minutes=sum(one.seconds for one in others) / 60,
        mistakes=int(np.sum(foreign >= head.threshold)),
        nearest=_nearest(others, foreign, head.threshold),
    )


def _fitted(examples: Sequence[_SayingExample], others: Sequence[OtherSound], threshold: float) -> PhraseHead:
    return fitted(
        np.concatenate([one.right for one in examples]),
        np.concatenate([*(one.wrong for one in examples), *(one.windows for one in others)]),
        threshold,
        load_head(SHIPPED),
    )


def _example(words: Sound, dice: Dice) -> _SayingExample:
    loud = words / rooms.loudness(words)
    right, wrong = [], []
    for _ in range(_ROOMS):
        pace = dice.uniform(0.92, 1.1)
        said = rooms.stretched(loud, pace)
        heard = embeddings(rooms.samples(rooms.elsewhere(said, dice, before_s=_BEFORE_S)))
        end = _BEFORE_S * RATE + len(said)
        windows, ends = windows_of(heard), _ends(len(heard))
        right.append(windows[(ends >= end - _EARLY_S * RATE) & (ends <= end + _LATE_S * RATE)])
        wrong.append(windows[ends < end - 0.35 * RATE][::3])
    for part in _parts(loud, dice):
        heard = embeddings(rooms.samples(rooms.elsewhere(part, dice, before_s=_BEFORE_S)))
        wrong.append(windows_of(heard))
    return _SayingExample(np.concatenate(right), np.concatenate(wrong), [_trial(loud, dice) for _ in range(3)])


def _trial(loud: Sound, dice: Dice) -> Floats:
    return windows_of(embeddings(rooms.samples(rooms.elsewhere(loud, dice, before_s=_BEFORE_S, after_s=0.6))))


def _parts(words: Sound, dice: Dice) -> Iterator[Sound]:
    """What is like the phrase and is not: its beginning, its end, both exchanged, one quarter in another's place."""
    length = len(words)
    for share in (0.45, 0.6):
        yield words[: int(length * share)]
        yield words[int(length * (1 - share)) :]
    half = length // 2
    yield np.concatenate([words[half:], words[:half]])
    for place in range(4):
        quarters = np.array_split(words, 4)
        quarters[place] = quarters[(place + dice.integers(1, 4)) % 4]
        yield np.concatenate(quarters)


def _ends(count: int) -> Floats:
    """Up to which sample each window has heard; the first embedding needs 76 looks."""
    steps = np.arange(count - STEPS + 1) + STEPS - 1
    return (((8 * steps + 75) * 160) + 512).astype(np.float32)


def _left_out(examples: Sequence[_SayingExample], others: Sequence[OtherSound]) -> tuple[Floats, Floats]:
    """The best score of every trial and of every other sound, each by a head that had not learned from it."""
    tried: list[float] = []
    foreign = np.zeros(len(others), np.float32)
    for fold in range(_FOLDS):
        kept = [one for place, one in enumerate(examples) if place % _FOLDS != fold]
        known = [one for place, one in enumerate(others) if place % _FOLDS != fold]
        head = _fitted(kept, known, 0.0)
        tried += [_best(head, trial) for one in examples[fold::_FOLDS] for trial in one.trials]
        foreign[fold::_FOLDS] = [_best(head, one.windows) for one in others[fold::_FOLDS]]
    return np.array(tried, np.float32), foreign


def _second_look(sayings: Sequence[Sound], dice: Dice) -> SecondLook:
    """As far as most sayings are from the others, and a little further."""
    known = [second_look.seen(rooms.samples(words)) for words in sayings]
    silence = np.zeros(int(_BEFORE_S * RATE))
    far = []
    for place, words in enumerate(sayings):
        sound = np.concatenate([silence, words, silence[: RATE // 5]])
        sound += dice.normal(0, 8, len(sound))
        far.append(second_look.farness(rooms.samples(sound), known[:place] + known[place + 1 :]))
    return SecondLook(known, float(np.quantile(far, _LOOK_SHARE)) * _FURTHER)


def _best(head: PhraseHead, windows: Floats) -> float:
    scores = smoothed(head.scores(windows))
    return float(scores.max()) if len(scores) else -np.inf


def _threshold(tried: Floats, foreign: Floats) -> float:
    """Above nearly all other sounds; where there is room, between them and the trials."""
    least, most = float(np.quantile(tried, _HARD_SHARE)), float(np.quantile(foreign, 1 - _NEAR_SHARE))
    return max(most, most + _CAUTION * (least - most))


def _nearest(others: Sequence[OtherSound], foreign: Floats, threshold: float) -> list[NearestSound]:
    first = np.argsort(-foreign)[:5]
    return [
        NearestSound(others[place].name, round(float(np.exp(min(0.0, foreign[place] - threshold))), 2))
        for place in first
    ]
