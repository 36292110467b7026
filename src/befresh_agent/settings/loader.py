"""Where settings come from: options, then the environment, then one TOML file, then the defaults.

All mistakes are found at once, each told with its source, its line, its key, itself and what would be right; what is
right beside them is in force. The file is never written to. pydantic-settings would not tell where a value came from.
"""

import difflib
import os
import shlex
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_origin

from pydantic import ValidationError

from befresh_agent.errors import SettingMistake, SettingsError
from befresh_agent.runtime.redaction import MASK, SecretRedactor
from befresh_agent.settings.explanations import refused
from befresh_agent.settings.model import SecretSettings, Settings
from befresh_agent.settings.paths import ServiceFiles, known_secrets
from befresh_agent.settings.section import GivenValue, SettingsSection
from befresh_agent.settings.toml_file import TomlFile, read_toml

CONFIG_VARIABLE = "BEFRESH_CONFIG"
"""Names the file; every other variable with this prefix is a setting."""

COMMAND_LINE = "command line"
"""The source of what an option says."""

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

_INSTALLED = ServiceFiles()


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The effective settings and, for every key that is not a default, where its value came from."""

    settings: Settings
    file: Path | None
    given: Mapping[str, GivenValue]
    mistakes: tuple[SettingMistake, ...] = ()
    """What was not accepted; the defaults are in force in its place."""
    withheld: frozenset[str] = frozenset()
    """Secrets that the service gets and this user may not read."""
    redaction: SecretRedactor = field(default_factory=lambda: SecretRedactor(()))
    """Knows every secret of these settings."""

    def source(self, key: str) -> str:
        """Where the value of a setting came from."""
        return self.given[key].source if key in self.given else "default"

    @property
    def described(self) -> str:
        """From where all of it came, in one line."""
        sources = {one.source.partition(" ")[::2] for one in self.given.values()}
        environment = sorted(name for kind, name in sources if kind == "environment")
        file = str(self.file) if self.file else "no settings file"
        return f"{file}; from the environment: {', '.join(environment)}" if environment else file


def load_settings(
    file: Path | None = None,
    options: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    weaker: Mapping[str, GivenValue] | None = None,
    service: ServiceFiles | None = _INSTALLED,
) -> LoadedSettings:
    """As `read`. Raises `SettingsError` with all mistakes where there are any."""
    configuration = read(file, options, environ, weaker=weaker, service=service)
    if configuration.mistakes:
        raise SettingsError(*configuration.mistakes)
    return configuration


def read(
    file: Path | None = None,
    options: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    weaker: Mapping[str, GivenValue] | None = None,
    service: ServiceFiles | None = _INSTALLED,
) -> LoadedSettings:
    """Settings from all sources; `options` maps keys such as `camera.source` to values given on the command line.

    `weaker` are values that take the place of the defaults. Without `service` the settings of the agent installed on
    this machine are left alone: a dry run must not send invented food to the real fridge's broker.
    """
    environ = os.environ if environ is None else environ
    file = file or _default_file(environ, service)
    mistakes: list[SettingMistake] = []
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    stores = service.credstores if service and file == service.settings else ()
    given = {
        **(weaker or {}),
        **(_from_file(file, mistakes) if file else {}),
        **_from_credentials(credentials, stores, mistakes),
        **_from_environment(environ, mistakes),
        **{key: GivenValue(value, COMMAND_LINE) for key, value in (options or {}).items() if value is not None},
    }
    settings = _validated(given, mistakes)
    withheld = frozenset[str]() if credentials else _withheld(given, stores)
    redaction = SecretRedactor(known_secrets(settings, file))
    return LoadedSettings(settings, file, given, in_order(mistakes, redaction), withheld, redaction)


def _default_file(environ: Mapping[str, str], service: ServiceFiles | None) -> Path | None:
    home = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    candidates = (*([service.settings] if service else []), home / "befresh-agent" / "config.toml")
    return next((path for path in candidates if _is_there(path)), None)


def _is_there(path: Path) -> bool:
    """Whether the file exists; one in a folder closed to this user does, and reading it will say what is wrong."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False


def _from_file(file: Path, mistakes: list[SettingMistake]) -> dict[str, GivenValue]:
    try:
        content = read_toml(file)
    except SettingsError as error:
        mistakes.extend(error.mistakes)
        return {}
    mistakes.extend(content.mistakes)
    given = dict(_settings_in(content, mistakes))
    _refuse_open_secrets(file, given, mistakes)
    return given


def _settings_in(content: TomlFile, mistakes: list[SettingMistake]) -> Iterator[tuple[str, GivenValue]]:
    source = str(content.file)
    for section, table in content.tables.items():
        line = content.line((section,))
        if not isinstance(table, dict):
            remedy = f"it belongs into a section, such as [fridge]{_near(section)}"
            mistakes.append(SettingMistake(source=source, line=line, key=section, value=table, remedy=remedy))
        elif section not in Settings.model_fields:
            remedy = f"there is no such section{_near(section)}"
            mistakes.append(SettingMistake(source=source, line=line, key=section, value=table, remedy=remedy))
        else:
            for name, value in table.items():
                yield f"{section}.{name}", GivenValue(value, source, content.line((section, name)))


def _refuse_open_secrets(file: Path, given: Mapping[str, GivenValue], mistakes: list[SettingMistake]) -> None:
    secret = next((key for key in given if key.startswith("secrets.")), None)
    if secret and file.stat().st_mode & 0o077:
        remedy = f"others may read this file: chmod 600 {file}"
        mistakes.append(
            SettingMistake(source=str(file), line=given[secret].line, key=secret, value=MASK, remedy=remedy)
        )


def _from_credentials(
    folder: str | None, stores: tuple[Path, ...], mistakes: list[SettingMistake]
) -> dict[str, GivenValue]:
    """Secrets that the service manager hands over in a folder; without one, those that it would, as far as readable."""
    given = {}
    for name in SecretSettings.model_fields:
        file = Path(folder) / name if folder else _stored(stores, name)
        if file and (_is_there(file) if folder else os.access(file, os.R_OK)):
            try:
                given[f"secrets.{name}"] = GivenValue(_secret(name, file), f"credential {name}")
            except SettingsError as error:
                mistakes.extend(error.mistakes)
    return given


def _stored(stores: tuple[Path, ...], name: str) -> Path | None:
    return stores[0] / f"befresh-agent.{name}" if stores else None


def _withheld(given: Iterable[str], stores: tuple[Path, ...]) -> frozenset[str]:
    """Secrets that the service may get though this user cannot read them."""
    stored = {
        f"secrets.{name}"
        for name in SecretSettings.model_fields
        if any(_is_there(store / f"befresh-agent.{name}") for store in stores)
    }
    return frozenset(stored.difference(given))


def _secret(name: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        mistake = SettingMistake(
            source=str(file), key=f"secrets.{name}", value=MASK, remedy=f"it cannot be read: {why}"
        )
        raise SettingsError(mistake) from error


def _from_environment(environ: Mapping[str, str], mistakes: list[SettingMistake]) -> dict[str, GivenValue]:
    given = {}
    for name, key in _ORIGINAL_NAMES.items():
        if environ.get(name):
            given[key] = GivenValue(environ[name], f"environment {name}")
    for name, text in environ.items():
        if not name.startswith(_PREFIX) or name == CONFIG_VARIABLE:
            continue
        section, _, field = name.removeprefix(_PREFIX).lower().partition("_")
        key, source = f"{section}.{field}".strip("."), f"environment {name}"
        if section not in Settings.model_fields:
            remedy = f"there is no such setting{_near(key)}"
            mistakes.append(SettingMistake(source=source, key=key, value=text, remedy=remedy))
            continue
        try:
            given[key] = GivenValue(_from_text(section, field, text), source)
        except ValueError:
            remedy = "write it as words, as in a shell: a quote is not closed"
            mistakes.append(SettingMistake(source=source, key=key, value=text, remedy=remedy))
    return given


def _from_text(section: str, field: str, text: str) -> object:
    """A variable's text, as words where the setting is a list. Raises `ValueError`."""
    info = section_type(section).model_fields.get(field)
    return text if info is None or get_origin(info.annotation) is not tuple else shlex.split(text)


def _validated(given: Mapping[str, GivenValue], mistakes: list[SettingMistake]) -> Settings:
    """The settings with what was given, as far as it is right."""
    accepted = dict(given)
    while True:
        try:
            return Settings.model_validate(_tree(accepted))
        except ValidationError as error:
            for one in refused(Settings, error):
                key = ".".join(map(str, one.loc[:2]))
                concerned = [other for other in given if other == key or other.startswith(f"{key}.")]
                found = given[concerned[0]]
                for other in concerned:
                    accepted.pop(other, None)
                remedy = one.remedy if key in keys() else f"there is no such setting{_near(key)}"
                mistakes.append(
                    SettingMistake(source=found.source, line=found.line, key=key, value=one.value, remedy=remedy)
                )


def _tree(given: Mapping[str, GivenValue]) -> dict[str, dict[str, object]]:
    tree: dict[str, dict[str, object]] = {}
    for key, one in given.items():
        section, _, field = key.partition(".")
        tree.setdefault(section, {})[field] = one.value
    return tree


def in_order(mistakes: Iterable[SettingMistake], redaction: SecretRedactor) -> tuple[SettingMistake, ...]:
    """The mistakes as they may be shown, in the order of the file."""
    shown = (
        replace(one, value=redaction.redact_value(_masked(one.key, one.value)), remedy=redaction.redact(one.remedy))
        for one in mistakes
    )
    return tuple(sorted(shown, key=lambda one: (one.line is None, one.line or 0)))


def _masked(key: str, value: object) -> object:
    """The value as a mistake may show it: hidden where it is a secret, or one that was put in the wrong place."""
    if value is None or isinstance(value, Mapping):
        return {} if isinstance(value, Mapping) else None
    if key in keys():
        return MASK if key.startswith("secrets.") else value
    return MASK if any(mark in key.lower() for mark in _SECRET_MARKS) else value


def _near(key: str) -> str:
    close = difflib.get_close_matches(key, [*keys(), *Settings.model_fields], n=1)
    return f"; did you mean {close[0]}?" if close else "; `befresh-agent config show` lists all"


def section_type(name: str) -> type[SettingsSection]:
    """The model of a section."""
    kind: Any = Settings.model_fields[name].annotation
    return kind  # type: ignore[no-any-return]  # pydantic types annotations as Any


def keys() -> Iterator[str]:
    """Every key there is, such as `fridge.id`."""
    for section in Settings.model_fields:
        yield from (f"{section}.{field}" for field in section_type(section).model_fields)
