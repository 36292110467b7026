"""Readings of one frame put together: one date for each printed line.

In: votes (a date read at a place). Out: the dates of the frame, each with the number of witnesses that agree.
A misreading competes only with the other readings of its own line; two dates on two lines do not compete. Cuts of one
box at one angle are one witness, however many they are: they misread alike.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from befresh_agent.domain.detection import DateSeen
from befresh_agent.domain.expiry_words import DateRole
from befresh_agent.vision.dates.boxes import TextBox

_SAME_LINE = 0.7
"""Boxes whose centres are nearer than this share of their height are readings of one line."""
_RARELY = 0.34
"""A later date with less than this share of the reads is rather a misreading than the use-by date."""
_SURELY = 0.5
"""A longer day read so surely shows that a shorter one was cut."""
_DOUBT = 0.5
"""No date is surer that may be meant in another order."""
_WORTH_ASKING = 0.3
"""Less sure dates are rather noise."""
_NEXT_LINES = (0.9, 3.2)
"""How far below a line the other date of a pack may be, in its heights."""
_AS_HIGH, _AS_STEEP = 0.7, 20.0
"""Lines of one print are about as high as each other, and run alike to so many degrees."""
_LONGEST_TEXT = 60


@dataclass(frozen=True, slots=True)
class DateVote:
    """One reading of a date."""

    day: date
    confidence: float
    text: str
    box: TextBox
    role: DateRole = DateRole.UNSAID
    """What the words beside it say it is for."""
    witness: int = 0
    """Which look it comes from: a box at an angle."""
    digits: str = ""
    """The date as it is printed, blanks left out."""
    rival: date | None = None
    """What it would be in the other order, where nothing beside it tells which is meant."""


def count_votes(votes: Iterable[DateVote], unread: Sequence[TextBox] = ()) -> list[DateSeen]:
    """The date of every printed line, the one that is meant first; `unread` are lines that look like dates.

    Of two dates on a pack the later is meant, as long as it was not read much more rarely than the other: then neither
    is sure.
    """
    best: dict[date, DateSeen] = {}
    lines = [_elected(left) for line in _by_line(votes) if (left := _without_cut(line))]
    for seen in _in_one_order([_beside_unread(line, unread) for line in lines]):
        if seen.date not in best or best[seen.date].reads < seen.reads:
            best[seen.date] = seen
    enough = max((seen.reads for seen in best.values()), default=0) * _RARELY
    dates = sorted(best.values(), key=lambda seen: (seen.reads >= enough, seen.date), reverse=True)
    if any(other.date > dates[0].date for other in dates[1:]):
        dates[0] = _doubted(dates[0])
    return dates


def believed(dates: Sequence[DateSeen], least: float = _DOUBT) -> list[DateSeen]:
    """The dates surer than that; none when the one that is meant is not: the others are known not to be meant."""
    return [seen for seen in dates if seen.confidence > least] if dates and dates[0].confidence > least else []


def doubted(dates: Sequence[DateSeen], least: float = _DOUBT) -> DateSeen | None:
    """The date that is meant, where it is not believed and yet worth a question."""
    first = next(iter(dates), None)
    is_worth_it = first is not None and first.reads > 1 and _WORTH_ASKING <= first.confidence <= least
    return first if is_worth_it else None


def _by_line(votes: Iterable[DateVote]) -> list[list[DateVote]]:
    lines: list[list[DateVote]] = []
    for vote in sorted(votes, key=lambda vote: vote.confidence, reverse=True):
        home = next((line for line in lines if is_same_line(vote.box, line[0].box)), None)
        if home is None:
            lines.append([vote])
        else:
            home.append(vote)
    return lines


def is_same_line(one: TextBox, other: TextBox) -> bool:
    """Whether both are looks at one printed line."""
    along, across = one.offset_from(other)
    return abs(across) < _SAME_LINE * min(one.height, other.height) and abs(along) < _SAME_LINE * max(
        one.width, other.width
    )


def _without_cut(line: Sequence[DateVote]) -> list[DateVote]:
    """The votes without those for the beginning of what another one read to its end: `2026.12.1` of `2026.12.17`."""
    sure = [vote for vote in line if vote.confidence >= _SURELY]
    return [vote for vote in line if not any(_is_cut_from(vote, other) for other in sure)]


def _is_cut_from(vote: DateVote, other: DateVote) -> bool:
    return (
        vote.digits != ""
        and vote.day != other.day
        and (other.digits.startswith(vote.digits) or other.digits.endswith(vote.digits))
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """What a printed line says."""

    seen: DateSeen
    rival: date | None
    roles: frozenset[DateRole]
    box: TextBox

    @property
    def vouches(self) -> bool:
        """Whether its numbers make sense in one order only, and surely."""
        return self.rival is None and self.seen.reads > 1

    @property
    def is_made_on(self) -> bool:
        return DateRole.MADE_ON in self.roles and DateRole.USE_BY not in self.roles


def _elected(line: Sequence[DateVote]) -> _Line:
    """The date that most witnesses read.

    It is as sure as they are on average, less the share of those that say otherwise: all look at the same ink, so many
    that are unsure alike make nothing sure.
    """
    parties: dict[date, dict[int, DateVote]] = defaultdict(dict)
    for vote in sorted(line, key=lambda vote: vote.confidence):
        parties[vote.day][vote.witness] = vote  # the surest of each witness
    winner = max(parties.values(), key=lambda party: (len(party), _weight(party.values())))
    best = max(winner.values(), key=lambda vote: vote.confidence)
    sure = _weight(winner.values()) / len(winner)
    share = _weight(winner.values()) / max(sum(_weight(party.values()) for party in parties.values()), 1e-6)
    seen = DateSeen(best.day, round(sure * share, 3), best.text[:_LONGEST_TEXT], len(winner), best.box.corners)
    alike = [vote for vote in line if vote.day == best.day]
    rival = best.rival if all(vote.rival for vote in alike) else None
    return _Line(seen, rival, frozenset(vote.role for vote in alike), best.box)


def _beside_unread(line: _Line, unread: Iterable[TextBox]) -> _Line:
    """The line in doubt where another below it looks like a date and was not read: packs print the use-by date last.

    A date that words call the use-by date needs no other.
    """
    if DateRole.USE_BY in line.roles or not any(_is_below(other, line.box) for other in unread):
        return line
    return replace(line, seen=_doubted(line.seen))


def _is_below(other: TextBox, line: TextBox) -> bool:
    """Whether it is of the same print as the line, and the next one or the next but one."""
    along, across = other.offset_from(line)
    nearest, furthest = _NEXT_LINES
    return (
        nearest < across / line.height < furthest
        and abs(along) < _SAME_LINE * max(line.width, other.width)
        and _AS_HIGH < other.height / line.height < 1 / _AS_HIGH
        and abs((other.angle - line.angle + 180) % 360 - 180) < _AS_STEEP
    )


def _in_one_order(lines: Sequence[_Line]) -> list[DateSeen]:
    """The dates that are not made-on dates, each in the order that is meant: a pack is printed in one.

    Made-on and use-by dates are often whole years apart. What may as well be meant in the other order is no sure date;
    what is meant in the other one is none of this order.
    """
    is_this_order = _has_anniversary([line.seen.date for line in lines])
    if not is_this_order and _has_anniversary([line.rival for line in lines if line.rival is not None]):
        lines = [line for line in lines if line.rival is None]
    is_sure = is_this_order or any(line.vouches for line in lines)
    return [
        line.seen if is_sure or line.rival is None else _doubted(line.seen) for line in lines if not line.is_made_on
    ]


def _doubted(seen: DateSeen) -> DateSeen:
    return replace(seen, confidence=min(seen.confidence, _DOUBT))


def _has_anniversary(days: Sequence[date]) -> bool:
    """Whether one of the days is the same day of another year."""
    return any(one < other and (one.month, one.day) == (other.month, other.day) for one in days for other in days)


def _weight(votes: Iterable[DateVote]) -> float:
    return sum(vote.confidence for vote in votes)
