"""Which sayings are good enough to learn from. The voice is espeak-ng's; what is wrong with it is made by hand."""

import numpy as np
import pytest

from befresh_agent.voice.wake.rooms import Sound
from befresh_agent.voice.wake.sayings import PhraseSaying, SayingVerdict, compared, sayings_in
from tests.spoken import spoken

PHRASE = "냉장고야 들어 봐"


def said(text: str = PHRASE, pitch: int = 50, speed: int = 140, gain: float = 0.5) -> Sound:
    """Without the silence before and after."""
    words = np.frombuffer(spoken(text, "ko+m4", speed, pitch, hiss=0), np.int16) * gain
    loud = np.flatnonzero(np.abs(words) > 0.02 * np.abs(words).max())
    return words[loud[0] : loud[-1]]


def recorded(*sounds: Sound, pause_s: float = 0.9) -> list[PhraseSaying]:
    pause = np.zeros(int(pause_s * 16000))
    whole = np.concatenate([np.zeros(9600), *(part for sound in sounds for part in (sound, pause)), np.zeros(9600)])
    return sayings_in(
        np.clip(whole + np.random.default_rng(1).normal(0, 15, len(whole)), -32768, 32767).astype(np.int16)
    )


def verdicts(*sounds: Sound) -> list[SayingVerdict]:
    return [one.verdict for one in recorded(*sounds)]


def test_several_sayings_in_one_recording_are_told_apart() -> None:
    assert verdicts(said(), said(pitch=60), said(speed=160)) == [SayingVerdict.GOOD] * 3


def test_a_pause_within_the_phrase_is_no_end() -> None:
    (one,) = recorded(said("일반"), said("등록"), pause_s=0.3)
    assert one.verdict is SayingVerdict.GOOD


@pytest.mark.parametrize("offset", [0, 1000])
def test_the_words_alone_are_kept(offset: int) -> None:
    whole = np.concatenate([np.zeros(9600), said(), np.zeros(9600)]) + np.random.default_rng(1).normal(
        offset, 15, len(said()) + 19200
    )
    (one,) = sayings_in(whole.astype(np.int16))
    assert len(one.words) == pytest.approx(len(said()), abs=3200)
    assert abs(np.mean(one.words)) < 100


def test_what_is_wrong_is_told() -> None:
    assert set(verdicts(said(gain=0.008))) == {SayingVerdict.TOO_QUIET}
    assert verdicts(said(gain=300)) == [SayingVerdict.CLIPPED]
    assert verdicts(said("배")[:3200]) == [SayingVerdict.TOO_SHORT]
    assert verdicts(said("이것은 깨우는 말이라고 하기에는 너무나도 긴 문장입니다")) == [SayingVerdict.TOO_LONG]


def test_a_recording_that_begins_or_ends_within_the_words_is_cut() -> None:
    words = said().astype(np.int16)
    assert [one.verdict for one in sayings_in(words)] == [SayingVerdict.CUT]


def test_nothing_is_said_in_silence() -> None:
    assert sayings_in(np.zeros(0, np.int16)) == []
    assert sayings_in(np.zeros(16000, np.int16)) == []


def test_another_phrase_among_them_is_told() -> None:
    sayings = recorded(*(said(pitch=pitch) for pitch in (40, 50, 60)), said("우유 두 개 샀어"), said(speed=155))
    assert [one.verdict for one in compared(sayings)] == [
        *[SayingVerdict.GOOD] * 3,
        SayingVerdict.UNLIKE,
        SayingVerdict.GOOD,
    ]


def test_two_sayings_are_too_few_to_say_which_is_the_odd_one() -> None:
    sayings = recorded(said(), said("우유 두 개 샀어"))
    assert compared(sayings) == sayings
