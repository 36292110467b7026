"""What pydantic refuses, in the words of whoever has to mend it.

In: a model and what it refused. Out: for each value its place, itself and what would be right, taken from the model.
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import time
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

_OWN_WORDS = {"unfit", "value_error"}
"""Errors that our own parsers raise: they say themselves what would be right."""
_SIMPLE = {
    bool: "true or false",
    str: "text in quotes",
    SecretStr: "text in quotes",
    Path: "a path in quotes",
    time: "a time such as 18:00:00",
}
_BOUNDS = (("ge", "of at least {:g}"), ("gt", "above {:g}"), ("le", "at most {:g}"), ("lt", "below {:g}"))
_KINDS = {int: "a whole number", float: "a number"}


@dataclass(frozen=True, slots=True)
class RefusedValue:
    """One value that a model does not take."""

    loc: tuple[str | int, ...]
    value: object
    """None where it is missing."""
    remedy: str


def refused(model: type[BaseModel], error: ValidationError) -> Iterator[RefusedValue]:
    """Everything the model refused, each once."""
    problems = {problem["loc"]: problem for problem in reversed(error.errors(include_url=False))}
    around = {loc[:end] for loc in problems for end in range(len(loc))}  # a list is too short without its wrong parts
    for loc in reversed(problems):
        if loc not in around:
            yield _refused(model, problems[loc])


def near(word: str, words: Iterable[str]) -> str:
    """`; did you mean X?`, or nothing."""
    by_case = {known.casefold(): known for known in words}
    close = difflib.get_close_matches(word.casefold(), by_case, n=1)
    return f"; did you mean {by_case[close[0]]}?" if close else ""


def _refused(model: type[BaseModel], problem: ErrorDetails) -> RefusedValue:
    loc = problem["loc"]
    kind, value = problem["type"], problem["input"]
    if kind == "extra_forbidden":
        around = _model_at(model, loc[:-1])
        known = list(around.model_fields) if around else []
        return RefusedValue(loc, value, f"there is no such setting{near(str(loc[-1]), known)}")
    if kind == "missing":
        return RefusedValue(loc, None, f"give {_wanted(*_field(model, loc))}")
    if kind in _OWN_WORDS:
        return RefusedValue(loc, value, problem["msg"].removeprefix("Value error, "))
    annotation, metadata = _field(model, loc)
    return RefusedValue(loc, value, f"give {_wanted(annotation, metadata)}{_meant(annotation, value)}")


def _model_at(model: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel] | None:
    annotation, _ = _field(model, loc) if loc else (model, [])
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _field(model: type[BaseModel], loc: Sequence[str | int]) -> tuple[Any, Sequence[object]]:
    """The type at that place, and its bounds."""
    annotation: Any = model
    metadata: Sequence[object] = []
    for part in loc:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            info = annotation.model_fields.get(str(part), FieldInfo())
            annotation, metadata = _plain(info.annotation), info.metadata
        else:
            inner = [one for one in get_args(annotation) if one is not ...]
            annotation, metadata = (_plain(inner[-1]) if inner else Any), []
    return annotation, metadata


def _plain(annotation: Any) -> Any:
    """Without `| None` and without what is noted beside it."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _plain(next(one for one in get_args(annotation) if one is not NoneType))
    return annotation


def _wanted(annotation: Any, metadata: Sequence[object]) -> str:
    """What would be right: `a whole number from 0 to 27`, `one of ssl, plaintext`."""
    if choices := _choices(annotation):
        return choices[0] if len(choices) == 1 else f"one of {', '.join(choices)}"
    if annotation in _KINDS:
        return f"{_KINDS[annotation]}{_bounds(metadata)}"
    if annotation in _SIMPLE:
        least = _bound(metadata, "min_length")
        return f"{_SIMPLE[annotation]}, and not an empty one" if least else _SIMPLE[annotation]
    if get_origin(annotation) is tuple:
        choices = _choices(_plain(get_args(annotation)[0]))
        return f"a list in brackets, of {', '.join(choices)}" if choices else "a list in brackets, of texts in quotes"
    return "a section of its own"


def _choices(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [str(one) for one in get_args(annotation)]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(one.value) for one in annotation]
    return []


def _meant(annotation: Any, value: object) -> str:
    return near(value, _choices(annotation)) if isinstance(value, str) else ""


def _bounds(metadata: Sequence[object]) -> str:
    found = {name: bound for name, _ in _BOUNDS if (bound := _bound(metadata, name)) is not None}
    if found.keys() == {"ge", "le"}:
        return f" from {found['ge']} to {found['le']}"
    words = [text.format(found[name]) for name, text in _BOUNDS if name in found]
    return f" {' and '.join(words)}" if words else ""


def _bound(metadata: Sequence[object], name: str) -> Any:
    return next((getattr(one, name) for one in metadata if getattr(one, name, None) is not None), None)
