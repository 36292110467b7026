from datetime import date

from befresh_agent.vision.decoders.boxes import Box
from befresh_agent.vision.decoders.votes import Vote, count

RIGHT, WRONG, MADE = date(2030, 1, 20), date(2030, 1, 29), date(2030, 1, 6)
LINE = Box(300, 200, 180, 30, 0)
LINE_ABOVE = LINE.moved(5, -45)


def vote(day: date, box: Box = LINE, confidence: float = 0.8) -> Vote:
    return Vote(day, confidence, f"{day:%Y.%m.%d}", box)


def test_nothing_comes_of_no_votes() -> None:
    assert count([]) == []


def test_a_misreading_loses_on_its_own_line() -> None:
    [seen] = count([vote(RIGHT), vote(WRONG, confidence=0.99), vote(RIGHT, LINE.moved(20, 3))])
    assert (seen.date, seen.reads) == (RIGHT, 2)


def test_dates_on_two_lines_do_not_compete() -> None:
    votes = [vote(MADE, LINE_ABOVE), vote(MADE, LINE_ABOVE), vote(RIGHT), vote(RIGHT)]
    assert [(seen.date, seen.reads) for seen in count(votes)] == [(RIGHT, 2), (MADE, 2)]


def test_a_date_printed_twice_is_told_once() -> None:
    assert [(seen.date, seen.reads) for seen in count([vote(RIGHT), vote(RIGHT, LINE_ABOVE), vote(RIGHT)])] == [
        (RIGHT, 2)
    ]


def test_confidence_grows_with_agreement_and_sinks_with_dissent() -> None:
    [once] = count([vote(RIGHT)])
    [twice] = count([vote(RIGHT), vote(RIGHT)])
    [disputed] = count([vote(RIGHT), vote(RIGHT), vote(WRONG)])
    assert 0 < disputed.confidence < once.confidence < twice.confidence < 1
