"""What is said to the wake-word detector to measure it: voices, speeds and phrases that nothing was chosen by."""

from tests.spoken import quiet, spoken

VOICES = ("ko+m2", "ko+m4", "ko+m5", "ko+f1", "ko+f4", "ko+m7")
NEAR_MISSES = (
    "일반 등급", "이만 등록", "일반 등산", "일만 등록", "두부 한 모",
    "일반 우유", "반장 등록금", "상추 세 장", "고등어 구이", "일요일 등록해",
)  # fmt: skip
NEAREST_MISSES = (
    "일반 등급", "일만 등록", "이만 등록", "이번 등록", "일반 등산", "일반 목록",
    "일반 기록", "이반 등록", "일방 등록", "칠판 등록", "회원 등록", "일단 등록",
)  # fmt: skip
"""Most differ from the phrase by one syllable or by one sound."""
ENGLISH = (
    "the weather is nice today", "please close the door", "what is for dinner", "there is no milk left",
    "turn on the light", "I like apples and bananas", "hello refrigerator", "good morning everybody",
    "the bread is old", "where are the eggs", "can you hear me", "open the window", "put it on the table",
    "this one is heavy", "two bottles of water", "the meeting is at ten", "a cup of coffee", "do we have butter",
    "one more time", "see you tomorrow",
)  # fmt: skip
KOREAN = (
    "우유 두 개 있어", "오늘 저녁 뭐 먹어", "냉장고 문 닫아", "사과 하나 줘", "김치가 다 떨어졌네", "물 좀 마시자",
    "계란 열 개 샀어", "이거 언제 산 거야", "엄마 어디 갔어", "고기 구워 먹자", "반찬이 많네", "밥 먹었어",
    "두부 찌개 끓일까", "당근이랑 양파 있어", "내일 장 보러 가자", "라면 먹을래", "아이스크림 누가 먹었어",
    "이 빵 상했나 봐", "시원한 맥주 한 잔", "다녀왔습니다",
)  # fmt: skip

_AFTER = quiet(0.5)


def wake_phrases(phrase: str) -> list[bytes]:
    """The phrase itself: six voices at three speeds and pitches."""
    ways = ((100, 40), (140, 55), (165, 60))
    return [spoken(phrase, voice, speed, pitch) + _AFTER for voice in VOICES for speed, pitch in ways]


def near_misses() -> list[bytes]:
    """Ten phrases that sound like 일반 등록, or are said in a kitchen, by three voices."""
    return [spoken(text, voice, 140) + _AFTER for text in NEAR_MISSES for voice in VOICES[:3]]


def other_phrases() -> list[bytes]:
    """Forty other things that people say, English and Korean."""
    english, korean = ("en-us", "en-gb", "en-us+f3", "en-gb+m3"), ("ko", "ko+f2", "ko+m3", "ko+f4")
    said = [(text, english[number % 4]) for number, text in enumerate(ENGLISH)]
    said += [(text, korean[number % 4]) for number, text in enumerate(KOREAN)]
    return [spoken(text, voice, 150) + _AFTER for text, voice in said]
