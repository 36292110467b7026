"""Readings of one frame put together: one date for each printed line.

In: votes (a date read at a place). Out: the dates of the frame, each with the number of readings that agree.
A misreading competes only with the other readings of its own line; two dates on two lines do not compete.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from befresh_agent.domain.detection import DateSeen
from befresh_agent.domain.expiry_words import Role
from befresh_agent.vision.decoders.boxes import Box

_SAME_LINE = 0.7
"""Boxes whose centres are nearer than this share of their height are readings of one line."""
_RARELY = 0.34
"""A later date with less than this share of the reads is rather a misreading than the use-by date."""
_LONGEST_TEXT = 60


@dataclass(frozen=True, slots=True)
class Vote:
    """One reading of a date."""

    day: date
    confidence: float
    text: str
    box: Box
    role: Role = Role.UNSAID
    """What the words beside it say it is for."""


def count(votes: Iterable[Vote]) -> list[DateSeen]:
    """The date of every printed line, the one that is meant first.

    Of two dates on a pack the later is meant, as long as it was not read much more rarely than the other.
    """
    best: dict[date, DateSeen] = {}
    for line in _by_line(votes):
        seen = _elected(line)
        if seen is not None and (seen.date not in best or best[seen.date].reads < seen.reads):
            best[seen.date] = seen
    enough = max((seen.reads for seen in best.values()), default=0) * _RARELY
    return sorted(best.values(), key=lambda seen: (seen.reads >= enough, seen.date), reverse=True)


def _by_line(votes: Iterable[Vote]) -> list[list[Vote]]:
    lines: list[list[Vote]] = []
    for vote in sorted(votes, key=lambda vote: vote.confidence, reverse=True):
        home = next((line for line in lines if _is_same_line(vote.box, line[0].box)), None)
        if home is None:
            lines.append([vote])
        else:
            home.append(vote)
    return lines


def _is_same_line(one: Box, other: Box) -> bool:
    return abs(one.y - other.y) < _SAME_LINE * min(one.height, other.height) and abs(
        one.x - other.x
    ) < _SAME_LINE * max(one.width, other.width)


def _elected(line: list[Vote]) -> DateSeen | None:
    """The date read most often; None when it is a made-on date.

    Each reading that agrees halves the doubt that the surest one leaves; each that says otherwise costs as much as it
    is sure.
    """
    parties: dict[date, list[Vote]] = defaultdict(list)
    for vote in line:
        parties[vote.day].append(vote)
    winner = max(parties.values(), key=lambda party: (len(party), _weight(party)))
    roles = {vote.role for vote in winner}
    if Role.MADE_ON in roles and Role.USE_BY not in roles:
        return None
    best = max(winner, key=lambda vote: vote.confidence)
    sure = 1 - 0.5 ** len(winner) * (1 - best.confidence)
    share = _weight(winner) / max(_weight(line), 1e-6)
    return DateSeen(best.day, round(sure * share, 3), best.text[:_LONGEST_TEXT], len(winner), best.box.corners)


def _weight(votes: Iterable[Vote]) -> float:
    return sum(vote.confidence for vote in votes)
