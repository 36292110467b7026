"""What all sections of the settings share, and values that are a small language of their own."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from befresh_agent.domain.endpoints import parse_endpoint, parse_endpoints, parse_host
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


Pin = Annotated[int, Field(ge=0, le=27)]

Seconds = Annotated[float, Field(gt=0, le=86400)]

KAFKA_PORT = 9092
"""Where a broker is whose address has no port."""


def parse_brokers(text: str) -> object:
    return parse_endpoints(text, KAFKA_PORT)


def parse_server(text: str) -> object:
    return parse_endpoint(text) if text else None


def check_hosts(names: Iterable[str]) -> object:
    return [parse_host(name) for name in names]


def check_adapters(names: Iterable[str]) -> None:
    for name in names:
        if not re.fullmatch(r"hci[0-9]{1,3}|([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", name):
            raise InvalidValue(f"{name!r} is no Bluetooth adapter; give its address, or its name: hci0, hci1 and so on")


def check_web_address(text: str) -> None:
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s]*", text):
        raise InvalidValue("give a web address that begins with https:// or http://")


def check_language(text: str) -> None:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise InvalidValue("give the code of a language, such as ko-KR or en-US")


def check_no_option(text: str) -> None:
    """Git would take it for an option."""
    if text.startswith("-"):
        raise InvalidValue("it may not begin with a dash")


class SettingsSection(BaseModel):
    """What all sections share: frozen, no unknown keys, field docs taken from the lines below the fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: object, info: ValidationInfo) -> object:
        """`true` would pass for 1."""
        if isinstance(value, bool) and cls.model_fields[str(info.field_name)].annotation is not bool:
            raise PydanticCustomError("no_truth", "true and false are no value here")
        return value


@dataclass(frozen=True, slots=True)
class GivenValue:
    """One value somebody gave, and where."""

    value: object
    source: str
    line: int | None = None
