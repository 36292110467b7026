"""What is heard and is no name: inventions of recognisers, echoes of our own prompts, sentences. Pure rules.

In: what a recogniser wrote. Out: whether a person can have meant it for a food.
"""

import re
from functools import cache

from befresh_agent.domain.word_sounds import distance, sounds
from befresh_agent.i18n.words import PROMPTS

_INVENTED = (
    "시청해 주셔서 감사합니다",
    "시청해 주셔서 고맙습니다",
    "들어주셔서 감사합니다",
    "봐주셔서 감사합니다",
    "구독과 좋아요",
    "구독과 좋아요 부탁드립니다",
    "구독 좋아요 알림 설정",
    "좋아요와 구독",
    "구독 부탁드립니다",
    "다음 영상에서 만나요",
    "다음 시간에 만나요",
    "다음에 또 만나요",
    "영상 제공",
    "한글 자막",
    "자막 제공",
    "자막 제작",
    "광고를 포함하고 있습니다",
    "유료 광고",
    "이 시각 세계였습니다",
    "고맙습니다",
    "감사합니다",
    "안녕히 계세요",
    "thank you",
    "thank you for watching",
    "thanks for watching",
    "please subscribe",
    "see you next time",
)
"""What recognisers that learned from subtitles write over noise; all of their kinds are near one of these."""
_NEWS = re.compile(
    r"(?:[A-Z]{3}|엠비씨|케이비에스|에스비에스|와이티엔)\s*뉴스.*|.*(?:자막|subtitles?).*\bby\b.*", re.IGNORECASE
)
_SIGNS = re.compile(r"[\W_]*(?:[(\[<*♪♫].*[)\]>*♪♫])[\W_]*|[\W_]*")
"""Sounds told in brackets, and signs alone."""
_ECHO, _INVENTION = 0.2, 0.15
_ENOUGH = 10
"""Sounds after which nobody needs to hear more."""

_QUESTION = re.compile(r"(?:몇|뭐|뭘|무슨|무엇|어디|어느|어떤|어떻게|언제|누구|누가|얼마|왜)")
_PARTICLE = re.compile(r".+(?:을|를|은|는|가|에|에서|에게|한테|까지|부터|보다|처럼|만큼)|[이가을를은는]")
_PREDICATE = re.compile(
    r".*(?:(?<!입)니다|니까|까요?|[어아해여워와돼려]\s?요|세요|네요|나요|데요?|죠|[었았했겠]어|[을할]게|거야|잖아|더라고?"
    r"|[는한된간온]다|[었았했겠싶]다|하고|면서|으면|해서|거든|구나|군요|자고|래요?|대요?)"
)
_COPULA = re.compile(r".*(?:이에요|예요|이네요|인데요?|이거든요?|이죠|던데요?)")
_MOST_WORDS, _MOST_LETTERS, _SHORT = 4, 16, 3


def is_invention(text: str) -> bool:
    """Whether nobody said it: a recogniser's invention, or the echo of what the loudspeaker said."""
    if _SIGNS.fullmatch(text) or _NEWS.fullmatch(text.strip()):
        return True
    heard = sounds(text)
    goes_on = any(heard.startswith(invented) for invented in _inventions() if len(invented) >= _ENOUGH)
    return goes_on or _is_near(heard, _inventions(), _INVENTION) or _is_near(heard, _prompts(), _ECHO)


def is_sentence(name: str, text: str) -> bool:
    """Whether the name, which is no known food and was taken out of the text, is what was left of a sentence."""
    words, said = name.split(), text.strip(" .,!?~…").split()
    if len(words) > _MOST_WORDS or sum(map(len, words)) > _MOST_LETTERS:
        return True
    if any(_QUESTION.match(word) for word in words) or any(_PARTICLE.fullmatch(word) for word in words[:-1]):
        return True
    last = said[-1] if said and words and said[-1].startswith(words[-1]) else name
    is_long = len(words) > 1 or len(last) > _SHORT
    return is_long and bool(_PREDICATE.fullmatch(last)) and not _COPULA.fullmatch(last)


def _is_near(heard: str, others: tuple[str, ...], limit: float) -> bool:
    return any(distance(heard, other, limit) < limit for other in others)


@cache
def _inventions() -> tuple[str, ...]:
    return tuple(map(sounds, _INVENTED))


@cache
def _prompts() -> tuple[str, ...]:
    return tuple(sounds(said) for said_by in PROMPTS.values() for said in said_by.values())
