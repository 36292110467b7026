"""What a person asks the fridge: what to eat first, whether something is there, until when it keeps. Pure rules.

In: what was said. Out: the question, or None where it is none. Recognisers write no question mark, and 우유 있어 may as
well mean that there is milk to be registered: such a question is not sure, and what is known as a food is none at all.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum, auto


class QuestionKind(Enum):
    """What is asked."""

    EAT_FIRST = auto()
    IN_STOCK = auto()
    UNTIL_WHEN = auto()


@dataclass(frozen=True, slots=True)
class FoodQuestion:
    kind: QuestionKind
    name: str | None = None
    """Of which food; None for what was spoken of last, and for what to eat first."""
    sure: bool = True
    """No food could be meant by these words."""

    @property
    def needs_topic(self) -> bool:
        """언제까지야? asks about what was spoken of last."""
        return self.kind is QuestionKind.UNTIL_WHEN and self.name is None


_SHORTEST = 2
"""Letters of a name that may end in a particle."""
_LONGEST = 100
"""Nobody asks longer questions: what is longer is none."""
_WAKE_PHRASE = re.compile(r"^\s*일반\s*등록")
_EDGES = " \t.,!?~…"

_WHEN = r"(?:오늘|지금|이제|우리|저녁에?|점심에?|아침에?|내일|이번\s*주에?)?\s*"
_IS = r"(?:있|남았|남아\s*있)"
_THERE = rf"{_IS}(?:어|나|니|지|을까|냐)"
_WHAT = r"(?:뭐|뭘|뭐를|무엇을|뭐부터|뭘부터|무엇부터|어떤\s*거(?:부터)?)\s*"
_FIRST = r"(?:제일|가장)?\s*(?:먼저|빨리)?\s*"
_MUST = r"먹어야\s*(?:돼|되|되나|되지|되니|하나|하지|하니|해|할까|될까|합니까|됩니까)"
_SHALL = rf"(?:{_MUST}|먹을까|먹지|먹을래|먹나|먹으면\s*(?:돼|되|될까|좋을까|좋아))"
_THING = r"\s*(?:거|것|게|건|음식|식품)(?:은|이|는|가)?\s*"
_TELL = rf"(?:뭐(?:야|예|에|지|니|냐|가?\s*{_THERE})|뭔데|뭘까|{_THERE}|알려\s*줘|말해\s*줘)?"
_DAY = r"(?:유통기한|소비기한|기한|날짜)(?:이|은|는|가)?"
_SOON = r"(?:얼마\s*안\s*남은|다\s*된|임박한|급한|가까운|지난)"
_EAT_FIRST = (
    rf"{_WHEN}{_WHAT}{_FIRST}{_SHALL}(?:요|죠)?",
    rf"{_WHEN}(?:제일|가장)?\s*(?:먼저|빨리)\s*먹(?:을|어야\s*(?:할|하는|될|되는)){_THING}{_TELL}(?:요|죠)?",
    rf"{_WHEN}(?:냉장고(?:에|\s*안에)|집에)?\s*(?:뭐|뭐가|뭐\s*뭐)\s*{_FIRST}(?:{_THERE}|급해|급하지)요?",
    rf"{_WHEN}{_DAY}\s*(?:제일|가장)?\s*{_SOON}{_THING}{_TELL}요?",
    r"what (?:should|must|do|can|could|shall) (?:i|we) (?:have to |need to )?(?:eat|use|finish){soon}",
    r"what(?:'s| is| has to be| needs to be| must be) (?:eaten|used|due|to eat|expiring|going off|first){soon}",
    r"what (?:to eat|needs eating){soon}|what(?:'s| is) (?:there|left|in (?:the|my|our) fridge)",
    r"what do (?:we|i|you) have(?: left| in the fridge)?",
)
_ABOUT = r"(?:(?:혹시|우리|냉장고에|집에|지금|아직)\s+)*(?P<name>\S.*?)"
_STILL = r"\s+(?:(?:아직도?|지금|집에|냉장고에)\s+)?"
_HOW_MANY = r"(?:몇\s*\S{1,2}|얼마나)\s*(?:나\s*)?"
_SURELY_ASKED = r"(?:나|니|냐|을까|는지|는가|습니까)요?"
_ANY = r"(?:still |any |some |an? |the )*(?P<name>.+?)(?: left| in the fridge| there| at home)*"
_IN_STOCK = (
    rf"{_ABOUT}{_STILL}(?:{_HOW_MANY})?{_IS}{_SURELY_ASKED}",
    rf"{_ABOUT}{_STILL}{_HOW_MANY}{_IS}(?:어|지|죠)요?",
    rf"{_ABOUT}\s*있(?:어|나|니)요?\s*없(?:어|나|니)요?",
    rf"(?:is|are) there {_ANY}",
    rf"(?:do|have) (?:we|i|you) (?:still )?(?:have |got ){_ANY}",
    r"(?:how much|how many) (?P<name>.+?) (?:is|are|do|have) (?:there|left|we have|i have|we got)(?: left)?",
)
_MAYBE_IN_STOCK = (rf"{_ABOUT}{_STILL}{_IS}(?:어|지|죠)요?", r"any (?P<name>.+?) left")
_ENDING = r"(?:이?야|예요|이?에요|지|죠|니|냐|인데|인가|인지|가|였지|였어|였더라|더라)?요?"
_EATABLE = r"(?:먹어야\s*\S{1,3}|먹을\s*수\s*있\S{1,3}|먹어도\s*\S{1,3}|괜찮\S{1,3})"
_UNTIL_WHEN = (
    rf"(?P<name>.*?)\s*(?:{_DAY})?\s*언제\s*까지\s*(?:{_EATABLE}|{_ENDING})",
    rf"(?P<name>.*?)\s*{_DAY}\s*(?:언제|며칠|몇\s*일|얼마나?)\s*(?:남았\S{{1,2}}|{_ENDING})",
    r"(?P<name>.*?)\s*(?:며칠|몇\s*일)(?:이나)?\s*남았(?:어|지|나|니|죠)요?",
    r"(?P<name>.*?)\s*언제\s*상(?:해|하|할까)(?:요|지|나|니)?",
    r"(?:until|till|by) when(?: (?:is|are|does|do|can (?:i|we) (?:eat|keep)))?(?P<name>.*?)(?: good| keep| last)*",
    r"how long (?:is|are|does|do|will|can (?:i|we) (?:eat|keep))(?P<name>.*?)(?: good(?: for)?| last| keep| be good)*",
    r"when (?:does|do|will|is|are) (?P<name>.+?) (?:expire|go off|go bad|due|past|expiring)",
)
_SOON_EN = r"(?: up)?(?: first| next| soon| now| today| tonight)*"
_KINDS = (
    (QuestionKind.EAT_FIRST, _EAT_FIRST, True),
    (QuestionKind.UNTIL_WHEN, _UNTIL_WHEN, True),
    (QuestionKind.IN_STOCK, _IN_STOCK, True),
    (QuestionKind.IN_STOCK, _MAYBE_IN_STOCK, False),
)
_PATTERNS = tuple(
    (kind, re.compile(one.replace("{soon}", _SOON_EN), re.IGNORECASE), sure)
    for kind, some, sure in _KINDS
    for one in some
)
_POINTING = re.compile(
    r"(?:이거|이건|이게|그거|그건|그게|저거|저건|얘|걔|it|this|that|they|them)?(?:는|은)?", re.IGNORECASE
)
_OPENERS = re.compile(r"(?:(?:그럼|그러면|혹시|음+|어+|저기|근데|그런데|and|so|well|hey)[\s,]+)+", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:the|my|our|this|that|an?) ", re.IGNORECASE)
_NOT_NAMED = re.compile(r"(?:뭐|뭘|무엇|누구|어디|언제|얼마|몇)\S?|먹을\s*(?:거|것|게)|음식|something|anything|food")


def asked(text: str, foods: Collection[str] = ()) -> FoodQuestion | None:
    """The question in what was said. `foods` are names without blanks that stand for foods, whatever they look like."""
    said = " ".join(_WAKE_PHRASE.sub("", text).split()).strip(_EDGES)
    said = _OPENERS.sub("", said, count=1) if _OPENERS.match(said) else said
    if not said or len(said) > _LONGEST or _compact(said) in foods:
        return None
    for kind, pattern, sure in _PATTERNS:
        if match := pattern.fullmatch(said):
            return _made(kind, match.groupdict().get("name"), foods, sure=sure or text.rstrip().endswith("?"))
    return None


def _made(kind: QuestionKind, name: str | None, foods: Collection[str], *, sure: bool) -> FoodQuestion | None:
    if kind is QuestionKind.EAT_FIRST:
        return FoodQuestion(kind)
    bare = _ARTICLE.sub("", (name or "").strip(_EDGES), count=1).strip()
    if _POINTING.fullmatch(bare):
        return FoodQuestion(kind) if kind is QuestionKind.UNTIL_WHEN else None
    if _NOT_NAMED.fullmatch(bare):
        return FoodQuestion(QuestionKind.EAT_FIRST)
    return FoodQuestion(kind, _without_particle(bare, foods), sure)


def _without_particle(name: str, foods: Collection[str]) -> str:
    """우유는 -> 우유, 김밥은 -> 김밥; what is known as it stands keeps its end: 오이, 포도."""
    if _compact(name) in foods or len(name) < _SHORTEST:
        return name
    closed = "가" <= name[-2] <= "힣" and (ord(name[-2]) - ord("가")) % 28 != 0
    particles: Iterable[str] = ("은", "이", "도") if closed else ("는", "가", "도")
    return name[:-1].rstrip() if name[-1] in particles else name


def _compact(name: str) -> str:
    return "".join(name.split())
