"""Voice stage: a stream of frames judged by heads. In: frames. Out: whether one of them is sure, or almost was."""

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from befresh_agent.ports.devices import FRAME_SAMPLES, RATE
from befresh_agent.voice.wake.embedding import SIZE, STEP, Floats, SpeechEmbedding
from befresh_agent.voice.wake.heads import DOUBT, STEPS, PhraseHead, windows_of
from befresh_agent.voice.wake.second_look import HEARD_S

_REST = 16000 * 3 // 2 // STEP
"""Embeddings after a wake phrase, 1.5 seconds, in which the same one is not heard again."""
_SETTLED = 16000 // STEP
"""Embeddings, a second, after which what was almost a phrase has become none."""


class HeadListener:
    """`doubted` is told of what was almost a phrase: a little below a head's threshold, or refused at a second look."""

    def __init__(self, heads: Sequence[PhraseHead], doubted: Callable[[], None]) -> None:
        self._heads, self._doubted = heads, doubted
        self._embedding = SpeechEmbedding()
        self._recent = np.zeros((0, SIZE), np.float32)
        self._rest = self._doubt = 0
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
        scored = [(head, head.score(windows)) for head in self._heads]
        woke = any(score >= head.threshold and self._is_sure(head) for head, score in scored)
        self._rest = _REST if woke else 0
        self._weigh(woke, any(score >= head.threshold - DOUBT for head, score in scored))
        return woke

    def _weigh(self, woke: bool, near: bool) -> None:
        """Half a phrase may sound like almost one: it is told once nothing more has come of it."""
        if woke:
            self._doubt = 0
        elif self._doubt:
            self._doubt -= 1
            if not self._doubt:
                self._doubted()
        elif near:
            self._doubt = _SETTLED

    def _is_sure(self, head: PhraseHead) -> bool:
        return head.look is None or head.look.confirms(np.concatenate(self._sound))
