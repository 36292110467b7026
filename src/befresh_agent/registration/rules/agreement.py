"""Agreement over frames: which date a stream of frames has agreed on.

In: the dates of each frame and its time. Out: a date, once it was read alike in enough frames. No I/O, no clock.

A date read in one frame alone counts for nothing. Two different dates may be two prints of one pack (made-on and
use-by: the later is meant) or two readings of one print (the one read more often is meant). They are two prints when
one frame showed both: its order, the date that is meant first, knows which later date is but a misreading. When that
is not known, a later date that one frame read alike at least twice is given the benefit of the doubt: the earlier
one waits until the later is confirmed or forgotten. It waits in vain when the frames agree on the later one, too,
though their order puts it last: then nothing is sure. A doubtful reading counts half a frame against every other
day: a print that reads differently from frame to frame is not known by those that happen to agree. What left before
a date came, and has been gone for a while, stood on another pack and has no say.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile

from befresh_agent.domain.detection import DateSeen

_FRAMES_GONE = 3
"""Single frames misread what is plainly there: so many in a row must agree that it is gone."""
_STRONG = 2
"""A date read alike this often within one frame is more than a slip."""
_HALF = 0.5
"""What a doubtful reading counts against other days."""
_FRAMES_REMEMBERED = 4
"""A machine that takes seconds for a frame remembers so many of the last ones, however long they took."""


@dataclass(frozen=True, slots=True)
class _FrameDates:
    at: float
    frame: int
    dates: dict[date, DateSeen]
    """In the order of the frame: the date that is meant first."""
    doubt: date | None

    def prefers(self, day: date, other: date) -> bool:
        days = list(self.dates)
        return days.index(day) < days.index(other)


class DateAgreement:
    """Remembers the frames of the last `memory_s` seconds, or the last four; a date needs `need` of them.

    A date not read for `gone_s` seconds, in none of the frames that show the next, stood on another pack.
    """

    def __init__(self, need: int = 2, memory_s: float = 3.0, gone_s: float = 2.0) -> None:
        self._need = need
        self._memory_s = memory_s
        self._gone_s = gone_s
        self._sightings: deque[_FrameDates] = deque()
        self._frame = 0

    def add_frame(self, dates: Sequence[DateSeen], now: float, doubt: DateSeen | None = None) -> DateSeen | None:
        """Take the dates of one frame, or the one in doubt; the date agreed on, while it is in view, else None.

        The same date is told again with every frame that shows it: what is new is for others to say.
        """
        self._frame += 1
        while self._sightings and self._is_forgotten(self._sightings[0], now):
            self._sightings.popleft()
        if not dates and doubt is None:
            return None
        self._sightings.append(_FrameDates(now, self._frame, _by_day(dates), doubt.date if doubt else None))
        agreed = next((day for day in self._sightings[-1].dates if self._is_agreed(day)), None)
        return None if agreed is None else self._told(agreed)

    def forget(self) -> None:
        """Start over, as when nothing was ever seen."""
        self._sightings.clear()

    def _is_forgotten(self, sighting: _FrameDates, now: float) -> bool:
        return sighting.at < now - self._memory_s and sighting.frame <= self._frame - _FRAMES_REMEMBERED

    def _is_agreed(self, day: date) -> bool:
        return self._evidence(day) >= self._need and not any(self._gives_way(day, other) for other in self._rivals(day))

    def _evidence(self, day: date) -> float:
        return self._frames(day) - _HALF * sum(sighting.doubt not in (None, day) for sighting in self._sightings)

    def _rivals(self, day: date) -> set[date]:
        others = {other for sighting in self._sightings for other in sighting.dates if other != day}
        return {other for other in others if not self._left_before(other, day)}

    def _left_before(self, other: date, day: date) -> bool:
        """Whether the other was gone when the day came, and has been gone for long enough."""
        since = list(takewhile(lambda sighting: other not in sighting.dates, reversed(self._sightings)))
        last = self._sightings[-len(since) - 1]
        is_gone = len(since) >= _FRAMES_GONE and self._sightings[-1].at - last.at >= self._gone_s
        return is_gone and sum(day in sighting.dates for sighting in since) == self._frames(day)

    def _gives_way(self, day: date, other: date) -> bool:
        """Whether the day is not believed because of the other."""
        both = [sighting for sighting in self._sightings if day in sighting.dates and other in sighting.dates]
        if both:
            preferred = sum(sighting.prefers(day, other) for sighting in both)
            return 2 * preferred < len(both) or (other > day and self._frames(other) >= self._need)
        return self._frames(other) > self._frames(day) or (other > day and self._is_strong(other))

    def _frames(self, day: date) -> int:
        return len(self._of(day))

    def _is_strong(self, day: date) -> bool:
        return any(seen.reads >= _STRONG for seen in self._of(day))

    def _of(self, day: date) -> list[DateSeen]:
        return [sighting.dates[day] for sighting in self._sightings if day in sighting.dates]

    def _told(self, day: date) -> DateSeen:
        """The best reading of the day, with the reads of all frames."""
        seen = self._of(day)
        best = max(seen, key=lambda one: one.confidence)
        return replace(best, reads=sum(one.reads for one in seen))


def _by_day(dates: Iterable[DateSeen]) -> dict[date, DateSeen]:
    """One reading for each day of the frame, the surest, in the order in which the days come first."""
    days: dict[date, DateSeen] = {}
    for seen in dates:
        best = days.get(seen.date)
        if best is None or (seen.reads, seen.confidence) > (best.reads, best.confidence):
            days[seen.date] = seen
    return days


def agreed_in_frame(dates: Sequence[DateSeen]) -> DateSeen | None:
    """The date to believe when there is but one frame: the first of them, if it was read alike at least twice.

    A later date that was read more rarely may be the use-by date beside the made-on date: then nothing is sure.
    """
    first = next(iter(dates), None)
    if first is None or first.reads < _STRONG or any(other.date > first.date for other in dates):
        return None
    return first
