"""Sentences that can be said in other languages.

In: an English template and its values. Out: text that reads as English, and remembers what it is made of.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

Language = Literal["ko", "en"]
"""The languages that are spoken, shown and printed: each has its catalogue, `i18n/xx.toml`."""


class Phrase(str):
    """The filled-in English sentence; values that are phrases themselves are said in the other language as well."""

    __slots__ = ("template", "values")

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> "Phrase":
        phrase = super().__new__(cls, template.format(**values) if values else template)
        phrase.template = template
        phrase.values = values
        return phrase

    def said(self, translated: Callable[[str], str]) -> str:
        """The sentence with every template translated; numbers, names and foreign words stay as they are."""
        template = translated(self.template)
        if not self.values:
            return template
        values = {
            name: value.said(translated) if isinstance(value, Phrase) else value for name, value in self.values.items()
        }
        return template.format(**values)


def counted(count: int, one: str, many: str) -> Phrase:
    """`one` ("1 reading") or `many` ("{count} readings")."""
    return Phrase(one) if count == 1 else Phrase(many, count=count)


class LogSeverity(IntEnum):
    """How much a sentence matters; the numbers are those of Python's logging."""

    DETAIL = 10
    NEWS = 20
    WARNING = 30
    ALARM = 40


@dataclass(frozen=True, slots=True)
class EventSentence:
    part: str
    """Which part speaks: session, vision, voice, sound, containers, delivery, devices, agent; in a dry run also the
    person who plays, and time."""
    text: Phrase
    weight: LogSeverity = LogSeverity.NEWS
    detail: str = ""
    """More lines for the log alone, such as a traceback."""
