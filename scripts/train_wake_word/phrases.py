"""What is said in training: the phrase, what is nearly the phrase, and what people say in kitchens."""

import random
from collections.abc import Sequence
from importlib.resources import files

PHRASE = "일반 등록"
_ONSETS, _VOWELS, _CODAS = 19, 21, 28
_SAME_ONSET = ({0, 1, 15}, {3, 4, 16}, {7, 8, 17}, {9, 10}, {12, 13, 14})
_SAME_VOWEL = ({1, 5, 3, 7}, {10, 11, 15}, {18, 19})
_USUAL_ONSETS = (0, 2, 3, 5, 6, 7, 9, 11, 12, 14, 15, 16, 17, 18)
_USUAL_VOWELS = (0, 1, 4, 5, 6, 8, 12, 13, 18, 20)
_USUAL_CODAS = (0, 0, 0, 1, 4, 8, 16, 17, 21)
WORDS = (
    "일반 등급", "일반 등산", "일반 등대", "일반 등기", "일반", "등록", "일반 목록", "일반 기록", "일반 음식", "일반 쓰레기",
    "일반 우유", "일만 등록", "이만 등록", "이반 등록", "일방 등록", "일번 등록", "이번 등록", "칠판 등록", "회원 등록",
    "주민 등록", "자동차 등록증", "등록금", "음식 등록", "식품 등록", "신규 등록", "일단 등록", "일회용 등록", "출판 등록",
    "일반적으로 그래", "이름을 등록해 주세요", "새로 등록했어요", "반은 남겨", "일등 했어", "등이 아파", "일요일에 가자",
)  # fmt: skip
SENTENCES = (
    "오늘 저녁 뭐 먹을까", "냉장고 문 좀 닫아 줘", "엄마 어디 갔어", "이거 언제 산 거야", "밥 먹었어", "내일 장 보러 가자",
    "안녕하세요 반갑습니다", "아니 그거 말고 저거", "물 좀 줘", "반찬이 하나도 없네", "녹차 마실래", "이 반찬 누가 만들었어",
    "등불을 켜라", "계란이 열 개 남았어", "어제 산 두부가 어디 있지", "김치가 다 떨어졌네", "불 좀 줄여 봐", "설거지는 누가 해",
    "여보세요 지금 어디야", "아이스크림 먹고 싶다", "이 빵은 상한 것 같아", "날씨가 정말 춥네요", "오늘 뉴스를 말씀드리겠습니다",
    "다음 역은 서울역입니다", "학교 다녀오겠습니다", "숙제는 다 했니", "텔레비전 소리 좀 줄여 줄래", "전화 왔어 빨리 받아",
    "고등어는 구워서 먹고 무는 국에 넣자", "일월 이일 삼십 분에 만나기로 했어", "강아지 밥은 줬어", "그 사람은 참 이상해",
    "도서관에서 책을 빌렸습니다", "은행에 가서 통장을 만들었어요", "비밀번호를 입력해 주세요", "주문하신 상품이 도착했습니다",
)  # fmt: skip


def near_miss(dice: random.Random) -> str:
    """The phrase with one or two of its sounds exchanged, or a syllable lost or misplaced; or a neighbour."""
    if dice.random() < 0.35:
        return dice.choice(WORDS)
    letters = list(PHRASE)
    places = [place for place, letter in enumerate(letters) if letter != " "]
    kind = dice.random()
    if kind < 0.1:
        letters.pop(dice.choice(places))
    elif kind < 0.15:
        first, second = dice.sample(places, 2)
        letters[first], letters[second] = letters[second], letters[first]
    else:
        for place in dice.sample(places, 1 if dice.random() < 0.6 else 2):
            letters[place] = _changed(letters[place], dice, last=place == places[-1])
    text = "".join(letters).strip()
    return text if text != PHRASE else dice.choice(WORDS)


def other(dice: random.Random) -> str:
    """A sentence, foods, or random syllables that could be words."""
    kind = dice.random()
    if kind < 0.45:
        return dice.choice(SENTENCES)
    if kind < 0.75:
        return " ".join(dice.sample(foods(), dice.randrange(1, 4)))
    return " ".join("".join(_syllable(dice) for _ in range(dice.randrange(1, 4))) for _ in range(dice.randrange(2, 6)))


def foods() -> Sequence[str]:
    lines = files("befresh_agent.domain").joinpath("foods.txt").read_text(encoding="utf-8").splitlines()
    return [line.partition("\t")[0] for line in lines if line and not line.startswith("#")]


def _syllable(dice: random.Random) -> str:
    return _joined(dice.choice(_USUAL_ONSETS), dice.choice(_USUAL_VOWELS), dice.choice(_USUAL_CODAS))


def _joined(onset: int, vowel: int, coda: int) -> str:
    return chr(0xAC00 + (onset * _VOWELS + vowel) * _CODAS + coda)


def _changed(letter: str, dice: random.Random, *, last: bool) -> str:
    """Another onset or vowel, so that Koreans hear another syllable; seldom another coda."""
    code = ord(letter) - 0xAC00
    onset, vowel, coda = code // 588, code // 28 % 21, code % 28
    kind = dice.random()
    if kind < 0.45:
        onset = dice.choice([one for one in _USUAL_ONSETS if one != onset and not _alike(one, onset, _SAME_ONSET)])
    elif kind < 0.85 or last:
        vowel = dice.choice([one for one in _USUAL_VOWELS if one != vowel and not _alike(one, vowel, _SAME_VOWEL)])
    else:
        coda = dice.choice([one for one in (0, 1, 8, 16, 17) if one != coda])
    return _joined(onset, vowel, coda)


def _alike(one: int, other: int, groups: Sequence[set[int]]) -> bool:
    return any(one in group and other in group for group in groups)


# ruff: noqa: E501  # lists of words
