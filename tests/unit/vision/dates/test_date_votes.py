from dataclasses import replace
from datetime import date
from itertools import count as count_up

from befresh_agent.domain.detection import DateSeen
from befresh_agent.domain.expiry_words import DateRole
from befresh_agent.vision.dates.boxes import TextBox
from befresh_agent.vision.dates.date_votes import DateVote, believed, count_votes, doubted

RIGHT, WRONG, MADE = date(2030, 1, 20), date(2030, 1, 29), date(2030, 1, 6)
LINE = TextBox(300, 200, 180, 30, 0)
LINE_ABOVE = LINE.moved(5, -45)


LOOKS = count_up()


def vote(
    day: date, box: TextBox = LINE, confidence: float = 0.8, look: int | None = None, digits: str = ""
) -> DateVote:
    """A reading by a look of its own, unless a look is named."""
    return DateVote(
        day, confidence, f"{day:%Y.%m.%d}", box, witness=next(LOOKS) if look is None else look, digits=digits
    )


def test_cuts_of_one_look_are_one_witness() -> None:
    [seen] = count_votes([vote(WRONG, look=1), vote(WRONG, look=1), vote(WRONG, look=1)])
    assert seen.reads == 1


def test_what_another_look_read_to_its_end_was_cut() -> None:
    cut = [vote(date(2030, 1, 2), digits="2030.01.2", confidence=1.0) for _ in range(3)]
    [seen] = count_votes([*cut, vote(RIGHT, digits="2030.01.20", confidence=0.6)])
    assert (seen.date, seen.reads) == (RIGHT, 1)


def test_one_steep_line_boxed_twice_is_one_line() -> None:
    steep = TextBox(300, 200, 180, 30, 45)
    [seen] = count_votes([vote(RIGHT, steep), vote(RIGHT, steep.moved(40, 2)), vote(WRONG, steep.moved(40, 2), 0.4)])
    assert (seen.date, seen.reads) == (RIGHT, 2)


def test_witnesses_that_are_all_unsure_make_nothing_sure() -> None:
    [seen] = count_votes([vote(RIGHT, confidence=0.5) for _ in range(8)])
    assert (seen.reads, seen.confidence) == (8, 0.5)


def test_a_line_below_that_looks_like_a_date_and_was_not_read_casts_doubt() -> None:
    """The use-by date stands below the made-on date; above it, or elsewhere in other print, it says nothing."""
    votes = [vote(MADE, confidence=0.99) for _ in range(4)]
    below, above, small, far = (
        LINE.moved(9, 55),
        LINE.moved(9, -55),
        LINE.sized(180, 12).moved(0, 55),
        LINE.moved(0, 200),
    )
    assert believed(count_votes(votes, [above, small, far])) != []
    assert believed(count_votes(votes, [below])) == []
    assert doubted(count_votes(votes, [below])) is not None


def test_what_words_call_the_use_by_date_needs_no_other_line() -> None:
    votes = [replace(vote(RIGHT, confidence=0.99), role=DateRole.USE_BY) for _ in range(4)]
    assert believed(count_votes(votes, [LINE.moved(9, 55)])) != []


def test_a_later_date_that_was_read_more_rarely_casts_doubt() -> None:
    made = [vote(MADE, LINE_ABOVE, confidence=0.99) for _ in range(8)]
    dates = count_votes([*made, vote(RIGHT, confidence=0.4)])
    assert dates[0].date == MADE
    assert believed(dates) == []


def test_nothing_comes_of_no_votes() -> None:
    assert count_votes([]) == []


def test_a_misreading_loses_on_its_own_line() -> None:
    [seen] = count_votes([vote(RIGHT), vote(WRONG, confidence=0.99), vote(RIGHT, LINE.moved(20, 3))])
    assert (seen.date, seen.reads) == (RIGHT, 2)


def test_dates_on_two_lines_do_not_compete() -> None:
    votes = [vote(MADE, LINE_ABOVE), vote(MADE, LINE_ABOVE), vote(RIGHT), vote(RIGHT)]
    assert [(seen.date, seen.reads) for seen in count_votes(votes)] == [(RIGHT, 2), (MADE, 2)]


def test_a_date_printed_twice_is_told_once() -> None:
    assert [(seen.date, seen.reads) for seen in count_votes([vote(RIGHT), vote(RIGHT, LINE_ABOVE), vote(RIGHT)])] == [
        (RIGHT, 2)
    ]


def test_confidence_is_the_mean_of_the_witnesses_and_sinks_with_dissent() -> None:
    [surer] = count_votes([vote(RIGHT), vote(RIGHT, confidence=0.9)])
    [alike] = count_votes([vote(RIGHT), vote(RIGHT)])
    [disputed] = count_votes([vote(RIGHT), vote(RIGHT), vote(WRONG)])
    assert 0 < disputed.confidence < alike.confidence < surer.confidence < 1


def twice(
    day: date, box: TextBox = LINE, rival: date | None = None, role: DateRole = DateRole.UNSAID
) -> list[DateVote]:
    return [replace(vote(day, box), rival=rival, role=role) for _ in range(2)]


def test_a_date_with_a_rival_is_not_believed() -> None:
    [seen] = count_votes(twice(date(2027, 10, 26), rival=date(2026, 10, 27)))
    assert (seen.date, seen.reads, seen.confidence) == (date(2027, 10, 26), 2, 0.5)
    assert believed([seen]) == []


def test_one_reading_without_a_rival_dispels_the_doubt() -> None:
    meant = date(2027, 10, 26)
    [seen] = count_votes([*twice(meant, rival=date(2026, 10, 27)), vote(meant)])
    assert believed([seen]) == [seen]


def test_another_line_that_makes_sense_in_this_order_alone_dispels_the_doubt() -> None:
    lines = [*twice(RIGHT, rival=WRONG), *twice(date(2030, 1, 6), LINE_ABOVE, role=DateRole.MADE_ON)]
    assert [seen.date for seen in believed(count_votes(lines))] == [RIGHT]


def test_a_line_read_once_vouches_for_no_other() -> None:
    lines = [*twice(RIGHT, rival=WRONG), vote(date(2030, 1, 6), LINE_ABOVE)]
    assert believed(count_votes(lines)) == []


def test_two_dates_years_apart_to_the_day_tell_their_order() -> None:
    """30.07.26 and 30.07.27 are two days of 2030, or the same day of two years."""
    made, use = (date(2030, 7, 26), date(2026, 7, 30)), (date(2030, 7, 27), date(2027, 7, 30))
    assert count_votes([*twice(made[0], LINE_ABOVE, made[1]), *twice(use[0], rival=use[1])]) == []


def test_two_dates_years_apart_to_the_day_in_this_order_are_sure() -> None:
    """26.10.28 and 27.10.28."""
    made, use = (date(2026, 10, 28), date(2028, 10, 26)), (date(2027, 10, 28), date(2028, 10, 27))
    dates = count_votes([*twice(made[0], LINE_ABOVE, made[1]), *twice(use[0], rival=use[1])])
    assert [seen.date for seen in believed(dates)] == [use[0], made[0]]


def test_nothing_is_believed_while_the_date_that_is_meant_is_unsure() -> None:
    later, earlier = DateSeen(RIGHT, 0.5, "", 3), DateSeen(date(2030, 1, 6), 1.0, "", 3)
    assert believed([later, earlier]) == []
    assert believed([earlier, later]) == [earlier]
    assert believed([]) == []


def test_made_on_dates_are_none() -> None:
    assert count_votes(twice(RIGHT, role=DateRole.MADE_ON)) == []
    assert [
        seen.date for seen in count_votes([*twice(RIGHT, role=DateRole.MADE_ON), *twice(RIGHT, role=DateRole.USE_BY)])
    ] == [RIGHT]


def test_a_date_is_worth_a_question_when_several_witnesses_read_it_and_it_is_not_believed() -> None:
    sure, unsure, noise = (DateSeen(RIGHT, confidence, "", 3) for confidence in (0.9, 0.5, 0.2))
    assert doubted([unsure, sure]) == unsure
    assert doubted([sure, unsure]) is None
    assert doubted([noise]) is None
    assert doubted([DateSeen(RIGHT, 0.5, "", 1)]) is None
    assert doubted([]) is None
