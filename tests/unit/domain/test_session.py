"""One session's rules: what happened goes in, what to do comes out."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.container import Address
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.detection import (
    ContainerSeen,
    DateSeen,
    Detection,
    Findings,
    Hint,
    OtherCodeSeen,
    ProductSeen,
)
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.gs1 import Product
from befresh_agent.domain.session import (
    Action,
    Actions,
    Advise,
    Ask,
    Close,
    Discard,
    Keep,
    Notice,
    Play,
    Rules,
    Session,
    StopAsking,
    TakeBack,
)
from befresh_agent.domain.trigger import Presence, Press, WakeWord

KIMCHI = ContainerSeen(Address("FB:89:EB:22:95:84"))
FISH = ContainerSeen(Address("C4:5D:83:10:2A:02"))
MADE_ON = DateSeen(date(2026, 11, 1), 0.9, "26.11.01")
USE_BY = DateSeen(date(2026, 12, 1), 0.9, "26.12.01")
WHEN = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


class Driver:
    """Drives a session the way the service does, keeping everything it asks to keep."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.session = Session(rules or Rules(), 0.0)
        self.now = 0.0
        self.done: list[Action] = []
        self.do(self.session.begin())

    def do(self, actions: Actions) -> list[Action]:
        done: list[Action] = []
        for action in actions:
            done.append(action)
            if isinstance(action, Keep):
                chosen = action.candidate
                item = FoodItem("id", chosen.kind, action.name, WHEN, chosen.address, chosen.expires_on)
                done += self.do(self.session.kept(item))
            elif isinstance(action, TakeBack):
                done += self.do(self.session.taken_back(action.item))
            elif isinstance(action, Discard):
                done += self.do(self.session.discarded())
        self.done += done
        return done

    def see(self, *found: Detection, seconds: float = 0.3) -> list[Action]:
        self.now += seconds
        return self.do(self.session.seen(Findings(found, 1.0), self.now))

    def press(self, press: Press = Press.SHORT) -> list[Action]:
        return self.do(self.session.triggered(press, self.now))

    def hear(self, name: str) -> list[Action]:
        return self.do(self.session.heard(name))


def cues(actions: list[Action]) -> list[Cue]:
    return [action.cue for action in actions if isinstance(action, Play)]


def test_a_container_is_asked_for_and_kept_before_its_sound() -> None:
    play = Driver()
    assert play.see(KIMCHI) == [Notice(KIMCHI), Play(Cue.SPEAK), Ask(1)]
    kept, sound = play.hear("김치")
    assert isinstance(kept, Keep)
    assert kept.candidate.address == KIMCHI.address
    assert sound == Play(Cue.REGISTERED)


def test_a_date_counts_when_it_is_read_alike_twice() -> None:
    play = Driver()
    assert play.see(USE_BY) == []
    assert Ask(1) in play.see(USE_BY)
    play.hear("우유")
    assert play.session.items[0].kind is FoodType.PACKAGED
    assert play.session.items[0].expires_on == USE_BY.date


def test_the_wake_phrase_registers_general_food() -> None:
    play = Driver()
    assert Ask(1) in play.do(play.session.triggered(WakeWord(), 1.0))
    play.hear("사과")
    assert play.session.items[0].kind is FoodType.GENERAL


def test_the_wake_phrase_does_not_interrupt_a_question() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert play.do(play.session.triggered(WakeWord(), 1.0)) == []


def test_another_code_is_reported_once_and_is_no_error() -> None:
    play = Driver()
    other = OtherCodeSeen("https://example.org")
    assert cues(play.see(other)) == [Cue.NOT_A_CONTAINER]
    assert play.see(other) == []


def test_the_same_thing_in_view_is_one_item_and_counts_again_after_two_seconds_away() -> None:
    play = Driver()
    play.see(KIMCHI)
    play.hear("김치")
    assert play.see(KIMCHI) == []
    for _ in range(8):
        play.see()
    assert Ask(1) in play.see(KIMCHI)


def test_what_comes_while_a_name_is_asked_for_is_taken_afterwards() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert play.see(FISH) == []
    play.hear("김치")
    assert Notice(FISH) in play.see(FISH)


def test_a_made_on_date_alone_is_no_second_item_while_the_pack_is_in_view() -> None:
    play = Driver()
    play.see(MADE_ON, USE_BY)
    play.see(MADE_ON, USE_BY)
    play.hear("두부")
    for _ in range(4):
        assert play.see(MADE_ON) == []
    assert [item.expires_on for item in play.session.items] == [USE_BY.date]


def test_a_made_on_date_left_alone_in_view_is_no_second_item() -> None:
    play = Driver()
    play.see(MADE_ON, USE_BY)
    play.see(MADE_ON, USE_BY)
    play.hear("두부")
    for _ in range(40):
        assert play.see(MADE_ON) == []


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
    assert play.do(play.session.unheard("silence")) == [Play(Cue.SILENCE), Play(Cue.SPEAK), Ask(2)]
    assert play.do(play.session.unheard("unintelligible"))[-1] == Ask(3)
    last = play.do(play.session.unheard("service"))
    assert cues(last) == [Cue.NO_SERVICE, Cue.UNNAMED]
    assert play.session.items[0].name is None


def test_a_double_press_takes_the_last_item_back() -> None:
    play = Driver()
    play.see(KIMCHI)
    play.hear("김치")
    taken, sound = play.press(Press.DOUBLE)
    assert isinstance(taken, TakeBack)
    assert sound == Play(Cue.UNDONE)
    assert play.session.items == ()
    assert cues(play.press(Press.DOUBLE)) == [Cue.NOTHING]


def test_a_double_press_during_the_question_drops_the_question() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert play.press(Press.DOUBLE) == [StopAsking(), Play(Cue.UNDONE)]
    assert play.hear("too late") == []
    assert play.see(KIMCHI) == []


def test_holding_cancels_the_session() -> None:
    play = Driver()
    play.see(KIMCHI)
    play.hear("김치")
    assert play.press(Press.HOLD) == [StopAsking(), Discard(), Play(Cue.CANCELLED)]
    assert play.session.over


def test_a_cancelling_that_the_disk_refuses_is_heard_and_the_session_goes_on() -> None:
    play = Driver()
    actions = list(play.session.triggered(Press.HOLD, 1.0)) + list(play.session.not_kept())
    assert cues(actions) == [Cue.FAILED]
    assert not play.session.over


def test_a_short_press_closes_and_a_pending_question_ends_unnamed() -> None:
    play = Driver()
    play.see(KIMCHI)
    done = play.press()
    assert [type(action) for action in done] == [StopAsking, Keep, Play, Close, Play]
    assert cues(done) == [Cue.UNNAMED, Cue.OFF]


def test_nobody_there_closes_only_after_its_time() -> None:
    play = Driver()
    play.do(play.session.triggered(Presence(near=False), 10.0))
    assert play.session.deadline == 25.0
    assert play.do(play.session.time_passed(24.9)) == []
    assert Close("nobody there") in play.do(play.session.time_passed(25.0))


def test_somebody_back_in_time_keeps_it_open() -> None:
    play = Driver()
    play.do(play.session.triggered(Presence(near=False), 10.0))
    play.do(play.session.triggered(Presence(near=True), 20.0))
    assert play.do(play.session.time_passed(30.0)) == []


def test_without_a_distance_sensor_the_longest_time_closes() -> None:
    play = Driver()
    assert play.do(play.session.time_passed(599.9)) == []
    assert Close("longest time") in play.do(play.session.time_passed(600.0))


def test_a_disk_that_refuses_is_heard() -> None:
    play = Driver()
    assert cues(play.do(play.session.not_kept())) == [Cue.FAILED]


_moments = st.one_of(
    st.sampled_from(list(Press)),
    st.booleans().map(Presence),
    st.just(WakeWord()),
    st.lists(st.sampled_from([KIMCHI, FISH, MADE_ON, USE_BY, OtherCodeSeen("x")]), max_size=2).map(tuple),
    st.sampled_from(["silence", "unintelligible", "service", "microphone"]),
    st.integers(1, 40),
)


@given(st.lists(_moments, max_size=60))
def test_whatever_happens_every_question_ends_and_the_session_ends_once(moments: list[object]) -> None:
    play = Driver()
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
            case int():
                play.now += moment
                play.do(play.session.time_passed(play.now))
    if not play.session.over:
        play.do(play.session.interrupted())
    endings = [action for action in play.done if isinstance(action, Close | Discard)]
    assert len(endings) == 1
    asked = sum(isinstance(action, Ask) and action.attempt == 1 for action in play.done)
    kept = sum(isinstance(action, Keep) for action in play.done)
    dropped = sum(isinstance(action, StopAsking) for action in play.done)
    assert kept <= asked <= kept + dropped


def test_a_person_is_told_why_nothing_can_be_read() -> None:
    play = Driver()
    done = [action for now in range(4) for action in play.do(play.session.seen(Findings((), 1.0, Hint.TOO_DARK), now))]
    assert done == [Advise(Hint.TOO_DARK), Play(Cue.TOO_DARK)]


def test_a_hint_does_not_interrupt_a_question() -> None:
    play = Driver()
    play.see(KIMCHI)
    assert [play.do(play.session.seen(Findings((), 1.0, Hint.BLURRED), 1.0 + now)) for now in range(6)] == [[]] * 6


def test_the_product_code_on_a_pack_goes_with_its_date() -> None:
    play = Driver()
    product = Product("09506000134352", "AB12")
    assert play.see(ProductSeen(product)) == []
    play.see(USE_BY)
    play.see(USE_BY)
    kept, _ = play.hear("우유")
    assert isinstance(kept, Keep)
    assert kept.candidate.product == product


def test_a_product_code_long_out_of_view_does_not_stick_to_the_next_pack() -> None:
    play = Driver()
    play.see(ProductSeen(Product("09506000134352")))
    play.see(seconds=3)
    play.see(USE_BY)
    play.see(USE_BY)
    kept, _ = play.hear("우유")
    assert isinstance(kept, Keep)
    assert kept.candidate.product is None
