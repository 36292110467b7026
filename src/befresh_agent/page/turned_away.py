"""Who was turned away from the page lately: how often, since when and why, so that `status` and the page can name them.

In: peers, and why each was turned away. Out: those of the last hour, the most frequent first. Bounded; no I/O.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

KEPT_S = 3600.0
"""Who was not turned away for so long is forgotten."""
MOST_PEERS = 200
OTHERS: Final = "others"
"""Under this name all are counted who had to make room: where so many are known, who came least."""
_NAMED = 8


class RefusalReason(StrEnum):
    """What was too much."""

    CONNECTIONS = "too many connections"
    TOKENS = "too many wrong tokens"


@dataclass(frozen=True, slots=True)
class RefusedPeer:
    """One address, for one reason."""

    peer: str
    why: RefusalReason
    count: int
    since: datetime
    last: datetime
    """Both by the wall clock."""

    def to_json(self) -> dict[str, Any]:
        return {
            "peer": self.peer,
            "why": str(self.why),
            "count": self.count,
            "since": self.since.isoformat(timespec="seconds"),
            "last": self.last.isoformat(timespec="seconds"),
        }


@dataclass(frozen=True, slots=True)
class _Refusals:
    count: int
    first: float
    last: float
    """Both monotonic: a wall clock may leap meanwhile."""


class TurnedAwayPeers:
    """`now` gives monotonic seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._known: dict[tuple[str, RefusalReason], _Refusals] = {}
        self._untold: dict[str, int] = {}

    def note(self, peer: str, why: RefusalReason) -> None:
        """One more."""
        now, key = self._now(), (peer, why)
        if key not in self._known and len(self._known) >= MOST_PEERS:
            self._make_room(now)
        known = self._known.get(key) or _Refusals(0, now, now)
        self._known[key] = replace(known, count=known.count + 1, last=now)
        told_as = peer if peer in self._untold or len(self._untold) < MOST_PEERS else OTHERS
        self._untold[told_as] = self._untold.get(told_as, 0) + 1

    def lately(self) -> Sequence[RefusedPeer]:
        """Those of the last hour, the most frequent first; of many only some."""
        now, wall = self._now(), datetime.now().astimezone()
        self._forget(now)
        often = sorted(self._known.items(), key=lambda item: -item[1].count)[:_NAMED]
        return [
            RefusedPeer(peer, why, one.count, wall - _seconds(now - one.first), wall - _seconds(now - one.last))
            for (peer, why), one in often
        ]

    def untold(self) -> tuple[int, str, int] | None:
        """How many were turned away since this was asked last, and who of them the most often; None for nobody."""
        told, self._untold = self._untold, {}
        if not told:
            return None
        most = max(told, key=lambda peer: told[peer])
        return sum(told.values()), most, told[most]

    def _make_room(self, now: float) -> None:
        self._forget(now)
        if len(self._known) >= MOST_PEERS:
            named = [key for key in self._known if key[0] != OTHERS]
            least = min(named, key=lambda key: (self._known[key].count, self._known[key].last))
            gone = self._known.pop(least)
            others = self._known.get((OTHERS, least[1]), gone)
            count = gone.count + (others.count if others is not gone else 0)
            self._known[OTHERS, least[1]] = _Refusals(count, min(gone.first, others.first), max(gone.last, others.last))

    def _forget(self, now: float) -> None:
        self._known = {key: one for key, one in self._known.items() if now - one.last < KEPT_S}


def _seconds(count: float) -> timedelta:
    return timedelta(seconds=count)
