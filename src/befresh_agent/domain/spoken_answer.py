"""What a recogniser believes to have heard, and what a spoken answer means: a name, yes, no, again, a count. Pure
rules.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from befresh_agent.domain.food_names import clean_name, known_foods, korean_for
from befresh_agent.domain.food_question import FoodQuestion
from befresh_agent.errors import InvalidValue


class SpokenIntent(Enum):
    """What an answer asks for."""

    NAME = auto()
    CANCEL = auto()
    """What was shown is not to be registered."""
    AGAIN = auto()
    """The question is to be asked once more."""
    LEAVE_UNNAMED = auto()
    YES = auto()
    NO = auto()
    QUESTION = auto()
    """Something is asked of the fridge."""
    UNCLEAR = auto()
    """Nothing but fillers: no answer yet."""


@dataclass(frozen=True, slots=True)
class SpokenAnswer:
    """The intent, and for `NAME` the names in the order they were said."""

    intent: SpokenIntent
    names: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    """The names as they were understood at first, one for each."""
    doubted: frozenset[str] = frozenset()
    """For `UNCLEAR` the names between which it stood."""
    question: FoodQuestion | None = None
    """For `QUESTION` what is asked; for `NAME` what may be asked as well, where no food is shown."""


@dataclass(frozen=True, slots=True)
class NameHypothesis:
    """One reading of an answer."""

    text: str
    confidence: float | None = None
    """From 0 to 1; None where the engine tells none."""
    listed: bool = False
    """The engine had to choose it out of the expected words, whatever was said: it proves nothing by itself. Its
    confidence, where there is one, tells how well it fits beside what the engine heard without any list."""


_PLEASE = r"(?:\s*(?:줘|줘요|주세요|줄래|줄래요))?"
_COMMANDS = {
    SpokenIntent.CANCEL: (
        rf"(?:아니|아니야|이거)?\s*(?:취소(?:요|해|할게|할게요|합니다|해요)?{_PLEASE}|그만(?:해|할게|할래)?{_PLEASE}"
        r"|하지\s*마(?:세요)?|안\s*할래|cancel|stop)"
    ),
    SpokenIntent.AGAIN: (
        rf"(?:다시(?:요|\s*(?:할게|할게요|말할게|말해|물어봐|해))?{_PLEASE}"
        r"|잠깐(?:만|만요)?|잠시만(?:요)?|한\s*번\s*더|again|wait)"
    ),
    SpokenIntent.LEAVE_UNNAMED: (
        r"(?:됐어(?:요)?|됐다|몰라(?:요)?|모르겠어(?:요)?|모르겠는데(?:요)?|없어(?:요)?|없음|이름\s*없어(?:요)?"
        r"|나중에(?:\s*할게(?:요)?)?|그냥\s*(?:둬|놔둬|넘어가|해)|패스|넘어가|skip|pass)"
    ),
}
_YES_OR_NO = {
    SpokenIntent.YES: (
        r"(?:(?:네|예|응|그래(?:요)?|맞아(?:요)?|맞습니다|맞네(?:요)?|좋아(?:요)?|yes|yeah|yep|right|ok|okay)[\s,.!~]*)+"
    ),
    SpokenIntent.NO: r"(?:(?:아니|아뇨|아니요|아니오|아니야|아닌데(?:요)?|틀렸어(?:요)?|no|nope|wrong)[\s,.!~]*)+",
}
"""What answers the question whether a name is right."""
_NO_ANSWERS = re.compile(
    r"(?:네|예|응|어|음|아|그|에|저|뭐|뭐라고(?:요)?|뭐지|뭐야|뭐더라|글쎄(?:요)?|아니|아니요|아니야|맞아(?:요)?|좋아(?:요)?|여보세요|안녕(?:하세요)?|감사합니다"
    r"|시청해\s*주셔서\s*감사합니다|구독과\s*좋아요|\(.*\)|\[.*\]|[0-9]{1,2}|yes|no|hello|uh|um)"
)
_FILLER = re.compile(r"(?:음+|어+|아+|에+|그|저|저기(?:요)?|그게|그러니까|뭐더라|뭐지|자|네|예|응|아니)[\s,.…~]+")
_POINTING = re.compile(
    r"(?:이거|이건|이것은|이게|요거|요건|그거|그건|저거|얘|얘는|쟤는|여기|지금|이번엔|이번에는)(?:는|은|도)?[\s,]+"
)
_WAKE_PHRASE = re.compile(r"일반\s*등록")
_NOT_BUT = re.compile(r".*\s말고\s+(?=\S)")
_REQUEST = re.compile(
    r"\s*(?:넣을게|넣었어|넣었습니다|넣어\s*둘게|넣어\s*놨어|넣어\s*뒀어|둘게|놔\s*둘게|샀어|사\s*왔어|있어|있습니다|남은\s*(?:거|것)|먹던\s*(?:거|것)|좀)(?:요)?"
)
_AS = re.compile(
    r"(?P<name>.*?)(?:(?:이)?라고|으로|로)\s*(?:좀\s*)?(?:등록|저장|추가|기록|입력|부탁|해|할)\S*(?:\s*\S{1,4})?"
)
_CLAUSE = re.compile(
    r"(?:\S+\s+){1,2}?(?:산|준|남은|지난|만든|사온|온|받은|담근|넣은|끓인|먹던|쓰던)\s+(?!거\b|것\b)(?=\S)|(?:새|새로\s+산)\s+(?=\S)"
)
_ENDINGS = (
    "이거든요",
    "거든요",
    "이거든",
    "거든",
    "인데요",
    "인데",
    "이에여",
    "이예여",
    "예여",
    "에여",
    "이지요",
    "지요",
    "이죠",
    "죠",
    "이네요",
    "네요",
    "이야",
    "이다",
    "이지",
    "야",
    "다",
    "지",
    "임",
    "요",
    "네",
    "도",
)
_SURE_ENDINGS = ("인데요", "인데", "거든요", "이거든요", "이에여", "예여", "에여", "네요", "죠")
_WITH = ("이랑", "랑", "하고", "와", "과", "도")
_AND = re.compile(r"\s*,\s*|\s+(?:그리고|또|및|하고|and)\s+")
_HEADS = (
    "주스",
    "소스",
    "케이크",
    "샐러드",
    "잼",
    "빵",
    "국",
    "찌개",
    "탕",
    "전",
    "죽",
    "김치",
    "피자",
    "카레",
    "우유",
    "차",
    "떡",
    "밥",
    "나물",
    "피클",
    "파스타",
)
"""Before these words a food is what they are made of: 사과 주스 is one thing."""
_COUNT = re.compile(
    r"[0-9]\S*|한|두|세|네|다섯|여섯|일곱|여덟|아홉|열|반|\S*(?:개|봉지|봉|팩|통|병|캔|근|마리|송이|단|묶음|포기|모|판|줄|그램|리터)"
)


_LONGEST = 200
"""Nobody says longer names: what is behind is not looked at."""


def understand(text: str, household: Collection[str] = ()) -> SpokenAnswer:
    """What the answer means. `household` are names that were used here before."""
    foods = known_foods() | {_compact(name) for name in household}
    said = " ".join(_WAKE_PHRASE.sub(" ", text[:_LONGEST]).split()).strip(" .!?~…")
    for intent, pattern in _COMMANDS.items():
        if re.fullmatch(pattern, said, re.IGNORECASE):
            return SpokenAnswer(intent)
    if _compact(said) not in foods:
        for intent, yes_or_no in _YES_OR_NO.items():
            if re.fullmatch(yes_or_no, said, re.IGNORECASE):
                return SpokenAnswer(intent)
        if _NO_ANSWERS.fullmatch(said.lower()):
            return SpokenAnswer(SpokenIntent.UNCLEAR)
    names = list(dict.fromkeys(name for part in _parts(_without_openers(said), foods) for name in _names(part, foods)))
    return SpokenAnswer(SpokenIntent.NAME, tuple(names)) if names else SpokenAnswer(SpokenIntent.UNCLEAR)


def _without_openers(said: str) -> str:
    """Without what comes before the name: fillers, pointing words, what it is not, where it is from."""
    before = None
    while said != before:
        before = said
        for opener in (_FILLER, _POINTING, _NOT_BUT):
            match = opener.match(said)
            if match and match.end() < len(said):
                said = said[match.end() :]
    return said


def _parts(said: str, foods: Collection[str]) -> list[str]:
    """The foods of the answer, one by one."""
    parts = [part for part in _AND.split(said) if part]
    return [one for part in parts for one in _apart(part.split(), foods)]


def _apart(words: Sequence[str], foods: Collection[str]) -> list[str]:
    """`감자와 양파` and `사과 배` are two foods, `사과 주스` and `토마토 소스` are one."""
    parts: list[list[str]] = [[]]
    for word in words:
        stem = _without_with(word, foods)
        is_apart = bool(parts[-1]) and _is_another(parts[-1], word, foods)
        if is_apart:
            parts.append([])
        parts[-1].append(stem)
        if stem != word:
            parts.append([])
    return [" ".join(part) for part in parts if part]


def _is_another(before: Sequence[str], word: str, foods: Collection[str]) -> bool:
    """Whether the word begins another food, behind words that are one already."""
    bare, so_far = _bare(word, foods), _compact(_bare(" ".join(before), foods))
    whole = so_far + bare
    return (
        so_far in foods
        and bare in foods
        and whole not in foods
        and (bare == so_far or not bare.endswith(_HEADS))
        and not _COUNT.fullmatch(word)
    )


def _bare(name: str, foods: Collection[str]) -> str:
    """The name without polite and other endings; itself where nothing would be left."""
    try:
        return _without_ending(clean_name(name) if _compact(name) not in foods else name, foods)
    except InvalidValue:
        return name


def without_count(name: str) -> str:
    """계란 열 개 -> 계란"""
    words = name.split()
    while len(words) > 1 and _COUNT.fullmatch(words[-1]):
        words.pop()
    return " ".join(words)


def _without_with(word: str, foods: Collection[str]) -> str:
    for particle in _WITH:
        stem = word.removesuffix(particle)
        if stem != word and stem in foods and word not in foods:
            return stem
    return word


def _names(part: str, foods: Collection[str]) -> list[str]:
    """The bare name of one food, in Korean where it was said in English."""
    match = _AS.fullmatch(part)
    if match and match["name"] and _compact(part) not in foods:
        part = match["name"]
    part = _without_clause(part, foods)
    while (shorter := _REQUEST.sub("", part) if _REQUEST.search(part) and _ends_with_request(part) else part) != part:
        part = shorter
    if _compact(part) not in foods:
        try:
            clean_name(part)
        except InvalidValue:
            return []
    name = _in_korean(_bare(part, foods))
    is_food = _compact(name) in foods or (name and not _NO_ANSWERS.fullmatch(name.lower()))
    return [name] if is_food else []


def _ends_with_request(part: str) -> bool:
    *_, last = _REQUEST.finditer(part)
    return last.end() == len(part) and last.start() > 0


def _without_clause(part: str, foods: Collection[str]) -> str:
    match = _CLAUSE.match(part)
    return part[match.end() :] if match and _compact(part) not in foods else part


def _without_ending(name: str, foods: Collection[str]) -> str:
    """사과다 -> 사과, as 사과 is known; 신라면인데 -> 신라면, as nothing ends so; 가지 stays."""
    if _compact(name) in foods:
        return name
    stems = [(name.removesuffix(ending), ending) for ending in _ENDINGS if name.endswith(ending) and name != ending]
    known = (stem for stem, _ in stems if _ends_in_food(stem, foods))
    sure = (stem for stem, ending in stems if _is_sure(stem, ending))
    return next(known, None) or next(sure, name)


def _is_sure(stem: str, ending: str) -> bool:
    """Whether nothing but a verb ends so: 이야 follows a closed syllable."""
    is_closed = "가" <= stem[-1] <= "힣" and (ord(stem[-1]) - ord("가")) % 28 != 0
    return ending in _SURE_ENDINGS or (ending == "이야" and is_closed)


def _ends_in_food(stem: str, foods: Collection[str]) -> bool:
    return _compact(stem) in foods or stem.split()[-1] in foods


def _in_korean(name: str) -> str:
    """Apple -> 사과, 치즈 cheese -> 치즈; what no list knows stays as it was said."""
    whole = korean_for().get(name.lower())
    if whole:
        return whole
    words = [korean_for().get(word.lower(), word) for word in name.split()]
    return " ".join(dict.fromkeys(words))


def _compact(name: str) -> str:
    return "".join(name.split())
