"""The commented default settings file, written from the settings themselves so that the two never differ."""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic.fields import FieldInfo

from befresh_agent.configuration import section_type
from befresh_agent.settings import Settings

_HEAD = """\
# Settings of befresh-agent. Every line shows its default; take away the leading `# ` to change it.
# Environment variables come before this file: BEFRESH_KAFKA_SERVER sets `server` in [kafka], and so on.
"""


def template() -> str:
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for name in Settings.model_fields:
        section = section_type(name)
        lines = [f"# {section.__doc__}", f"[{name}]"]
        for field, info in section.model_fields.items():
            lines += [f"# {info.description}", f"# {field} = {_toml(_shown(info))}"]
        yield "\n".join(lines) + "\n"


def _shown(info: FieldInfo) -> object:
    return info.examples[0] if info.default is None and info.examples else info.default


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    if isinstance(value, str | Path):
        return json.dumps(str(value), ensure_ascii=False)
    return json.dumps(value)
