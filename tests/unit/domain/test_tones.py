from itertools import pairwise

import pytest

from befresh_agent.domain.cue import NOTES, RATE, Cue, cue_samples, cue_seconds
from befresh_agent.i18n.words import PROMPTS


@pytest.mark.parametrize("cue", Cue)
def test_every_cue_is_short_audible_and_starts_and_ends_without_a_click(cue: Cue) -> None:
    sound = cue_samples(cue)
    assert 0.1 <= cue_seconds(cue) <= 0.6
    assert len(sound) == pytest.approx(cue_seconds(cue) * RATE, abs=len(NOTES[cue]))
    assert max(sound) > 6000
    assert max(abs(sound[0]), abs(sound[-1])) < 300
    assert max(abs(a - b) for a, b in pairwise(sound)) < 12000


@pytest.mark.parametrize("sentences", PROMPTS.values(), ids=PROMPTS)
def test_every_cue_has_a_sentence_of_its_own(sentences: dict[Cue, str]) -> None:
    assert len(set(sentences.values())) == len(Cue)
    assert set(sentences) == set(Cue)


def test_no_two_cues_sound_alike() -> None:
    assert len({cue_samples(cue).tobytes() for cue in Cue}) == len(Cue)
