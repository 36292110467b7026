"""Frames are read side by side; what they show is told in the order in which they were taken.

In: the frames as they are taken, and what each showed when it is read. Out: what can be told now. No I/O, no clock.
"""

from typing import Generic, TypeVar

T = TypeVar("T")


class FrameOrder(Generic[T]):
    """Holds back what comes early.

    A frame for which more than `patience` later ones wait has lost its turn: what it shows would come too late. So a
    worker that hangs costs its own frame, and the session is not blind until it is replaced.
    """

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._taken = 0
        self._unread: set[int] = set()
        self._waiting: dict[int, T | None] = {}

    def take(self) -> int:
        """The number of the next frame."""
        self._taken += 1
        self._unread.add(self._taken)
        return self._taken

    def done(self, number: int, shown: T | None) -> list[T]:
        """A frame was read, or failed (None); everything that is to be told now."""
        if number not in self._unread:
            return []  # it lost its turn
        self._unread.remove(number)
        self._waiting[number] = shown
        if sum(later > self._oldest for later in self._waiting) > self._patience:
            self._unread.remove(self._oldest)
        told = [earlier for earlier in sorted(self._waiting) if earlier < self._oldest]
        return [shown for shown in map(self._waiting.pop, told) if shown is not None]

    @property
    def _oldest(self) -> int:
        """The oldest frame that is not read; the next one where all are."""
        return min(self._unread, default=self._taken + 1)
