"""What a session does with a date that was not read surely: it asks, and keeps what nobody has confirmed."""

from dataclasses import replace
from datetime import date

import pytest

from befresh_agent.domain.cue import Cue
from befresh_agent.domain.detection import DateSeen, FrameFindings, ViewHint
from befresh_agent.domain.food import FoodType
from befresh_agent.domain.trigger import Presence, Press, WakeWord
from befresh_agent.registration.rules.actions import (
    Action,
    AskBack,
    AskName,
    CloseSession,
    DiscardSession,
    KeepItem,
    OfferSpelling,
    PlayCue,
    ReportHint,
    ReportSeen,
)
from tests.unit.registration.rules.test_session import KIMCHI, USE_BY, Driver

DOUBT = DateSeen(date(2026, 10, 25), 0.5, "26.10.25", 3)


class Doubting(Driver):
    def doubt(self, doubt: DateSeen | None = DOUBT, times: int = 3, *sure: DateSeen) -> list[Action]:
        """So many frames in which a date is seen that is not sure."""
        done: list[Action] = []
        for _ in range(times):
            self.now += 0.3
            done += self.do(self.session.seen(FrameFindings(sure, 1.0, None, doubt), self.now))
        return done

    def wait(self, seconds: float) -> list[Action]:
        self.now += seconds
        return self.do(self.session.time_passed(self.now))


@pytest.fixture
def play() -> Doubting:
    return Doubting()


def asked(actions: list[Action]) -> list[date]:
    return [action.day for action in actions if isinstance(action, AskBack)]


def kept(actions: list[Action]) -> list[tuple[date | None, bool]]:
    return [(one.candidate.expires_on, one.candidate.doubted) for one in actions if isinstance(one, KeepItem)]


def test_a_doubtful_date_is_asked_about_once_it_was_seen_alike_in_three_frames(play: Doubting) -> None:
    assert play.doubt(times=2) == []
    assert play.doubt(times=1) == [AskBack(DOUBT.date)]
    assert play.doubt(times=20) == []
    assert not [action for action in play.done if isinstance(action, ReportSeen | KeepItem | AskName)]


def test_a_press_means_yes_and_the_name_is_asked_for(play: Doubting) -> None:
    play.doubt()
    assert play.press() == [PlayCue(Cue.SPEAK), AskName(1)]
    assert kept(play.hear("우유")) == [(DOUBT.date, False)]
    assert not play.session.over, "the press answered, it did not close"
    assert play.doubt(times=9) == []


def test_a_double_press_means_no_and_nothing_is_kept(play: Doubting) -> None:
    play.doubt()
    assert play.press(Press.DOUBLE) == [PlayCue(Cue.UNDONE)]
    assert play.doubt(times=30) == [], "it is not asked again while it stays in view"
    assert play.session.items == ()


def test_it_is_asked_again_after_it_was_out_of_view(play: Doubting) -> None:
    play.doubt()
    play.press(Press.DOUBLE)
    play.doubt(None, times=40)
    assert asked(play.doubt()) == [DOUBT.date]


def test_without_an_answer_it_is_kept_in_doubt(play: Doubting) -> None:
    play.doubt()
    assert play.session.deadline == play.now + 10
    assert play.wait(9.9) == []
    done = play.wait(0.1)
    assert kept(done) == [(DOUBT.date, True)]
    assert [one.name for one in done if isinstance(one, KeepItem)] == [None]
    assert play.wait(20) == []
    assert asked(play.doubt(times=9)) == []


@pytest.mark.parametrize("end", ["nobody there", "stopped"])
def test_a_session_that_ends_meanwhile_keeps_it_in_doubt(play: Doubting, end: str) -> None:
    play.doubt()
    if end == "stopped":
        done = play.do(play.session.interrupted())
    else:
        play.do(play.session.triggered(Presence(near=False, since=play.now - 14), play.now))
        done = play.wait(1.5)
    assert kept(done) == [(DOUBT.date, True)]
    assert CloseSession(end) in done


def test_cancelling_drops_it(play: Doubting) -> None:
    play.doubt()
    done = play.press(Press.HOLD)
    assert kept(done) == []
    assert any(isinstance(action, DiscardSession) for action in done)


def test_what_is_read_surely_meanwhile_needs_no_answer(play: Doubting) -> None:
    play.doubt()
    done = play.doubt(None, 2, USE_BY)
    assert done == [ReportSeen(replace(USE_BY, reads=2)), PlayCue(Cue.SPEAK), AskName(1)]
    assert kept(play.hear("우유")) == [(USE_BY.date, False)]


def test_nothing_is_asked_beside_a_sure_date(play: Doubting) -> None:
    play.see(USE_BY)
    play.see(USE_BY)
    play.hear("우유")
    assert asked(play.doubt(DOUBT, 9, USE_BY)) == []


def test_other_things_wait_for_the_answer(play: Doubting) -> None:
    play.doubt()
    assert play.see(KIMCHI) == []
    assert play.do(play.session.triggered(WakeWord(), play.now)) == []
    hints = [play.do(play.session.seen(FrameFindings((), 1.0, ViewHint.TOO_DARK), play.now + n)) for n in range(5)]
    assert not any(isinstance(action, ReportHint) for done in hints for action in done)
    play.press(Press.DOUBLE)
    assert play.see(KIMCHI)[0] == ReportSeen(KIMCHI)


def test_a_doubt_that_changes_from_frame_to_frame_is_noise(play: Doubting) -> None:
    for day in range(1, 20):
        play.doubt(DateSeen(date(2026, 10, day), 0.5, "", 2), times=1)
    assert asked(play.done) == []


def test_the_kind_is_packaged(play: Doubting) -> None:
    play.doubt()
    [keep] = [one for one in play.wait(11) if isinstance(one, KeepItem)]
    assert keep.candidate.kind is FoodType.PACKAGED


def test_a_spelling_that_is_switched_off_is_offered_once_a_session(play: Doubting) -> None:
    frames = [FrameFindings((), 1.0, unused="Y.M")] * 3
    done = [action for frame in frames for action in play.do(play.session.seen(frame, play.now))]
    assert done == [OfferSpelling("Y.M"), PlayCue(Cue.OTHER_SPELLING)]
    assert [action for frame in frames for action in play.do(play.session.seen(frame, play.now))] == []
