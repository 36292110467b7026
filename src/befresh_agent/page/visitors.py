"""Who is at the page's door: how many may be in, how long each may take, and who has to go when there is no room.

In: connections, what each of them is doing, the time (monotonic, in seconds). Out: who comes in, and who goes. No I/O.
"""

from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

MOST = 64
"""Connections in all, where files are plenty."""
MOST_OF_A_PEER = 24
"""Connections from one address: a few windows of a browser, each with its six."""


class VisitorStage(StrEnum):
    """What a connection is doing."""

    SILENT = auto()
    """It has not said anything yet."""
    HEADERS = auto()
    BODY = auto()
    SERVED = auto()
    """It has asked for something, and is being answered: nobody waits for it."""
    DEAF = auto()
    """It does not take the answer."""
    IDLE = auto()
    """It was answered, and may ask again."""


LONGEST_S: Final = {
    VisitorStage.SILENT: 5.0,
    VisitorStage.HEADERS: 10.0,
    VisitorStage.BODY: 60.0,
    VisitorStage.DEAF: 30.0,
    VisitorStage.IDLE: 15.0,
}
"""How long a connection may be in a stage, however it spends the time."""


@dataclass(slots=True, eq=False)
class Visitor:
    """One connection."""

    peer: str
    since: float
    """When its stage began."""
    stage: VisitorStage = VisitorStage.SILENT

    def turns(self, stage: VisitorStage, now: float) -> None:
        """It is in this stage now; the time runs from the first moment of it."""
        if stage is not self.stage:
            self.stage, self.since = stage, now

    def overdue(self, now: float) -> bool:
        return now - self.since > LONGEST_S.get(self.stage, float("inf"))


class VisitorLimits:
    """Everybody who is in. Behind `shared` addresses, those of proxies, are many people."""

    def __init__(self, most: int = MOST, most_of_a_peer: int = MOST_OF_A_PEER, shared: Container[str] = ()) -> None:
        self._most = most
        self._most_of_a_peer = most_of_a_peer
        self._shared = shared
        self._inside: dict[Visitor, None] = {}

    def __len__(self) -> int:
        return len(self._inside)

    def enter(self, peer: str, now: float) -> tuple[Visitor | None, Visitor | None]:
        """Who comes in, or None where there is no room, and who has to go for that."""
        crowd = self._crowd(peer)
        leaves = self._least(crowd) if crowd else None
        if crowd and leaves is None:
            return None, None
        if leaves is not None:
            self.leave(leaves)
        visitor = Visitor(peer, now)
        self._inside[visitor] = None
        return visitor, leaves

    def leave(self, visitor: Visitor) -> None:
        self._inside.pop(visitor, None)

    def overdue(self, now: float) -> Iterator[Visitor]:
        """Those who took longer than anybody may."""
        return iter([visitor for visitor in self._inside if visitor.overdue(now)])

    def _crowd(self, peer: str) -> list[Visitor]:
        """Those among whom one has to go before this peer comes in."""
        own = [visitor for visitor in self._inside if visitor.peer == peer]
        if len(own) >= self._most_of_a_peer and peer not in self._shared:
            return own
        return list(self._inside) if len(self._inside) >= self._most else []

    def _least(self, crowd: list[Visitor]) -> Visitor | None:
        """Of the peer that has the most waiting, who has waited longest; never one that is being answered.

        Those that are answered do not count: who has a page open, and asks for another one, is no crowd.
        """
        waiting = [visitor for visitor in crowd if visitor.stage is not VisitorStage.SERVED]
        counts = Counter(visitor.peer for visitor in waiting)
        return min(waiting, key=lambda visitor: (-counts[visitor.peer], visitor.since), default=None)
