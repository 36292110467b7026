"""The page's words, in English and in Korean. The English sentence is the key."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Literal

Language = Literal["ko", "en"]

KOREAN: Mapping[str, str] = tomllib.loads(files("befresh_agent.page").joinpath("korean.toml").read_text("utf-8"))


def translate(language: str, text: str, **values: object) -> str:
    """The sentence in that language, with its values filled in."""
    return (KOREAN.get(text, text) if language == "ko" else text).format(**values)


def language_of(chosen: Literal["auto", "ko", "en"], accepted: str) -> Language:
    """`ko` or `en`: what is set, else what the browser's Accept-Language prefers of the two."""
    if chosen != "auto":
        return chosen
    best: float = 0.0
    language: Language = "en"
    for part in accepted.split(","):
        tag, _, quality = part.strip().partition(";q=")
        name = tag.split("-")[0].lower()
        weight = _number(quality) if quality else 1.0
        if name in ("ko", "en") and weight > best:
            best, language = weight, "ko" if name == "ko" else "en"
    return language


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
