"""One session's rules: what happened goes in, what to do comes out."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.container import Address
from befresh_agent.domain.cue import Cue, CueSubject
from befresh_agent.domain.detection import (
    ContainerSeen,
    DateSeen,
    Detection,
    FrameFindings,
    OtherCodeSeen,
    ProductSeen,
    ViewHint,
)
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.gs1 import Product
from befresh_agent.domain.spoken_answer import SpokenAnswer, SpokenIntent
from befresh_agent.domain.trigger import Presence, Press, Trigger, WakeWord
from befresh_agent.registration.rules.actions import (
    Action,
    Actions,
    AskName,
    CloseSession,
    DiscardSession,
    KeepItem,
    PlayCue,
    ReportHint,
    ReportSeen,
    SessionLimits,
    StopAsking,
    TakeBack,
)
from befresh_agent.registration.rules.session import SessionRules
from befresh_agent.settings.model import SessionSettings

KIMCHI = ContainerSeen(Address("FB:89:EB:22:95:84"))
FISH = ContainerSeen(Address("C4:5D:83:10:2A:02"))
MADE_ON = DateSeen(date(2026, 11, 1), 0.9, "26.11.01")
USE_BY = DateSeen(date(2026, 12, 1), 0.9, "26.12.01")
PEAR = SpokenAnswer(SpokenIntent.NAME, ("배",))
APPLE_AND_PEAR = SpokenAnswer(SpokenIntent.NAME, ("사과", "배"))
WHEN = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


class Driver:
    """Drives a session the way the service does, keeping everything it asks to keep."""

    def __init__(self, rules: SessionLimits | None = None) -> None:
        self.session = SessionRules(rules or SessionSettings(), 0.0)
        self.now = 0.0
        self.done: list[Action] = []
        self.do(self.session.begin())

    def do(self, actions: Actions) -> list[Action]:
        done: list[Action] = []
        for action in actions:
            done.append(action)
            if isinstance(action, KeepItem):
                chosen = action.candidate
                item = FoodItem("id", chosen.kind, action.name, WHEN, chosen.address, chosen.expires_on)
                done += self.do(self.session.kept(item))
            elif isinstance(action, TakeBack):
                done += self.do(self.session.taken_back(action.item))
            elif isinstance(action, DiscardSession):
                done += self.do(self.session.discarded())
        self.done += done
        return done

    def see(self, *found: Detection, seconds: float = 0.3) -> list[Action]:
        self.now += seconds
        return self.do(self.session.seen(FrameFindings(found, 1.0), self.now))

    def press(self, press: Press = Press.SHORT) -> list[Action]:
        return self.do(self.session.triggered(press, self.now))

    def hear(self, *names: str) -> list[Action]:
        return self.answer(SpokenIntent.NAME, *names)

    def answer(self, intent: SpokenIntent, *names: str) -> list[Action]:
        return self.do(self.session.heard(SpokenAnswer(intent, names)))


def cues(actions: list[Action]) -> list[Cue]:
    return [action.cue for action in actions if isinstance(action, PlayCue)]


def test_a_container_is_asked_for_and_kept_before_its_sound() -> None:
    play = Driver()
    assert play.see(KIMCHI) == [ReportSeen(KIMCHI), PlayCue(Cue.SPEAK), AskName(1)]
    kept, sound = play.hear("김치")
    assert isinstance(kept, KeepItem)
    assert kept.candidate.address == KIMCHI.address
    assert play.session.items[0].kind is FoodType.CONTAINER
    assert sound == PlayCue(Cue.REGISTERED, CueSubject("김치"))


def test_a_date_counts_when_it_is_read_alike_twice() -> None:
    play = Driver()
    assert play.see(USE_BY) == []
    assert AskName(1) in play.see(USE_BY)
    play.hear("우유")
    assert play.session.items[0].kind is FoodType.PACKAGED
    assert play.session.items[0].expires_on == USE_BY.date


def test_a_session_begins_with_its_sound() -> None:
    play = Driver()
    assert play.done == [PlayCue(Cue.ON)]
    assert play.session.over is False
    assert play.session.items == ()


def test_on_a_slow_machine_two_readings_eight_seconds_apart_still_agree() -> None:
    play = Driver()
    play.see(USE_BY, seconds=1)
    assert AskName(1) in play.see(USE_BY, seconds=8)
    play = Driver()
    play.see(USE_BY, seconds=1)
    assert AskName(1) in play.see(USE_BY, seconds=8.1), "of the last four frames"
    play = Driver()
    play.see(USE_BY, seconds=1)
    for _ in range(3):
        play.see(seconds=2)
    assert play.see(USE_BY, seconds=2.1) == []


def test_how_long_a_pack_is_out_of_view_before_it_has_no_say_is_set() -> None:
    play = Driver(SessionSettings(out_of_view_s=5))
    play.see(DateSeen(USE_BY.date, 0.9, "26.12.01", 3))
    for _ in range(4):
        assert play.see(MADE_ON, seconds=1) == []
    assert AskName(1) in play.see(MADE_ON, seconds=1)


def test_a_date_beside_a_container_that_is_known_is_new() -> None:
    play = Driver()
    play.see(KIMCHI)
    play.hear("김치")
    play.see(KIMCHI, USE_BY)
    assert AskName(1) in play.see(KIMCHI, USE_BY)


@pytest.mark.parametrize("call", [WakeWord(), Press.LONG])
def test_the_wake_phrase_or_a_long_press_registers_general_food(call: Trigger) -> None:
    play = Driver()
    assert AskName(1) in play.do(play.session.triggered(call, 1.0))
    kept, _ = play.hear("사과")
    assert play.session.items[0].kind is FoodType.GENERAL
    assert isinstance(kept, KeepItem)
    wanted = kept.candidate
    assert (wanted.address, wanted.expires_on, wanted.product) == (None, None, None)


def test_the_wake_phrase_does_not_interrupt_a_question() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert play.do(play.session.triggered(WakeWord(), 1.0)) == []


def test_another_code_is_reported_once_and_is_no_error() -> None:
    play = Driver()
    other = OtherCodeSeen("https://example.org")
    assert cues(play.see(other)) == [Cue.NOT_A_CONTAINER]
    assert play.see(other) == []


def test_each_other_code_is_reported() -> None:
    play = Driver()
    assert cues(play.see(OtherCodeSeen("a"))) == [Cue.NOT_A_CONTAINER]
    assert cues(play.see(OtherCodeSeen("a"), OtherCodeSeen("b"))) == [Cue.NOT_A_CONTAINER]


def test_the_same_thing_in_view_is_one_item_and_counts_again_after_two_seconds_away() -> None:
    play = Driver()
    play.see(KIMCHI)
    play.hear("김치")
    assert play.see(KIMCHI) == []
    for _ in range(8):
        play.see()
    assert AskName(1) in play.see(KIMCHI)


def test_what_comes_while_a_name_is_asked_for_is_taken_afterwards() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert play.see(FISH) == []
    play.hear("김치")
    assert ReportSeen(FISH) in play.see(FISH)


def test_a_made_on_date_alone_is_no_second_item_while_the_pack_is_in_view() -> None:
    play = Driver()
    play.see(USE_BY, MADE_ON)
    play.see(USE_BY, MADE_ON)
    play.hear("두부")
    for _ in range(4):
        assert play.see(MADE_ON) == []
    assert [item.expires_on for item in play.session.items] == [USE_BY.date]


def test_a_made_on_date_left_alone_in_view_is_no_second_item() -> None:
    play = Driver()
    play.see(USE_BY, MADE_ON)
    play.see(USE_BY, MADE_ON)
    play.hear("두부")
    for _ in range(40):
        assert play.see(MADE_ON) == []


def test_a_pack_with_two_dates_counts_again_after_it_was_away() -> None:
    play = Driver()
    for _ in range(2):
        play.see(USE_BY, MADE_ON)
        play.see(USE_BY, MADE_ON)
        play.hear("두부")
        for _ in range(8):
            assert play.see() == []
    assert [item.expires_on for item in play.session.items] == [USE_BY.date] * 2


def test_a_date_that_stood_beside_a_slip_is_taken_when_the_slip_is_forgotten() -> None:
    play = Driver()
    play.see(USE_BY, MADE_ON)
    asked = [AskName(1) in play.see(MADE_ON) for _ in range(40)]
    assert not any(asked[:20])
    assert any(asked)


def test_the_next_pack_may_expire_earlier_and_waits_no_longer_than_any_other() -> None:
    juice = DateSeen(date(2026, 11, 25), 0.9, "26.11.25", 3)
    play = Driver()
    for _ in range(2):
        play.see(USE_BY)
    play.hear("우유")
    for _ in range(10):
        play.see(USE_BY)
    waited = 0
    while not play.see(juice, seconds=0.2):
        waited += 1
    assert waited * 0.2 <= 2.0
    play.hear("주스")
    assert [item.expires_on for item in play.session.items] == [USE_BY.date, juice.date]


def test_three_attempts_with_a_sound_each_and_then_unnamed() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert play.do(play.session.unheard("silence")) == [PlayCue(Cue.SILENCE), PlayCue(Cue.SPEAK), AskName(2)]
    assert play.do(play.session.unheard("unintelligible"))[-1] == AskName(3)
    last = play.do(play.session.unheard("service"))
    assert cues(last) == [Cue.NO_SERVICE, Cue.UNNAMED]
    assert play.session.items[0].name is None


def test_a_wish_to_cancel_drops_what_was_shown() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert cues(play.answer(SpokenIntent.CANCEL)) == [Cue.UNDONE]
    assert play.session.items == ()
    assert play.see(KIMCHI) == [], "it is in view still"
    assert play.hear("김치") == [], "nobody asks any more"


def test_a_wish_to_leave_it_unnamed_is_granted_at_once() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert cues(play.answer(SpokenIntent.LEAVE_UNNAMED)) == [Cue.UNNAMED]
    assert [item.name for item in play.session.items] == [None]


def test_the_question_is_put_again_twice_without_using_up_an_attempt() -> None:
    play = Driver()
    play.see(KIMCHI)
    for _ in range(2):
        assert play.answer(SpokenIntent.AGAIN) == [PlayCue(Cue.SPEAK), AskName(1)]
    assert play.answer(SpokenIntent.AGAIN) == [PlayCue(Cue.UNINTELLIGIBLE), PlayCue(Cue.SPEAK), AskName(2)]
    play.hear("김치")
    play.see(FISH)
    assert play.answer(SpokenIntent.AGAIN) == [PlayCue(Cue.SPEAK), AskName(1)], "each question has its own"


def test_an_unclear_answer_uses_up_an_attempt() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert play.answer(SpokenIntent.UNCLEAR) == [PlayCue(Cue.UNINTELLIGIBLE), PlayCue(Cue.SPEAK), AskName(2)]


def test_several_foods_without_a_code_are_several_items_each_with_its_sound() -> None:
    play = Driver()
    play.do(play.session.triggered(WakeWord(), play.now))
    done = play.hear("사과", "배", "감")
    assert [type(action) for action in done] == [KeepItem, PlayCue] * 3
    assert cues(done) == [Cue.REGISTERED] * 3
    assert [item.name for item in play.session.items] == ["사과", "배", "감"]


def test_one_container_has_one_name_and_is_asked_about_once_more() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert play.hear("사과", "배") == [PlayCue(Cue.UNINTELLIGIBLE), PlayCue(Cue.SPEAK), AskName(2)]
    assert cues(play.hear("사과", "배")) == [Cue.UNINTELLIGIBLE, Cue.UNNAMED]
    assert [item.name for item in play.session.items] == [None]


def test_nobody_is_asked_again_when_nothing_understands_speech() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert cues(play.do(play.session.unheard("no engine"))) == [Cue.NO_SERVICE, Cue.UNNAMED]
    assert [item.name for item in play.session.items] == [None]


def test_a_double_press_takes_the_last_item_back() -> None:
    play = Driver()
    for found, name in ((KIMCHI, "김치"), (FISH, "생선")):
        play.see(found)
        play.hear(name)
    taken, sound = play.press(Press.DOUBLE)
    assert isinstance(taken, TakeBack)
    assert sound == PlayCue(Cue.UNDONE, CueSubject(taken.item.name))
    assert [item.name for item in play.session.items] == ["김치"]
    play.press(Press.DOUBLE)
    assert play.session.items == ()
    assert cues(play.press(Press.DOUBLE)) == [Cue.NOTHING]


def test_a_double_press_during_the_question_drops_the_question() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert play.press(Press.DOUBLE) == [StopAsking(), PlayCue(Cue.UNDONE)]
    assert play.hear("too late") == []
    assert play.see(KIMCHI) == []


def test_holding_cancels_the_session() -> None:
    play = Driver()
    play.see(KIMCHI)
    play.hear("김치")
    assert play.press(Press.HOLD) == [StopAsking(), DiscardSession(), PlayCue(Cue.CANCELLED)]
    assert play.session.over


def test_a_cancelling_that_the_disk_refuses_is_heard_and_the_session_goes_on() -> None:
    play = Driver()
    actions = list(play.session.triggered(Press.HOLD, 1.0)) + list(play.session.not_kept())
    assert cues(actions) == [Cue.FAILED]
    assert not play.session.over


def test_after_a_cancelling_that_failed_the_next_question_can_be_asked() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert list(play.session.triggered(Press.HOLD, 1.0)) == [StopAsking(), DiscardSession()]
    play.do(play.session.not_kept())
    assert AskName(1) in play.do(play.session.triggered(WakeWord(), 2.0))


def test_a_session_that_is_interrupted_says_so() -> None:
    play = Driver()
    assert play.do(play.session.interrupted()) == [CloseSession("stopped"), PlayCue(Cue.OFF)]
    assert play.session.over


def test_a_short_press_closes_and_a_pending_question_ends_unnamed() -> None:
    play = Driver()
    play.see(KIMCHI)
    done = play.press()
    assert [type(action) for action in done] == [StopAsking, KeepItem, PlayCue, CloseSession, PlayCue]
    assert cues(done) == [Cue.UNNAMED, Cue.OFF]
    assert CloseSession("button") in done


def test_nobody_there_closes_only_after_its_time() -> None:
    play = Driver()
    play.do(play.session.triggered(Presence(near=False), 10.0))
    assert play.session.deadline == 25.0
    assert play.do(play.session.time_passed(24.9)) == []
    assert CloseSession("nobody there") in play.do(play.session.time_passed(25.0))


def test_the_time_alone_counts_from_when_it_began_and_not_from_when_it_was_certain() -> None:
    play = Driver()
    play.do(play.session.triggered(Presence(near=False, since=7.5), 10.0))
    assert play.session.deadline == 22.5


def test_somebody_back_in_time_keeps_it_open() -> None:
    play = Driver()
    play.do(play.session.triggered(Presence(near=False), 10.0))
    play.do(play.session.triggered(Presence(near=True), 20.0))
    assert play.session.deadline == 600
    assert play.do(play.session.time_passed(599.0)) == []


def test_whoever_leaves_shortly_before_the_end_does_not_make_it_later() -> None:
    play = Driver()
    play.do(play.session.triggered(Presence(near=False), 590.0))
    assert play.session.deadline == 600


def test_without_a_distance_sensor_the_longest_time_closes() -> None:
    play = Driver()
    assert play.do(play.session.time_passed(599.9)) == []
    assert CloseSession("longest time") in play.do(play.session.time_passed(600.0))


def test_a_disk_that_refuses_is_heard() -> None:
    play = Driver()
    assert cues(play.do(play.session.not_kept())) == [Cue.FAILED]


_moments = st.one_of(
    st.sampled_from(list(Press)),
    st.booleans().map(Presence),
    st.just(WakeWord()),
    st.lists(st.sampled_from([KIMCHI, FISH, MADE_ON, USE_BY, OtherCodeSeen("x")]), max_size=2).map(tuple),
    st.sampled_from(["silence", "unintelligible", "service", "microphone", "no engine"]),
    st.sampled_from(
        [*(SpokenAnswer(wish) for wish in SpokenIntent if wish is not SpokenIntent.NAME), PEAR, APPLE_AND_PEAR]
    ),
    st.integers(1, 40),
)


@given(st.lists(_moments, max_size=60))
def test_whatever_happens_every_question_ends_and_the_session_ends_once(moments: list[object]) -> None:
    play = Driver()
    again = sum(moment == SpokenAnswer(SpokenIntent.AGAIN) for moment in moments)
    for moment in moments:
        if play.session.over:
            break
        match moment:
            case Press() | Presence() | WakeWord():
                play.do(play.session.triggered(moment, play.now))
            case tuple():
                play.see(*moment)
            case str():
                play.do(play.session.unheard(moment))
            case SpokenAnswer():
                play.do(play.session.heard(moment))
            case int():
                play.now += moment
                play.do(play.session.time_passed(play.now))
    if not play.session.over:
        play.do(play.session.interrupted())
    endings = [action for action in play.done if isinstance(action, CloseSession | DiscardSession)]
    assert len(endings) == 1
    asked = sum(isinstance(action, AskName) and action.attempt == 1 for action in play.done)
    answered = {id(action.candidate) for action in play.done if isinstance(action, KeepItem)}
    dropped = sum(isinstance(action, StopAsking) for action in play.done)
    assert len(answered) <= asked <= len(answered) + dropped + again


def test_a_person_is_told_why_nothing_can_be_read() -> None:
    play = Driver()
    done = [
        action
        for now in range(4)
        for action in play.do(play.session.seen(FrameFindings((), 1.0, ViewHint.TOO_DARK), now))
    ]
    assert done == [ReportHint(ViewHint.TOO_DARK), PlayCue(Cue.TOO_DARK)]


def test_each_reason_why_nothing_can_be_read_has_its_sound() -> None:
    for hint, cue in (
        (ViewHint.TOO_DARK, Cue.TOO_DARK),
        (ViewHint.BLURRED, Cue.BLURRED),
        (ViewHint.TOO_CLOSE, Cue.TOO_CLOSE),
    ):
        play = Driver()
        done = [one for now in range(6) for one in play.do(play.session.seen(FrameFindings((), 1.0, hint), now))]
        assert done == [ReportHint(hint), PlayCue(cue)]


def test_each_failed_attempt_has_its_sound() -> None:
    sounds = {
        "silence": Cue.SILENCE,
        "unintelligible": Cue.UNINTELLIGIBLE,
        "service": Cue.NO_SERVICE,
        "microphone": Cue.NO_SERVICE,
    }
    for why, cue in sounds.items():
        play = Driver()
        play.see(KIMCHI)
        assert play.do(play.session.unheard(why)) == [PlayCue(cue), PlayCue(Cue.SPEAK), AskName(2)]


def test_a_hint_does_not_interrupt_a_question() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert [play.do(play.session.seen(FrameFindings((), 1.0, ViewHint.BLURRED), 1.0 + now)) for now in range(6)] == [
        []
    ] * 6


def test_the_product_code_on_a_pack_goes_with_its_date() -> None:
    play = Driver()
    product = Product("09506000134352", "AB12")
    assert play.see(ProductSeen(product)) == []
    play.see(USE_BY)
    play.see(USE_BY)
    kept, _ = play.hear("우유")
    assert isinstance(kept, KeepItem)
    assert kept.candidate.product == product


def test_a_product_code_long_out_of_view_does_not_stick_to_the_next_pack() -> None:
    play = Driver()
    play.see(ProductSeen(Product("09506000134352")))
    play.see(seconds=3)
    play.see(USE_BY)
    play.see(USE_BY)
    kept, _ = play.hear("우유")
    assert isinstance(kept, KeepItem)
    assert kept.candidate.product is None
