"""Which name was meant, out of what a recogniser heard: a table that grows by its mistakes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.food_names import known_foods
from befresh_agent.domain.spoken_answer import NameHypothesis, SpokenAnswer, SpokenIntent
from befresh_agent.i18n.words import PROMPTS
from befresh_agent.registration.rules.name_choice import NameVocabulary, choose

HOUSEHOLD = NameVocabulary({"할머니표 양념": 3, "귀리음료": 1})
EMPTY = NameVocabulary()


def choice(*read: str | tuple[str, float], vocabulary: NameVocabulary = EMPTY) -> SpokenAnswer:
    return choose([NameHypothesis(one) if isinstance(one, str) else NameHypothesis(*one) for one in read], vocabulary)


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("고등아", "고등어"),
        ("상출", "상추"),
        ("감차", "감자"),
        ("시금지 넣었어", "시금치"),
        ("이거 브로컬리야", "브로콜리"),
        ("할머니 표 얌념", "할머니표 양념"),
        ("할머니표 양념", "할머니표 양념"),
        ("aple", "사과"),
        ("사과랑 배", "사과, 배"),
    ],
)
def test_what_is_near_one_expected_word_is_that_word(read: str, meant: str | None) -> None:
    assert choice(read, vocabulary=HOUSEHOLD).names == tuple(meant.split(", ") if meant else ())


@pytest.mark.parametrize("new", ["두리안", "마라샹궈", "들깨 크림 리조또", "자동차등록증", "고등학교", "Häagen-Dazs"])
def test_a_new_word_that_is_far_from_everything_stays_as_it_was_said(new: str) -> None:
    assert choice(new).names == (new,)


def test_an_alternative_is_taken_where_the_engine_doubts() -> None:
    assert choice(("고등학교", 0.41), ("고등어", 0.3)).names == ("고등어",)
    assert choice(("사가", 0.5), ("사과", 0.3)).names == ("사과",)


def test_a_weak_reading_of_nothing_known_is_asked_again() -> None:
    assert choice(("기회다", 0.3)).intent is SpokenIntent.UNCLEAR
    assert choice(("두리안", 0.3)).intent is SpokenIntent.UNCLEAR


def test_between_two_it_is_asked_again_and_believed_when_said_twice() -> None:
    unsure = [NameHypothesis("밭", 0.4), NameHypothesis("박", 0.4)]
    answer = choose(unsure, EMPTY)
    assert answer.intent is SpokenIntent.UNCLEAR
    assert {"밥", "밤"} & answer.doubted
    again = choose([NameHypothesis("밥", 0.4), NameHypothesis("밤", 0.3)], EMPTY, answer.doubted & {"밥"})
    assert again.names == ("밥",)


def test_what_was_chosen_out_of_the_list_counts_only_where_the_free_reading_sounds_like_it() -> None:
    listed = NameHypothesis("토마토", listed=True)
    assert choose([NameHypothesis("소마 죠", 0.4), listed], EMPTY).names == ("토마토",)
    assert choose([NameHypothesis("학교에 갑니다", 0.4), listed], EMPTY).intent is SpokenIntent.UNCLEAR
    assert choose([listed], EMPTY).intent is SpokenIntent.UNCLEAR


def test_a_correction_is_remembered_for_its_sound() -> None:
    corrected = NameVocabulary({"깻순": 1}, {"깨순이": "깻순", "배": "베이글"})
    assert choice("깨수니", vocabulary=corrected).names == ("깻순",)
    assert choice("배", vocabulary=corrected).names == ("베이글",)
    assert choice("배", vocabulary=corrected).heard == ("배",)


@pytest.mark.parametrize(
    "invented",
    [
        "시청해주셔서 감사합니다",
        "시청해 주셔서 감사합니다!",
        "(음악)",
        "[박수]",
        "♪♪",
        "구독과 좋아요",
        "구독과 좋아요 부탁드려요",
        "MBC 뉴스 이덕영입니다.",
        "Thank you for watching!",
        "한글자막 by 한효정",
        "...",
        "",
    ],
)
def test_inventions_are_no_names(invented: str) -> None:
    assert choice(invented).intent is SpokenIntent.UNCLEAR


@pytest.mark.parametrize("prompt", sorted(PROMPTS["ko"].values()))
def test_the_echo_of_our_own_prompt_is_no_name(prompt: str) -> None:
    assert choice(prompt).intent is not SpokenIntent.NAME


@pytest.mark.parametrize(
    "sentence",
    [
        "오늘 날씨가 좋네요",
        "내일 비가 온다고 했어요",
        "저는 학교에 갑니다",
        "지금 몇 시예요",
        "텔레비전 소리 좀 줄여 봐",
        "그 사람은 어제 집에 없었어",
        "숙제 다 했니 빨리 해야지",
        "멤버십 등록 할 셨나요",
        "김치 말이 국수 가 더 올려 요",
        "우리 내년에는 꼭 이사 가자고 했잖아",
    ],
)
def test_sentences_are_no_names(sentence: str) -> None:
    assert choice(sentence).intent is not SpokenIntent.NAME


@given(st.sampled_from(sorted(known_foods())), st.none() | st.floats(0.5, 1))
def test_a_food_read_with_confidence_is_itself(food: str, sure: float | None) -> None:
    assert choose([NameHypothesis(food, sure)], HOUSEHOLD).names == (food,)


@given(
    st.lists(st.builds(NameHypothesis, st.text(max_size=40), st.none() | st.floats(0, 1), st.booleans()), max_size=5)
)
def test_whatever_is_heard_is_an_answer(readings: list[NameHypothesis]) -> None:
    answer = choose(readings, HOUSEHOLD)
    assert (answer.intent is SpokenIntent.NAME) == bool(answer.names)
    assert len(answer.heard) in (0, len(answer.names))
