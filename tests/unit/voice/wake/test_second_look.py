"""The second look at what woke a taught head: the same words by the same voice, and words with another syllable."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from befresh_agent.voice.wake.heads import load_head, save_head
from befresh_agent.voice.wake.sayings import sayings_in
from befresh_agent.voice.wake.second_look import SecondLook, farness, seen
from befresh_agent.voice.wake.shipped import FILE
from tests.spoken import quiet, spoken

PHRASE = "냉장고 열어 줘"
WAYS = ((125, 45), (140, 50), (150, 55), (135, 60))


def heard(text: str, speed: int = 142, pitch: int = 51) -> NDArray[np.int16]:
    return np.frombuffer(quiet(2) + spoken(text, "ko+f4", speed, pitch), np.int16)


@cache
def sayings() -> tuple[NDArray[np.float32], ...]:
    found = (sayings_in(heard(PHRASE, *way)) for way in WAYS)
    return tuple(seen(one.words.astype(np.int16)) for sounds in found for one in sounds)


def test_the_phrase_is_nearer_to_its_sayings_than_what_differs_in_one_syllable() -> None:
    phrase = farness(heard(PHRASE), sayings())
    for other in ("냉장고 닫아 줘", "냉동고 열어 줘", "세탁기 열어 줘"):
        assert farness(heard(other), sayings()) > 1.1 * phrase, other


@pytest.mark.parametrize("louder", [0.15, 0.5])
def test_how_loud_it_is_said_does_not_matter(louder: float) -> None:
    there = farness(heard(PHRASE), sayings())
    assert farness((heard(PHRASE) * louder).astype(np.int16), sayings()) < 1.3 * there


def test_what_the_converter_cut_off_is_not_compared() -> None:
    nothing_is_near = SecondLook(sayings(), 0.0)
    assert not nothing_is_near.confirms(heard(PHRASE))
    assert nothing_is_near.confirms(np.clip(heard(PHRASE) * 40.0, -32768, 32767).astype(np.int16))


def test_too_little_sound_is_far_from_everything() -> None:
    assert farness(np.zeros(100, np.int16), sayings()) == np.inf


def test_it_is_kept_with_the_head(tmp_path: Path) -> None:
    head = replace(load_head(FILE), look=SecondLook(sayings(), 0.61))
    save_head(tmp_path / "head.npz", head)
    kept = load_head(tmp_path / "head.npz").look
    assert kept is not None
    assert kept.limit == pytest.approx(0.61)
    assert [one.shape for one in kept.sayings] == [one.shape for one in sayings()]
    assert load_head(FILE).look is None
