"""Voice stage: a stream of frames judged by heads. In: frames. Out: whether one of them is sure."""

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from befresh_agent.ports.devices import FRAME_SAMPLES, RATE
from befresh_agent.voice.wake.embedding import SIZE, STEP, Floats, SpeechEmbedding
from befresh_agent.voice.wake.heads import STEPS, PhraseHead, windows_of
from befresh_agent.voice.wake.second_look import HEARD_S

_REST = 16000 * 3 // 2 // STEP
"""Embeddings after a wake phrase, 1.5 seconds, in which the same one is not heard again."""


class HeadListener:
    def __init__(self, heads: Sequence[PhraseHead]) -> None:
        self._heads = heads
        self._embedding = SpeechEmbedding()
        self._recent = np.zeros((0, SIZE), np.float32)
        self._rest = 0
        self._sound: deque[NDArray[np.int16]] = deque(maxlen=int(HEARD_S * RATE / FRAME_SAMPLES))

    def detects(self, frame: bytes) -> bool:
        """Feed every frame."""
        samples = np.frombuffer(frame, np.int16)
        self._sound.append(samples)
        new = self._embedding.feed(samples)
        return any(list(map(self._judged, new[:, None])))

    def _judged(self, embedding: Floats) -> bool:
        self._recent = np.concatenate([self._recent, embedding])[-STEPS - 1 :]
        self._rest = max(0, self._rest - 1)
        if self._rest or len(self._recent) <= STEPS:
            return False
        windows = windows_of(self._recent)
        woke = any(head.wakes(windows) and self._is_sure(head) for head in self._heads)
        self._rest = _REST if woke else 0
        return woke

    def _is_sure(self, head: PhraseHead) -> bool:
        return head.look is None or head.look.confirms(np.concatenate(self._sound))
