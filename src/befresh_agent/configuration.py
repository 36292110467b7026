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
CONFIG_VARIABLE = "BEFRESH_CONFIG"
"""Names the file; every other variable with this prefix is a setting."""
_PREFIX = "BEFRESH_"
_ORIGINAL_NAMES = {
    "REFRIGERATOR_ID": "fridge.id",
    "KAFKA_SERVER": "kafka.server",
    "PORCUPINE_KEY": "secrets.porcupine_key",
    "PORCUPINE_KEYWORD_PATH": "voice.porcupine_keyword",
    "PORCUPINE_MODEL_PATH": "voice.porcupine_model",
}
"""The variables of the first version of this system; they go on working."""


_SECRET_MARKS = ("secret", *(name.rpartition("_")[2] for name in SecretSettings.model_fields))


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
    system_file: bool = True,
) -> Configuration:
    """Settings from all sources; `options` maps keys such as `camera.source` to values given on the command line.

    `weaker` are sections that take the place of the defaults. Without `system_file` the settings of the agent installed
    on this machine are left alone: a dry run must not send invented food to the real fridge's broker.
    Raises `SettingsError`.
    """
    environ = os.environ if environ is None else environ
    file = file or _default_file(environ, system_file=system_file)
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


def _default_file(environ: Mapping[str, str], *, system_file: bool) -> Path | None:
    home = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    candidates = (*([SYSTEM_FILE] if system_file else []), home / "befresh-agent" / "config.toml")
    return next((path for path in candidates if _is_there(path)), None)


def _is_there(path: Path) -> bool:
    """Whether the file exists; one in a folder closed to this user does, and reading it will say what is wrong."""
    try:
        return path.is_file()
    except PermissionError:
        return True


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
            remedy = f"belongs into a section, such as [fridge]{_near(section)}"
            raise SettingsError(str(file), section, _masked(section, table), remedy)
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
    return {f"secrets.{name}": Given(_secret(name, f), f"credential {name}") for name, f in files if _is_there(f)}


def _secret(name: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SettingsError(str(file), f"secrets.{name}", "****", f"cannot be read: {why}") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, Given]:
    given = {}
    for name, key in _ORIGINAL_NAMES.items():
        if environ.get(name):
            given[key] = Given(environ[name], f"environment {name}")
    for name, text in environ.items():
        if not name.startswith(_PREFIX) or name == CONFIG_VARIABLE:
            continue
        section, _, field = name.removeprefix(_PREFIX).lower().partition("_")
        key = f"{section}.{field}"
        if section not in Settings.model_fields:
            raise SettingsError(f"environment {name}", key, _masked(key, text), f"there is no such setting{_near(key)}")
        given[key] = Given(_from_text(name, section, field, text), f"environment {name}")
    return given


def _from_text(name: str, section: str, field: str, text: str) -> object:
    """A variable's text, as words where the setting is a list."""
    info = section_type(section).model_fields.get(field)
    if info is None or get_origin(info.annotation) is not tuple:
        return text
    try:
        return shlex.split(text)
    except ValueError as error:
        raise SettingsError(f"environment {name}", f"{section}.{field}", text, f"write it as words: {error}") from error


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
    remedy = problem["msg"][:1].lower() + problem["msg"][1:]
    if problem["type"] == "extra_forbidden":
        remedy = "there is no such setting" + _near(key)
    if problems > 1:
        remedy += f" (and {problems - 1} more wrong)"
    return SettingsError(found.source, key, _masked(key, problem["input"]), remedy)


def _masked(key: str, value: object) -> object:
    """The value as an error may show it: hidden where it is a secret, or one that was put in the wrong place."""
    if key in keys():
        return "****" if key.startswith("secrets.") else value
    words = [key, *map(str, value)] if isinstance(value, Mapping) else [key]
    return "****" if any(mark in word.lower() for word in words for mark in _SECRET_MARKS) else value


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
