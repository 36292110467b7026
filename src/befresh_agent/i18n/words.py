"""The words of prompts, page, terminal, charts and sheets in every language. The English sentence is the key.

In: `xx.toml` beside this file, for each language of `domain/phrase.py`. Out: sentences with their values filled in;
what a catalogue lacks stays English.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Literal, get_args

from befresh_agent.domain.cue import Cue, CueSubject
from befresh_agent.domain.phrase import Language, Phrase
from befresh_agent.domain.quantities import Quantity

LANGUAGES: tuple[Language, ...] = get_args(Language)


def _catalogue(language: Language) -> dict[str, Any]:
    return tomllib.loads(files("befresh_agent.i18n").joinpath(f"{language}.toml").read_text("utf-8"))


_CATALOGUES = {language: _catalogue(language) for language in LANGUAGES}

WORDS: Mapping[Language, Mapping[str, str]] = {one: _CATALOGUES[one].get("words", {}) for one in LANGUAGES}
"""What people read on the page and in the terminal."""

PROMPTS: Mapping[Language, Mapping[Cue, str]] = {
    one: {cue: _CATALOGUES[one]["prompts"][cue.value] for cue in Cue} for one in LANGUAGES
}
"""What the loudspeaker says in place of tones."""

SHEET: Mapping[Language, Mapping[str, str]] = {one: _CATALOGUES[one].get("sheet", {}) for one in LANGUAGES}
_DIGITS = ("", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구")

_MONTHS = ("일", "이", "삼", "사", "오", "유", "칠", "팔", "구", "시", "십일", "십이")
"""Two of them lose a sound before 월."""

_FIELD = re.compile(r"\{(\w+)[^}]*\}")

_LEAST = 4
"""Letters of its own that a template has at least, to be known again in a finished sentence."""


def prompt(language: Language, cue: Cue, about: CueSubject | None = None) -> str:
    """The sentence, behind the name and the day of what it is about: a person hears what was understood."""
    if about is None:
        return PROMPTS[language][cue]
    if cue is Cue.IS_DATE_RIGHT and about.day is not None:
        return date_question(language, about.day)
    told = [about.name or "", _use_by(language, about.day) if about.day else ""]
    return ", ".join([*filter(None, told), PROMPTS[language][cue]])


def date_question(language: Language, day: date) -> str:
    """What asks whether a date was read right; with its year, which may be what is wrong."""
    return f"is it {_day(language, day)}?" if language == "en" else f"{_day(language, day)}까지 맞아요?"


def _use_by(language: Language, day: date) -> str:
    return f"best before {_day(language, day)}" if language == "en" else f"{_day(language, day)}까지"


def spoken_day(language: Language, day: date, today: date) -> str:
    """A day as it is said; its year only where it is another one."""
    return _day(language, day) if day.year != today.year else _day_of_year(language, day)


def _day(language: Language, day: date) -> str:
    told = _day_of_year(language, day)
    return f"{told}, {day.year}" if language == "en" else f"{_korean(day.year)}년 {told}"


def _day_of_year(language: Language, day: date) -> str:
    if language == "en":
        return f"{day:%B} {day.day}"
    return f"{_MONTHS[day.month - 1]}월 {_korean(day.day)}일"


def _korean(number: int) -> str:
    """A number up to 9999 as it is said in dates."""
    said = ""
    for power, word in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
        digit = number // power % 10
        if digit:
            said += ("" if digit == 1 and word else _DIGITS[digit]) + word
    return said


def translate(language: Language, text: str, **values: object) -> str:
    """The sentence in that language, with its values filled in."""
    return WORDS[language].get(text, text).format(**values)


def say(language: Language, text: str) -> str:
    """A phrase in that language; what no catalogue has stays English, and a text that is no phrase stays as it is."""
    return text.said(lambda template: WORDS[language].get(template, template)) if isinstance(text, Phrase) else text


def retold(language: Language, text: str) -> str:
    """A finished English sentence in that language: the template it was made from is found again.

    What no template fits stays English, as do names and numbers in it; what "; " or ": " joins is told part by part.
    """
    return _retold(language, text) if WORDS[language] else text


def _retold(language: Language, text: str) -> str:
    words = WORDS[language]
    if text in words:
        return words[text]
    for template, pattern in _patterns(language):
        if found := pattern.fullmatch(text):
            plain = _FIELD.sub(r"{\1}", words[template])  # numbers are written already
            return plain.format(**{name: _retold(language, value) for name, value in found.groupdict().items()})
    for joint in ("; ", ": "):
        first, there, rest = text.partition(joint)
        if there:
            return f"{_retold(language, first)}{joint}{_retold(language, rest)}"
    return text


@cache
def _patterns(language: Language) -> list[tuple[str, re.Pattern[str]]]:
    """The templates with values in them as patterns, those with most words of their own first."""
    own = {template: len(_FIELD.sub("", template)) for template in WORDS[language] if "{" in template}
    longest_first = sorted(own, key=own.__getitem__, reverse=True)
    return [(template, _pattern(template)) for template in longest_first if own[template] >= _LEAST]


def _pattern(template: str) -> re.Pattern[str]:
    names: set[str] = set()
    pattern = ""
    for literal, name, _, _ in Formatter().parse(template):
        pattern += re.escape(literal)
        if name:
            pattern += f"(?P={name})" if name in names else f"(?P<{name}>.+?)"
            names.add(name)
    return re.compile(pattern, re.DOTALL)


def language_of_terminal(environment: Mapping[str, str], encoding: str) -> Language:
    """What the first of gettext's variables that is set prefers; English where the terminal has no such letters."""
    chosen = next(filter(None, map(environment.get, ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))), "")
    tags = [tag.split("_")[0].split(".")[0].lower() for tag in chosen.split(":")]
    asked_for = next((tag for tag in tags if tag in (*LANGUAGES, "c", "posix")), "en")
    return next((one for one in LANGUAGES if one == asked_for and _can_be_written(one, encoding)), "en")


def _can_be_written(language: Language, encoding: str) -> bool:
    try:
        "".join(PROMPTS[language].values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def language_of(chosen: Literal["auto", Language], accepted: str) -> Language:
    """What is set, else what the browser's Accept-Language prefers of the languages there are."""
    if chosen != "auto":
        return chosen
    best: float = 0.0
    language: Language = "en"
    for part in accepted.split(","):
        tag, _, quality = part.strip().partition(";q=")
        weight = _number(quality) if quality else 1.0
        for known in LANGUAGES:
            if tag.split("-")[0].lower() == known and weight > best:
                best, language = weight, known
    return language


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def record_text(language: Language, text: str, **values: object) -> str:
    """The sentence of a chart or a sheet in that language, with its values filled in."""
    return SHEET[language].get(text, text).format(**values)


def name_of(quantity: Quantity, language: Language) -> str:
    return record_text(language, quantity.traits.label)


def window_of(seconds: float, language: Language) -> str:
    """A stretch of time in words."""
    known = {3600: "1 hour", 86_400: "24 hours", 7 * 86_400: "7 days"}.get(round(seconds))
    return (
        record_text(language, known) if known else record_text(language, "{hours} hours", hours=round(seconds / 3600))
    )
