"""Settings that are a small language of their own: pydantic takes what their parser understands."""

from collections.abc import Callable
from typing import Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from befresh_agent.errors import InvalidValue


def checked(parse: Callable[[Any], object], where: str = "") -> AfterValidator:
    """Accept what can be parsed; what cannot is told in the parser's words."""

    def check(value: object) -> object:
        try:
            parse(value)
        except InvalidValue as error:
            raise PydanticCustomError("unfit", "{where}{why}", {"where": where, "why": str(error)}) from None
        return value

    return AfterValidator(check)
