"""Where settings come from: options, then the environment, then one TOML file, then the defaults.

A wrong value is reported with its source, its key, itself and what would be right. The file is never written to.
"""

import difflib
import os
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from befresh_agent.errors import SettingsError
from befresh_agent.settings import SecretSettings, Section, Settings

SYSTEM_FILE = Path("/etc/befresh-agent/config.toml")
_PREFIX = "BEFRESH_"
_ORIGINAL_NAMES = {
    "REFRIGERATOR_ID": "fridge.id",
    "KAFKA_SERVER": "kafka.server",
    "PORCUPINE_KEY": "secrets.porcupine_key",
    "PORCUPINE_KEYWORD_PATH": "voice.porcupine_keyword",
    "PORCUPINE_MODEL_PATH": "voice.porcupine_model",
}
"""The variables of the first version of this system; they go on working."""


@dataclass(frozen=True, slots=True)
class Given:
    """One value somebody gave, and where."""

    value: object
    source: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """The effective settings and, for every key that is not a default, where its value came from."""

    settings: Settings
    file: Path | None
    sources: Mapping[str, str]


def load(
    file: Path | None = None,
    options: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    weaker: Mapping[str, Mapping[str, object]] | None = None,
) -> Configuration:
    """Settings from all sources; `options` maps keys such as `camera.source` to values given on the command line.

    `weaker` are sections that take the place of the defaults. Raises `SettingsError`.
    """
    environ = os.environ if environ is None else environ
    file = file or _default_file(environ)
    given = {
        **{
            f"{section}.{key}": Given(v, "scenario")
            for section, table in (weaker or {}).items()
            for key, v in table.items()
        },
        **(_from_file(file) if file else {}),
        **_from_credentials(environ),
        **_from_environment(environ),
        **{key: Given(value, "command line") for key, value in (options or {}).items() if value is not None},
    }
    return Configuration(_validated(given), file, {key: one.source for key, one in given.items()})


def _default_file(environ: Mapping[str, str]) -> Path | None:
    home = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    candidates = (SYSTEM_FILE, home / "befresh-agent" / "config.toml")
    return next((path for path in candidates if path.is_file()), None)


def _from_file(file: Path) -> dict[str, Given]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(str(file), "file", error.strerror, "give a file that can be read") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(str(file), "file", str(error), "write it as TOML: https://toml.io") from error
    given: dict[str, Given] = {}
    for section, table in content.items():
        if not isinstance(table, dict):
            raise SettingsError(str(file), section, table, f"belongs into a section, such as [fridge]{_near(section)}")
        given |= {f"{section}.{key}": Given(value, str(file)) for key, value in table.items()}
    _refuse_open_secrets(file, given)
    return given


def _refuse_open_secrets(file: Path, given: Mapping[str, Given]) -> None:
    secret = next((key for key in given if key.startswith("secrets.")), None)
    if secret and file.stat().st_mode & 0o077:
        raise SettingsError(str(file), secret, "****", f"others may read this file: chmod 600 {file}")


def _from_credentials(environ: Mapping[str, str]) -> dict[str, Given]:
    """Secrets handed over by the service manager: one file for each, named like the setting."""
    if not (directory := environ.get("CREDENTIALS_DIRECTORY")):
        return {}
    files = ((name, Path(directory) / name) for name in SecretSettings.model_fields)
    return {f"secrets.{name}": Given(f.read_text().strip(), f"credential {name}") for name, f in files if f.is_file()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Given]:
    given = {}
    for name, key in _ORIGINAL_NAMES.items():
        if environ.get(name):
            given[key] = Given(environ[name], f"environment {name}")
    for name, text in environ.items():
        section, _, field = name.removeprefix(_PREFIX).lower().partition("_")
        if name.startswith(_PREFIX) and section in Settings.model_fields and field:
            given[f"{section}.{field}"] = Given(_from_text(section, field, text), f"environment {name}")
    return given


def _from_text(section: str, field: str, text: str) -> object:
    """A variable's text, as words where the setting is a list."""
    info = section_type(section).model_fields.get(field)
    return shlex.split(text) if info and get_origin(info.annotation) is tuple else text


def _validated(given: Mapping[str, Given]) -> Settings:
    tree: dict[str, dict[str, object]] = {}
    for key, one in given.items():
        section, _, field = key.partition(".")
        tree.setdefault(section, {})[field] = one.value
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise _explained(error.errors()[0], given, error.error_count()) from None


def _explained(problem: ErrorDetails, given: Mapping[str, Given], problems: int) -> SettingsError:
    section, *rest = [str(part) for part in problem["loc"]]
    key = ".".join([section, *rest[:1]])
    found = given.get(key) or next((one for k, one in given.items() if k.startswith(f"{section}.")), Given(None, "?"))
    value = "****" if section == "secrets" else problem["input"]
    remedy = problem["msg"][:1].lower() + problem["msg"][1:]
    if problem["type"] == "extra_forbidden":
        remedy = "there is no such setting" + _near(key)
    if problems > 1:
        remedy += f" (and {problems - 1} more wrong)"
    return SettingsError(found.source, key, value, remedy)


def _near(key: str) -> str:
    close = difflib.get_close_matches(key, [*keys(), *Settings.model_fields], n=1)
    return f"; did you mean {close[0]}?" if close else "; `befresh-agent config show` lists all"


def section_type(name: str) -> type[Section]:
    """The model of a section."""
    kind: Any = Settings.model_fields[name].annotation
    return kind  # type: ignore[no-any-return]  # pydantic types annotations as Any


def keys() -> Iterator[str]:
    """Every key there is, such as `fridge.id`."""
    for section in Settings.model_fields:
        yield from (f"{section}.{field}" for field in section_type(section).model_fields)
